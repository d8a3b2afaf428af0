package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.layer.Extensions.UnknownName;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The kinds of files that there are, and what they have in common: how they begin and end, that they replace the file
 * before them completely or not at all, and that what is damaged is never believed.
 *
 * <pre>
 * 8 bytes  "bitgrad" and one more, which tells the kind     int  version
 * contents of the kind
 * long     CRC-32C of all before
 * </pre>
 *
 * Numbers are big-endian, strings as {@link DataOutputStream#writeUTF} writes them.
 */
enum FileKind {
    NETWORK("bitgrad\n", 5, 2, "network"),
    TRAINING_STATE("bitgrad\t", 7, 3, "training state"),
    REPLAY("bitgrad\f", 1, 1, "replay memory");

    /** Writes what is between a file's beginning and its end. */
    interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** Reads it, as a version of the format has it; whatever exception says that it cannot be. */
    interface Parser<T> {
        T parse(DataInputStream in, int version) throws IOException;
    }

    private final byte[] magic;
    private final int version;
    private final int oldest;
    private final String what;

    /**
     * @param version of the format that is written
     * @param oldest version that can still be read
     * @param what it holds, as messages have it
     */
    FileKind(String magic, int version, int oldest, String what) {
        this.magic = magic.getBytes(StandardCharsets.US_ASCII);
        this.version = version;
        this.oldest = oldest;
        this.what = what;
    }

    /**
     * Finds out, before a training, whether a file can be written. Leaves no trace.
     *
     * @throws BitgradException where it cannot
     */
    void requireWritable(Path file) {
        requireWritable(file, 1);
    }

    /**
     * Finds out as {@link #requireWritable(Path)} does whether a file can be written and others can be kept.
     *
     * @param kept how many files are to be kept, this one included
     * @throws BitgradException where it cannot
     */
    void requireWritable(Path file, int kept) {
        requireReplaceable(file);
        try {
            WholeFile whole = WholeFile.at(file);
            if (!Files.isDirectory(whole.folder())) {
                throw new BitgradException("The %s cannot be saved to %s, because there is no folder %s; make it first."
                        .formatted(what, file, whole.folder()));
            }
            whole.requireWritable(kept);
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
     * Writes a file, as {@link WholeFile} does. The old file is replaced in one moment where the system allows this;
     * until then, and where anything fails, it stays as it was.
     *
     * @throws BitgradException where it cannot be written
     */
    void write(Path file, Writer contents) {
        write(file, 1, contents);
    }

    /**
     * Writes a file as {@link #write(Path, Writer)} does, and keeps the files that were written before.
     *
     * @param kept how many files are kept, this one included
     * @throws BitgradException where it cannot be written
     */
    void write(Path file, int kept, Writer contents) {
        writeWhole(file, kept, stream -> writeAll(stream, contents));
    }

    /** Writes all bytes of such a file: its beginning, its contents and its end. */
    void writeAll(OutputStream stream, Writer contents) throws IOException {
        CheckedOutputStream checked = new CheckedOutputStream(stream, new CRC32C());
        DataOutputStream out = new DataOutputStream(checked);
        out.write(magic);
        out.writeInt(version);
        contents.write(out);
        out.writeLong(checked.getChecksum().getValue());
    }

    /**
     * Writes a file as {@link #write(Path, int, Writer)} does.
     *
     * @param all writes all bytes, as {@link #writeAll} does
     */
    void writeWhole(Path file, int kept, WholeFile.Contents all) {
        requireReplaceable(file);
        try {
            WholeFile.at(file).write(all, kept);
        } catch (WholeFile.Damaged damaged) {
            throw new BitgradException("The %s in %s is damaged, because it was not written to its end: %s; copy %s, "
                    .formatted(what, file, damaged.getMessage(), damaged.copy()) + "which is complete, to it.",
                    damaged);
        } catch (IOException failure) {
            throw new BitgradException(
                    "The %s was not saved to %s, which is as it was: %s; make room or choose another place."
                            .formatted(what, file, BitgradException.reason(failure)),
                    failure);
        }
    }

    /**
     * Reads a file, once it is found to be whole.
     *
     * @throws BitgradException where it is missing, of another kind or version, cut off or damaged
     */
    <T> T read(Source source, Parser<T> parser) {
        try (Source.Contents contents = source.open()) {
            int found = requireWhole(source, contents, oldest, version);
            try {
                return parser.parse(
                        new DataInputStream(new BufferedInputStream(contents.from(magic.length + Integer.BYTES))),
                        found);
            } catch (UnknownName unknown) {
                throw new BitgradException("The %s in %s cannot be read: %s".formatted(what, source,
                        Names.printable(unknown.getMessage())), unknown);
            } catch (IOException | IllegalArgumentException | ArithmeticException failure) {
                // whole, yet not what a writer writes
                throw damaged(source, failure);
            }
        } catch (IOException failure) {
            throw unreadable(source, failure);
        }
    }

    private BitgradException unreadable(Source source, IOException failure) {
        return new BitgradException("The %1$s in %2$s cannot be read: %3$s; name a file that holds a %1$s."
                .formatted(what, source, BitgradException.reason(failure)), failure);
    }

    /**
     * Why the contents are not those of a whole file of this kind: they are cut off, damaged or something else. Empty if
     * they are whole, whatever the version of their format is.
     */
    Optional<BitgradException> damage(Source source) {
        try (Source.Contents contents = source.open()) {
            requireWhole(source, contents, Integer.MIN_VALUE, Integer.MAX_VALUE);
            return Optional.empty();
        } catch (IOException failure) {
            return Optional.of(unreadable(source, failure));
        } catch (BitgradException damaged) {
            return Optional.of(damaged);
        }
    }

    /** Whether a file begins as files of this kind do. */
    boolean begins(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(magic.length), magic);
        } catch (IOException unreadable) {
            return false;
        }
    }

    /**
     * @param least the oldest version that the caller reads
     * @param most the newest one
     * @return the version of its format
     */
    private int requireWhole(Source source, Source.Contents whole, int least, int most) throws IOException {
        CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(whole.from(0)), new CRC32C());
        DataInputStream in = new DataInputStream(checked); // not closed, for that would close the contents
        if (!Arrays.equals(in.readNBytes(magic.length), magic)) { // a file that is something else may be of any size
            throw new BitgradException("There is no bitgrad %s in %s; %s.".formatted(what, source,
                    source.remedy("take one that bitgrad has saved")));
        }
        long contents = whole.size() - (magic.length + Integer.BYTES + Long.BYTES);
        if (contents < 0) {
            throw damaged(source, null);
        }
        int found = in.readInt();
        if (found < least || found > most) {
            throw new BitgradException(
                    "The %s in %s is of format version %s, but this bitgrad reads versions %s to %s; use the bitgrad that wrote it, or train again."
                            .formatted(what, source, found, least, most));
        }
        in.skipNBytes(contents);
        long crc = checked.getChecksum().getValue();
        if (in.readLong() != crc) {
            throw damaged(source, null);
        }
        return found;
    }

    /** The exception for contents that are not whole, or not what is written to a file of this kind. */
    BitgradException damaged(Source source, Exception cause) {
        return new BitgradException("The %s in %s is cut off or damaged (%s bytes); %s.".formatted(what, source,
                source.size(), source.remedy("copy it again, or train again")), cause);
    }
}
