package io.github.bitgrad.bench.kit;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.cli.Failures;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The program {@code bitgrad-bench}. */
@Command(name = "bitgrad-bench", subcommands = AnswersCommand.class, mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        usageHelpWidth = 100, usageHelpAutoWidth = true, sortOptions = false, sortSynopsis = false,
        description = "Measures bitgrad on this machine, beside OpenBLAS and standard training. Without options it "
                + "runs the comparison of a few minutes. It writes a folder with results.html, results.md, "
                + "results.json (by JMH) and run.json (the machine).",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:all was measured", "1:something failed; one sentence on standard error says what",
            "2:the command, this Java or this system cannot work; one sentence on standard error says why"})
public final class Main implements Runnable {
    /** The version of the JAR that this class is in. */
    static final class Version implements IVersionProvider {
        static String text() {
            return Objects.requireNonNullElse(Main.class.getPackage().getImplementationVersion(), "unpackaged");
        }

        @Override
        public String[] getVersion() {
            return new String[] {"bitgrad-bench " + text()};
        }
    }

    /** Which benchmarks are run. */
    static final class Extent {
        @Option(names = "--full", description = "Run every benchmark with every parameter, which may take hours.")
        private boolean full;

        @Option(names = "--smoke", description = "Run every benchmark once, on tiny operands, to see that it works. "
                + "The times mean nothing.")
        private boolean smoke;

        Suite suite() {
            return full ? Suite.FULL : smoke ? Suite.SMOKE : Suite.QUICK;
        }
    }

    @Spec
    private CommandSpec command;

    @ArgGroup(exclusive = true)
    private Extent extent = new Extent();

    @Option(names = "--list", description = "List the benchmarks that would be run, and run none.")
    private boolean list;

    @Option(names = "--results", paramLabel = "DIR",
            description = "The folder for the results, new or empty. By default one with the date in its name.")
    private Optional<Path> folder = Optional.empty();

    private Main() {
    }

    public static void main(String... arguments) {
        // For the libraries that this program uses: its own reports do not depend on the locale.
        Locale.setDefault(Locale.ROOT);
        System.exit(run(System.out, System.err, arguments));
    }

    /**
     * Runs a command.
     *
     * @return the exit status
     */
    static int run(PrintStream out, PrintStream err, String... arguments) {
        Failures failures = new Failures(err, "bitgrad-bench");
        CommandLine commandLine = new CommandLine(new Main()).setExpandAtFiles(false)
                .setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true))
                .setParameterExceptionHandler(failures).setExecutionExceptionHandler(failures);
        try {
            return commandLine.execute(arguments);
        } catch (Error error) { // picocli does not give errors to its handlers
            return failures.report(error);
        }
    }

    @Override
    public void run() {
        PrintWriter out = command.commandLine().getOut();
        List<Case> cases = extent.suite().cases(Runtime.getRuntime().availableProcessors());
        if (list) {
            cases.forEach(out::println);
            return;
        }
        Path results = folder.orElseGet(() -> Path.of("bitgrad-bench-"
                + LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString().replace(":", "-")));
        ResultsFolder.create(results);
        Session session =
                new Session(extent.suite(), MachineFiles.ofThisMachine(), results, command.commandLine().getErr());
        int failed = session.run(cases);
        out.println("The results are in %s; open %s in a browser.".formatted(results,
                results.resolve(ResultsFolder.PAGE)));
        if (failed > 0) {
            throw new BitgradException("%s of %s benchmarks failed; %s says why.".formatted(failed, cases.size(),
                    results.resolve(ResultsFolder.LOG)));
        }
    }

    @Command(name = "compare", mixinStandardHelpOptions = true,
            description = "Sets the results of two runs side by side: their machines, and the ratios of their times.")
    void compare(@Parameters(paramLabel = "A", description = "A folder with results.") Path a,
            @Parameters(paramLabel = "B", description = "Another one.") Path b) {
        command.commandLine().getOut().print(new Markdown().document(
                new Comparison(a.toString(), ResultsFolder.read(a), b.toString(), ResultsFolder.read(b)).sections()));
        command.commandLine().getOut().flush();
    }
}
