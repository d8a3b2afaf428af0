package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.archive.TarEntries;
import io.github.bitgrad.cli.PublicData.PublicFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/**
 * Fetches a public data set into a folder. A file is written under its name with {@code .part} at the end until it is
 * complete and its digest is right; only then does it get its name. What a broken connection leaves is continued by the
 * next attempt. A file that is there already is never overwritten.
 */
final class Fetching {
    private static final String PART = ".part";

    private final PublicData data;
    private final FileSource source;
    private final Path folder;
    private final Consumer<String> notes;
    private long fetched;

    /**
     * @param folder where the files are wanted; it is made if it is missing
     * @param notes is told in lines what is done
     */
    Fetching(PublicData data, FileSource source, Path folder, Consumer<String> notes) {
        this.data = data;
        this.source = source;
        this.folder = folder;
        this.notes = notes;
    }

    /**
     * Fetches what is not there yet.
     *
     * @return how many bytes were fetched
     * @throws BitgradException if this fails; the message says whether the next attempt continues
     */
    long run() {
        try {
            Files.createDirectories(folder);
        } catch (IOException failure) {
            throw new BitgradException("Folder %s cannot be made (%s): name another one with --to.".formatted(folder,
                    BitgradException.reason(failure)), failure);
        }
        if (!data.unpacked().isEmpty() && data.unpacked().stream().map(folder::resolve).allMatch(Files::exists)) {
            notes.accept("All files of %s are in %s already.".formatted(data.name(), folder));
            return 0;
        }
        data.files().forEach(this::fetch);
        if (!data.unpacked().isEmpty()) {
            unpack(folder.resolve(data.files().getFirst().name()));
        }
        return fetched;
    }

    private void fetch(PublicFile file) {
        Path path = folder.resolve(file.name());
        try {
            if (Files.exists(path)) {
                requireDigest(path, file);
                notes.accept("%s is there already, and undamaged.".formatted(path));
                return;
            }
            Path part = folder.resolve(file.name() + PART);
            fetch(file, part);
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw notWritten(path, failure);
        }
    }

    private static void requireDigest(Path path, PublicFile file) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() != file.bytes() || !digest(channel).equals(file.sha256())) {
                throw new BitgradException(
                        "%s is there already, but is not the published file: move it away, or name another folder with --to."
                                .formatted(path));
            }
        }
    }

    private void fetch(PublicFile file, Path part) throws IOException {
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw new BitgradException("%s is being written by another program: wait until it has ended."
                        .formatted(part));
            }
            if (channel.size() > file.bytes()) {
                channel.truncate(0);
            }
            if (channel.size() < file.bytes()) {
                notes.accept("%s, %s MiB%s".formatted(source.of(file.name()), Units.mebibytes(file.bytes()),
                        channel.size() == 0
                                ? ""
                                : ", of which %s MiB are there".formatted(Units.mebibytes(channel.size()))));
                receive(file, part, channel);
            }
            String digest = digest(channel);
            if (!digest.equals(file.sha256())) {
                Files.delete(part);
                throw new BitgradException(
                        "%s is not the published file (its SHA-256 is %s instead of %s): it was deleted; name another place with --from."
                                .formatted(source.of(file.name()), digest, file.sha256()));
            }
        }
    }

    /** Appends what is missing. */
    private void receive(PublicFile file, Path part, FileChannel channel) {
        FileSource.Opened opened;
        try {
            opened = source.open(file.name(), size(part, channel));
        } catch (IOException failure) {
            throw lost(file, failure);
        }
        try (InputStream bytes = opened.bytes()) {
            channel.truncate(opened.begin()).position(opened.begin());
            byte[] some = new byte[1 << 16];
            for (int count = bytes.read(some); count >= 0; count = bytes.read(some)) {
                if (channel.position() + count > file.bytes()) {
                    channel.truncate(0);
                    throw new BitgradException(
                            "%s is longer than the published file, %s bytes: name another place with --from."
                                    .formatted(source.of(file.name()), file.bytes()));
                }
                write(part, channel, ByteBuffer.wrap(some, 0, count));
                fetched += count;
            }
            if (channel.position() < file.bytes()) {
                throw new IOException("it ended after %s of %s bytes".formatted(channel.position(), file.bytes()));
            }
        } catch (IOException failure) {
            throw lost(file, failure);
        }
    }

    private static long size(Path part, FileChannel channel) {
        try {
            return channel.size();
        } catch (IOException failure) {
            throw notWritten(part, failure);
        }
    }

    private static void write(Path part, FileChannel channel, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException failure) {
            throw notWritten(part, failure);
        }
    }

    private static BitgradException notWritten(Path path, IOException failure) {
        return new BitgradException(
                "%s cannot be written (%s): make room or change permissions, and run this again, which then continues."
                        .formatted(path, BitgradException.reason(failure)),
                failure);
    }

    private BitgradException lost(PublicFile file, IOException failure) {
        String place = source.of(file.name());
        return new BitgradException(switch (failure) {
            case UnknownHostException _,ConnectException _ ->
                ("%s cannot be reached (%s): connect this machine to the network, or fetch the file elsewhere and name "
                        + "its folder with --from.").formatted(place, BitgradException.reason(failure));
            case NoSuchFileException _ -> "There is no file %s: name another place with --from.".formatted(place);
            case SocketTimeoutException _ ->
                "%s does not answer any more: run this again, which then continues.".formatted(place);
            default -> "%s could not be fetched as a whole (%s): run this again, which then continues.".formatted(place,
                    BitgradException.reason(failure));
        }, failure);
    }

    private static String digest(FileChannel channel) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer some = ByteBuffer.allocate(1 << 16);
            channel.position(0);
            while (channel.read(some) >= 0) {
                digest.update(some.flip());
                some.clear();
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException missing) { // every Java has it
            throw new IllegalStateException(missing);
        }
    }

    /** Unpacks all files before the first one gets its name, then deletes the archive. */
    private void unpack(Path archive) {
        Set<String> found = new LinkedHashSet<>();
        try (InputStream file = Files.newInputStream(archive);
                InputStream in = new BufferedInputStream(new GZIPInputStream(file, 1 << 16))) {
            TarEntries entries = new TarEntries(in);
            for (Optional<String> name = entries.next(); name.isPresent(); name = entries.next()) {
                if (data.unpacked().contains(name.get())) {
                    try (OutputStream part = Files.newOutputStream(folder.resolve(name.get() + PART))) {
                        entries.copyTo(part);
                    }
                    found.add(name.get());
                }
            }
            if (!found.containsAll(data.unpacked())) {
                throw new BitgradException("%s holds %s, but not all of %s: report this.".formatted(archive, found,
                        data.unpacked()));
            }
            for (String name : found) {
                place(folder.resolve(name + PART), folder.resolve(name));
            }
            Files.delete(archive);
        } catch (IOException failure) {
            throw notWritten(archive, failure);
        }
    }

    private static void place(Path part, Path path) throws IOException {
        if (!Files.exists(path)) {
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } else if (Files.mismatch(part, path) < 0) {
            Files.delete(part);
        } else {
            throw new BitgradException(
                    "%s is there already, but is not the published file: move it away, or name another folder with --to."
                            .formatted(path));
        }
    }
}
