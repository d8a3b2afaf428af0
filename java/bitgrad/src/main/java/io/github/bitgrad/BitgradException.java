package io.github.bitgrad;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * Thrown when work cannot be done for a reason outside the program, for example a missing or damaged file, a full disk,
 * or a CPU without a feature that was asked for. The message is one sentence that says what was wrong, where, and what
 * to do. An argument that can never be right causes an {@link IllegalArgumentException} instead.
 */
public final class BitgradException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message one sentence: what was wrong, where, and what to do */
    public BitgradException(String message) {
        super(message);
    }

    /**
     * @param message one sentence: what was wrong, where, and what to do
     * @param cause the exception that caused this one
     */
    public BitgradException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * The reason why a file could not be read or written, as a phrase that can follow the name of the file, such as
     * {@code permission denied}.
     */
    public static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> failure.getMessage();
        };
    }
}
