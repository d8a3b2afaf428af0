package io.github.bitgrad;

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
}
