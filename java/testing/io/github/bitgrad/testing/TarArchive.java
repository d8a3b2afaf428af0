package io.github.bitgrad.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Writes archives as data sets are distributed in, for the tests of several modules. */
public final class TarArchive {
    private static final int BLOCK = 512;

    private TarArchive() {
    }

    /** {@return a tar archive; names that end in a slash are folders} */
    public static byte[] of(Map<String, byte[]> files) {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        files.forEach((name, bytes) -> {
            byte[] header = Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), BLOCK);
            byte[] size = String.format(Locale.ROOT, "%011o", bytes.length).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(size, 0, header, 124, size.length);
            header[156] = (byte) (name.endsWith("/") ? '5' : '0');
            tar.writeBytes(header);
            tar.writeBytes(Arrays.copyOf(bytes, (bytes.length + BLOCK - 1) / BLOCK * BLOCK));
        });
        tar.writeBytes(new byte[2 * BLOCK]);
        return tar.toByteArray();
    }

    /** {@return bytes, gzipped} */
    public static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return packed.toByteArray();
    }
}
