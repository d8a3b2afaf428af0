package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.layer.Extensions.UnknownName;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The kinds of files that bitgrad writes, and their common part: how a file begins and ends, how it replaces an older
 * file in one moment, and how damage is detected. All files have this form:
 *
 * <pre>
 * 8 bytes  "bitgrad" and one more, which tells the kind     int  version
 * contents of the kind
 * long     CRC-32C of all before
 * </pre>
 *
 * Numbers are big-endian. Strings have the form of {@link DataOutputStream#writeUTF}.
 */
enum FileKind {
    NETWORK("bitgrad\n", 3, 2, "network"),
    TRAINING_STATE("bitgrad\t", 4, 3, "training state");

    /** Writes the contents of a file, between its beginning and its end. */
    interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads the contents of a file in one version of the format. It throws any exception if it cannot read them. */
    interface Parser<T> {
        T parse(DataInputStream in, int version) throws IOException;
    }

    private final byte[] magic;
    private final int version;
    private final int oldest;
    private final String what;

    /**
     * @param version the version of the format that is written
     * @param oldest the oldest version that can be read
     * @param what the name of the contents in messages
     */
    FileKind(String magic, int version, int oldest, String what) {
        this.magic = magic.getBytes(StandardCharsets.US_ASCII);
        this.version = version;
        this.oldest = oldest;
        this.what = what;
    }

    /**
     * Checks, before a training, that a file can be written. This does not change the file.
     *
     * @throws BitgradException if it cannot be written
     */
    void requireWritable(Path file) {
        requireReplaceable(file);
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder)) {
            throw new BitgradException("The %s cannot be saved to %s, because there is no folder %s; make it first."
                    .formatted(what, file, folder));
        }
        try {
            Files.delete(Files.createFile(temporary(file)));
        } catch (IOException failure) {
            throw new BitgradException(
                    "The %s cannot be saved to %s: %s; choose a file in a folder that can be written."
                            .formatted(what, file, BitgradException.reason(failure)),
                    failure);
        }
    }

    /** Renaming a file to a device, such as /dev/null, would replace it for the whole system. */
    private void requireReplaceable(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new BitgradException("The %s cannot be saved to %s, which is a folder or a device; name a file."
                    .formatted(what, file));
        }
    }

    /**
     * The name of the temporary file. It is in the folder of the final file, so that it can be renamed, and it has the
     * number of this process in its name, so that no other file is overwritten.
     */
    private static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + ".saving-" + ProcessHandle.current().pid());
    }

    /**
     * Writes a file. An existing file is replaced in one moment, when the new file is completely on the disk. Until
     * then, and if anything fails, it stays as it was.
     *
     * @throws BitgradException if the file cannot be written
     */
    void write(Path file, Writer contents) {
        requireReplaceable(file);
        Path temporary = temporary(file);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                CheckedOutputStream checked = new CheckedOutputStream(
                        new BufferedOutputStream(Channels.newOutputStream(channel)), new CRC32C());
                DataOutputStream out = new DataOutputStream(checked);
                out.write(magic);
                out.writeInt(version);
                contents.write(out);
                out.writeLong(checked.getChecksum().getValue());
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException failure) {
            throw new BitgradException(
                    "The %s was not saved to %s, which is as it was: %s; make room or choose another place."
                            .formatted(what, file, BitgradException.reason(failure)),
                    failure);
        } finally {
            discard(temporary);
        }
    }

    /** Removes the temporary file after a failure. After a success it has its final name already. */
    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException failure) {
            // a file that could not be written may not be removable either; the message reports the first failure
        }
    }

    /**
     * Reads a file after checking that it is complete and undamaged.
     *
     * @throws BitgradException if the file is missing, has another kind or version, or is cut off or damaged
     */
    <T> T read(Path file, Parser<T> parser) {
        try (FileChannel channel = FileChannel.open(file)) {
            int found = requireWhole(file, channel);
            channel.position(magic.length + Integer.BYTES);
            try {
                return parser.parse(new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel))),
                        found);
            } catch (UnknownName unknown) {
                throw new BitgradException("%s cannot be read: %s".formatted(file, unknown.getMessage()), unknown);
            } catch (IOException | IllegalArgumentException | ArithmeticException failure) {
                // the file is undamaged, but no version of bitgrad writes such contents
                throw damaged(file, failure);
            }
        } catch (IOException failure) {
            throw new BitgradException(
                    "The %1$s in %2$s cannot be read: %3$s; name a file that holds a %1$s."
                            .formatted(what, file, BitgradException.reason(failure)),
                    failure);
        }
    }

    /**
     * Reads the beginning of the file.
     *
     * @return the version of the file's format
     */
    private int requireWhole(Path file, FileChannel channel) throws IOException {
        CheckedInputStream checked =
                new CheckedInputStream(new BufferedInputStream(Channels.newInputStream(channel)), new CRC32C());
        DataInputStream in = new DataInputStream(checked); // not closed, because this would close the channel
        if (!Arrays.equals(in.readNBytes(magic.length), magic)) { // a file of another program may have any size
            throw new BitgradException("%s is no bitgrad %s; name a file that holds one.".formatted(file, what));
        }
        long contents = channel.size() - (magic.length + Integer.BYTES + Long.BYTES);
        if (contents < 0) {
            throw damaged(file, null);
        }
        int found = in.readInt();
        if (found < oldest || found > version) {
            throw new BitgradException(
                    "%s is of format version %d, but this bitgrad reads versions %d to %d; use the bitgrad that wrote it, or train again."
                            .formatted(file, found, oldest, version));
        }
        in.skipNBytes(contents);
        long crc = checked.getChecksum().getValue();
        if (in.readLong() != crc) {
            throw damaged(file, null);
        }
        return found;
    }

    /**
     * Finds an object by a name in a file that is complete and undamaged.
     *
     * @param find finds the object, or throws {@link IllegalArgumentException} if the name is not known
     * @throws BitgradException if the name is not known; the message names the file and says what is not known, so that
     *             nobody believes that the file is damaged
     */
    static <T> T named(Path file, Supplier<T> find) {
        try {
            return find.get();
        } catch (IllegalArgumentException unknown) {
            throw new BitgradException("%s cannot be read: %s".formatted(file, unknown.getMessage()), unknown);
        }
    }

    static BitgradException damaged(Path file, Exception cause) {
        return new BitgradException("%s is cut off or damaged (%d bytes); copy it again, or train again."
                .formatted(file, file.toFile().length()), cause);
    }
}
