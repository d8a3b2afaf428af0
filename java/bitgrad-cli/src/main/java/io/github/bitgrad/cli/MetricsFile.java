package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.checkpoint.Links;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** A file that grows by lines of one JSON object each. It is open only while a line is added. */
final class MetricsFile {
    private final Path file;
    private IOException firstFailure;

    /**
     * Checks that the file can be written. This does not change the file.
     *
     * @throws BitgradException if it cannot be written
     */
    MetricsFile(Path file) {
        this.file = file;
        try {
            Path target = Links.follow(file); // a link to a file that does not exist yet must stay
            boolean existed = Files.exists(target);
            append("");
            if (!existed) {
                Files.delete(target);
            }
        } catch (IOException failure) {
            throw new BitgradException(
                    "The metrics cannot be written to %s (%s); name a file in a folder that exists and can be written."
                            .formatted(file, BitgradException.reason(failure)),
                    failure);
        }
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Whether a process that was killed, or a full disk, has left a line without its end. */
    private boolean endsWithinLine() throws IOException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return channel.size() > 0 && channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
        }
    }

    /**
     * Adds a line. If this fails, the training goes on, and {@link #requireComplete()} reports the failure afterwards.
     */
    void add(Map<String, ?> object) {
        WholeFiles.write(() -> {
            try {
                append((endsWithinLine() ? "\n" : "") + Json.line(object) + "\n");
            } catch (IOException failure) {
                firstFailure = firstFailure == null ? failure : firstFailure;
            }
        });
    }

    /**
     * Checks that all lines were written.
     *
     * @throws BitgradException if a line could not be added
     */
    void requireComplete() {
        if (firstFailure != null) {
            throw new BitgradException(
                    "The training is done, but metrics are missing from %s (%s); make room before the next training."
                            .formatted(file, BitgradException.reason(firstFailure)),
                    firstFailure);
        }
    }
}
