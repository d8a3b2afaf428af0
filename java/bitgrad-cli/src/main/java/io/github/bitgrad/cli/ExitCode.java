package io.github.bitgrad.cli;

/** The exit statuses of the program. */
final class ExitCode {
    static final int DONE = 0;
    /** The work failed, though the command was right. */
    static final int FAILED = 1;
    /** The command cannot be right: an unknown name, a number out of its range, data that the network does not take. */
    static final int BAD_USAGE = 2;

    private ExitCode() {
    }
}
