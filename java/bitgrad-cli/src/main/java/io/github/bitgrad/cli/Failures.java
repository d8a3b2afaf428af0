package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.io.PrintStream;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Prints every failure as one sentence on the error stream, and returns the exit status. */
public final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** The environment variable that makes failures print their stack traces, if it is set to any text but the empty one. */
    private static final String DEBUG_ENVIRONMENT = "BITGRAD_DEBUG";

    private final PrintStream err;
    private final String program;

    /**
     * @param err where the sentences are printed
     * @param program the name that they begin with
     */
    public Failures(PrintStream err, String program) {
        this.err = err;
        this.program = program;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        return switch (failure) { // a cause, if there is one, is the exception of a converter
            case UnmatchedArgumentException unmatched -> report(failure, ExitCode.BAD_USAGE, unmatched(unmatched));
            case ParameterException refused when refused.getCause() instanceof IllegalArgumentException ->
                report(failure, ExitCode.BAD_USAGE, refused.getCause().getMessage());
            default -> report(failure, ExitCode.BAD_USAGE, "%s; see %s --help.".formatted(failure.getMessage(),
                    failure.getCommandLine().getCommandSpec().qualifiedName()));
        };
    }

    private static String unmatched(UnmatchedArgumentException failure) {
        String first = failure.getUnmatched().getFirst();
        CommandLine commandLine = failure.getCommandLine();
        String kind =
                first.startsWith("-") ? "option" : commandLine.getSubcommands().isEmpty() ? "argument" : "command";
        String remedy = failure.getSuggestions().isEmpty()
                ? "see %s --help.".formatted(commandLine.getCommandSpec().qualifiedName())
                : "did you mean '%s'?".formatted(Names.similar(first, failure.getSuggestions()));
        return "Unknown %s '%s'; %s".formatted(kind, first, remedy);
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult parsed) {
        return report(failure);
    }

    /** @return the exit status */
    public int report(Throwable failure) {
        return switch (failure) {
            case IllegalArgumentException wrong -> report(failure, ExitCode.BAD_USAGE, wrong.getMessage());
            case BitgradException failed -> report(failure, ExitCode.FAILED, failed.getMessage());
            case OutOfMemoryError full -> report(failure, ExitCode.FAILED,
                    "There is not enough memory (%s); choose a smaller batch, a smaller data set or fewer threads."
                            .formatted(full.getMessage()));
            default -> report(failure, ExitCode.FAILED,
                    "There is an error in bitgrad itself (%s); set %s=1 to see where, and report it.".formatted(failure,
                            DEBUG_ENVIRONMENT));
        };
    }

    private int report(Throwable failure, int status, String sentence) {
        err.println(program + ": " + sentence);
        if (!Objects.requireNonNullElse(System.getenv(DEBUG_ENVIRONMENT), "").isEmpty()) {
            failure.printStackTrace(err);
        }
        return status;
    }
}
