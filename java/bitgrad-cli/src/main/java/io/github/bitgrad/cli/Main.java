package io.github.bitgrad.cli;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.Attenuation;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Normalisation;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import io.github.bitgrad.train.InitialWeights;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code bitgrad}. */
@Command(name = "bitgrad", description = "Trains binary neural networks in little memory.",
        subcommands = {TrainCommand.class, EvaluateCommand.class, PredictCommand.class, MemoryCommand.class,
            SummaryCommand.class, DataCommand.class, InfoCommand.class},
        scope = ScopeType.INHERIT, mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        usageHelpWidth = 100, usageHelpAutoWidth = true, sortOptions = false, showDefaultValues = true,
        sortSynopsis = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:the work is done", "1:the work failed; one sentence on standard error says why",
            "2:the command cannot be understood; one sentence on standard error says why",
            "130:SIGINT (Ctrl-C) ended the work; one sentence on standard error says what train has kept",
            "143:SIGTERM ended the work; one sentence on standard error says what train has kept"})
final class Main implements Runnable {
    /** The version of the JAR that this class is in. */
    static final class Version implements IVersionProvider {
        /** The version, or {@code unpackaged} if the classes are not in a JAR. */
        static String text() {
            return Objects.requireNonNullElse(Main.class.getPackage().getImplementationVersion(), "unpackaged");
        }

        @Override
        public String[] getVersion() {
            return new String[] {"bitgrad " + text()};
        }
    }

    @Spec
    private CommandSpec command;
    private final PrintStream err;
    private final boolean terminal;

    private Main(PrintStream err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    public static void main(String... arguments) {
        // For the libraries that this program uses: bitgrad itself does not depend on the locale.
        Locale.setDefault(Locale.ROOT);
        // Warnings of the library look like all other lines of this program.
        System.setProperty("java.util.logging.SimpleFormatter.format", "bitgrad: %5$s%n");
        WholeFiles.beforeExit();
        Signals.handle(System.err);
        int status = run(System.out, System.err, Display.isTerminal(Path.of("/proc/self/fd/2")), arguments);
        System.exit(Signals.status().orElse(status));
    }

    /**
     * Runs a command.
     *
     * @param terminal whether the error stream is a terminal, on which a progress bar can be drawn
     * @return the exit status
     */
    static int run(PrintStream out, PrintStream err, boolean terminal, String... arguments) {
        Failures failures = new Failures(err, "bitgrad");
        CommandLine commandLine = new CommandLine(new Main(err, terminal))
                .setExpandAtFiles(false).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true))
                .setParameterExceptionHandler(failures).setExecutionExceptionHandler(failures)
                .registerConverter(Model.class, Model::of)
                .registerConverter(Algorithm.class, Algorithm::named)
                .registerConverter(GradientFormat.class, GradientFormat::named)
                .registerConverter(Rounding.class, Rounding::named)
                .registerConverter(GradientKind.class, GradientKind::named)
                .registerConverter(Optimizers.class, Optimizers::named)
                .registerConverter(Schedule.class, Schedule::named)
                .registerConverter(Normalisation.class, Normalisation::named)
                .registerConverter(Attenuation.class, Attenuation::named)
                .registerConverter(InitialWeights.class, InitialWeights::named)
                .registerConverter(Augmentation.class, Augmentation::named);
        int status;
        try {
            status = commandLine.execute(arguments);
        } catch (Error error) { // picocli does not give errors to its handlers
            status = failures.report(error);
        }
        if (out.checkError()) {
            err.println("bitgrad: The report could not be written to standard output.");
            return ExitCode.FAILED;
        }
        return status;
    }

    /** Prints a line that is not part of the report, on standard error. */
    void note(String line) {
        err.println(line);
    }

    /**
     * Makes what shows the progress of a training: a progress bar on a terminal, otherwise lines.
     *
     * @param part the part of the data that the network is tested with after every epoch: test or validation
     */
    Display display(String part, long planPeakBytes) {
        return terminal ? new ProgressBarDisplay(err, part, planPeakBytes) : new LineDisplay(err, part);
    }

    @Override
    public void run() {
        throw new ParameterException(command.commandLine(),
                "No command was given; name one of " + String.join(", ", command.subcommands().keySet()));
    }
}
