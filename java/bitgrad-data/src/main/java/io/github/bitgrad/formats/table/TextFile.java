package io.github.bitgrad.formats.table;

import io.github.bitgrad.BitgradException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Reads text files of numbers: UTF-8, with a byte-order mark or without one, gzipped or not. */
final class TextFile {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int BYTE_ORDER_MARK = 0xfeff;
    private static final int GZIP_MAGIC = 0x1f8b;

    private TextFile() {
    }

    /** What is done with the text. */
    @FunctionalInterface
    interface Use<T> {
        /** @param text at the beginning of the text, after a byte-order mark; marks and goes back within 65,536 characters */
        T of(BufferedReader text) throws IOException;
    }

    /**
     * Reads a file.
     *
     * @throws BitgradException if the file is missing, cannot be read, is not UTF-8 or does not fit into memory
     */
    static <T> T read(Path file, Use<T> use) {
        if (Files.isDirectory(file)) {
            throw new BitgradException("%s is a folder: give a file.".formatted(file));
        }
        try (InputStream bytes = unpacked(file);
                BufferedReader text = new BufferedReader(
                        new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()), BUFFER_BYTES)) {
            text.mark(1);
            if (text.read() != BYTE_ORDER_MARK) {
                text.reset();
            }
            return use.of(text);
        } catch (IOException failure) {
            throw refusal(file, failure);
        } catch (OutOfMemoryError refused) {
            throw new BitgradException("%s does not fit into memory: give Java more of it (-Xmx), or take fewer lines."
                    .formatted(file), refused);
        }
    }

    private static InputStream unpacked(Path file) throws IOException {
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        try {
            bytes.mark(2);
            int magic = bytes.read() << Byte.SIZE | bytes.read();
            bytes.reset();
            return magic == GZIP_MAGIC ? new GZIPInputStream(bytes, BUFFER_BYTES) : bytes;
        } catch (IOException failure) {
            bytes.close();
            throw failure;
        }
    }

    /** {@return a sentence that says why a file could not be read} */
    static BitgradException refusal(Path file, IOException failure) {
        Function<String, String> sentence = switch (failure) {
            case NoSuchFileException _ -> "There is no file %s: check its name."::formatted;
            case CharacterCodingException _ -> "%s is not a text in UTF-8: save it as UTF-8."::formatted;
            case ZipException _ -> "%s is gzipped, but damaged: put a whole copy there."::formatted;
            case java.io.EOFException _ -> "%s is gzipped, but cut off: put a whole copy there."::formatted;
            default -> name -> "%s cannot be read (%s): check its permissions.".formatted(name, failure.getMessage());
        };
        return new BitgradException(sentence.apply(file.toString()), failure);
    }
}
