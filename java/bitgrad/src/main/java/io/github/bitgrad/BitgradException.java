package io.github.bitgrad;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * Work that could not be done for a reason outside the program: a file that is missing, cut off or not what its name
 * says, a disk that is full, a machine that lacks what was asked for. The message is one sentence that says what was
 * wrong, where, and what to do. Arguments that can never be right are {@link IllegalArgumentException}s instead.
 */
public final class BitgradException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message one sentence: what was wrong, where, and what to do */
    public BitgradException(String message) {
        super(message);
    }

    /**
     * @param message one sentence: what was wrong, where, and what to do
     * @param cause what raised it
     */
    public BitgradException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Why a file could not be read or written, as a part of a sentence that names the file. */
    public static String reason(IOException failure) {
        return switch (failure) {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> failure.getMessage();
        };
    }
}
