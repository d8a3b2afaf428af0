package io.github.bitgrad.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The files in a tar archive, one after the other. Each begins with a header of 512 bytes: the name (100 bytes, ended by
 * a zero), the size at byte 124 (11 octal digits), the kind at byte 156 ("0" or a zero for a file). The contents follow,
 * filled up to whole 512 bytes. All other kinds of entries are passed over.
 */
public final class TarEntries {
    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int KIND_AT = 156;

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private long size;
    /** Bytes of the contents, and behind them of what fills them up, that were not read yet. */
    private long left;
    private long padding;

    /** @param in the archive, unpacked; it stays open */
    public TarEntries(InputStream in) {
        this.in = in;
    }

    /**
     * Goes to the next file, whether the one before was read or not.
     *
     * @return its name, without its folder; empty at the end of the archive
     * @throws IOException if the archive is damaged, cut off or cannot be read
     */
    public Optional<String> next() throws IOException {
        while (true) {
            in.skipNBytes(left + padding);
            if (in.readNBytes(header, 0, BLOCK) < BLOCK || header[0] == 0) {
                return Optional.empty();
            }
            size = size();
            left = size;
            padding = (BLOCK - size % BLOCK) % BLOCK;
            if (header[KIND_AT] == '0' || header[KIND_AT] == 0) {
                int end = 0;
                while (end < NAME_BYTES && header[end] != 0) {
                    end++;
                }
                String name = new String(header, 0, end, StandardCharsets.UTF_8);
                return Optional.of(name.substring(name.lastIndexOf('/') + 1));
            }
        }
    }

    private long size() throws IOException {
        long octal = 0;
        for (int i = SIZE_AT; i < SIZE_AT + SIZE_DIGITS; i++) {
            int digit = header[i] - '0';
            if (digit < 0 || digit > 7) {
                throw new IOException("the header of a file in it is damaged");
            }
            octal = 8 * octal + digit;
        }
        return octal;
    }

    /** {@return the size of the file in bytes, as its header has it} */
    public long bytes() {
        return size;
    }

    /**
     * Reads the next bytes of the file.
     *
     * @throws IOException if the file has fewer bytes, or they cannot be read
     */
    public void read(byte[] to) throws IOException {
        if (left < to.length || in.readNBytes(to, 0, to.length) < to.length) {
            throw cutOff();
        }
        left -= to.length;
    }

    /**
     * Writes the bytes of the file that were not read yet to a stream.
     *
     * @throws IOException if they cannot be read or written
     */
    public void copyTo(OutputStream out) throws IOException {
        byte[] some = new byte[1 << 13];
        while (left > 0) {
            int count = in.read(some, 0, (int) Math.min(left, some.length));
            if (count < 0) {
                throw cutOff();
            }
            out.write(some, 0, count);
            left -= count;
        }
    }

    private static EOFException cutOff() {
        return new EOFException("a file in it is cut off");
    }
}
