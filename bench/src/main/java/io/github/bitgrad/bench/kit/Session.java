package io.github.bitgrad.bench.kit;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.bench.StepProfiler;
import io.github.bitgrad.bench.TrainingStep;
import io.github.bitgrad.cli.Units;
import io.github.bitgrad.kernel.Blas;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs benchmarks one after another, and writes the results after each, so that an interrupted run leaves some. */
final class Session {
    /** The memory of a Java virtual machine that runs a benchmark, without operands. */
    private static final long JVM_BYTES = 100L << 20;
    /** As much as the operands of any benchmark of kernels take, of single pictures too. */
    private static final long OPERAND_BYTES = 256L << 20;
    /** A microsecond is the unit of all benchmarks. */
    private static final double NANOSECONDS_A_MICROSECOND = 1000;

    private final Suite suite;
    private final MachineFiles files;
    private final Path folder;
    private final PrintWriter progress;
    private final Optional<String> openBlasProblem = openBlasProblem();
    private final List<MemoryUse> memory = new ArrayList<>();
    private final List<RunResult> results = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();
    private int failed;

    /**
     * @param suite what is run
     * @param files where the machine is described
     * @param folder where the results are written
     * @param progress is told of each benchmark
     */
    Session(Suite suite, MachineFiles files, Path folder, PrintWriter progress) {
        this.suite = suite;
        this.files = files;
        this.folder = folder;
        this.progress = progress;
    }

    private static Optional<String> openBlasProblem() {
        try {
            Blas.library();
            return Optional.empty();
        } catch (BitgradException missing) {
            return Optional.of(missing.getMessage());
        }
    }

    /**
     * Runs benchmarks.
     *
     * @return how many of them failed
     */
    int run(List<Case> cases) {
        Map<String, String> machine = Machine.facts(files);
        Condition before = Condition.of(files);
        List<String> warnings = Warnings.before(System.getenv(), before);
        warnings.forEach(warning -> progress.println("warning: " + warning));
        if (suite == Suite.SMOKE) { // its times mean nothing, so other benchmarks may run at the same time
            System.setProperty("jmh.ignoreLock", "true");
        }
        cases.stream().filter(Session::isStep).map(Case::parameters).forEach(this::plan);
        for (int i = 0; i < cases.size(); i++) {
            String outcome = run(cases.get(i));
            progress.println("[%s/%s] %s: %s".formatted(i + 1, cases.size(), cases.get(i), outcome));
            Condition after = Condition.of(files);
            ResultsFolder.write(folder, new RunRecord(suite.toString(), machine, before.facts(), after.facts(),
                    openBlasProblem.orElseGet(() -> "%s, core %s".formatted(Blas.version(), Blas.core())),
                    Stream.concat(warnings.stream(), Warnings.during(before, after).stream()).toList(), leftOut,
                    memory), json());
        }
        return failed;
    }

    /** Runs a benchmark if the machine can, and tells its time or why there is none. */
    private String run(Case next) {
        Optional<String> obstacle = obstacle(next);
        if (obstacle.isPresent()) {
            return leftOut(next, "left out, because %s".formatted(obstacle.get()));
        }
        try {
            RunResult result = measure(next);
            results.add(result);
            return Figures.time(result.getPrimaryResult().getScore() * NANOSECONDS_A_MICROSECOND);
        } catch (RunnerException failure) {
            failed++;
            return leftOut(next, "failed, because %s".formatted(failure.getMessage()));
        }
    }

    private String leftOut(Case next, String outcome) {
        leftOut.add("%s: %s".formatted(next, outcome));
        return outcome;
    }

    private static boolean isStep(Case next) {
        return next.type() == TrainingStep.class;
    }

    private void plan(Map<String, String> parameters) {
        if (memory.stream().noneMatch(use -> use.isOf(parameters))) {
            memory.add(MemoryUse.of(parameters));
        }
    }

    /** Why a benchmark cannot be run on this machine. */
    private Optional<String> obstacle(Case next) {
        long available = files.availableBytes();
        long needed = JVM_BYTES + (isStep(next)
                ? memory.stream().filter(use -> use.isOf(next.parameters())).findFirst().orElseThrow().peakBytes()
                : OPERAND_BYTES);
        if (needed > available) {
            return Optional.of("it may need %s MiB, and this machine has %s MiB of memory left"
                    .formatted(Units.mebibytes(needed), Units.mebibytes(available)));
        }
        return next.usesOpenBlas() ? openBlasProblem : Optional.empty();
    }

    private RunResult measure(Case next) throws RunnerException {
        try (PrintStream log = new PrintStream(
                new FileOutputStream(folder.resolve(ResultsFolder.LOG).toFile(), true), true,
                StandardCharsets.UTF_8)) {
            return new Runner(options(next), OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL))
                    .runSingle();
        } catch (IOException failure) {
            throw new BitgradException("The log cannot be written to %s (%s); free some space or name another folder."
                    .formatted(folder, failure), failure);
        }
    }

    private Options options(Case next) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + Pattern.quote(next.type().getName() + "." + next.method()) + "$")
                .shouldFailOnError(true).forks(1)
                // With this collector, a process takes as much memory as one of the command line.
                .jvmArgs("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC");
        next.parameters().forEach(options::param);
        if (isStep(next)) {
            options.addProfiler(StepProfiler.class);
        }
        switch (suite) {
            case QUICK -> options.warmupIterations(1).warmupTime(TimeValue.seconds(1)).measurementIterations(2)
                    .measurementTime(TimeValue.seconds(1));
            // In this process, which saves a start of Java for each.
            case SMOKE -> options.mode(Mode.SingleShotTime).warmupIterations(0).measurementIterations(1).forks(0);
            case FULL -> {
                // as the annotations of the benchmarks say
            }
        }
        return options.build();
    }

    private String json() {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        ResultFormatFactory.getInstance(ResultFormatType.JSON, new PrintStream(json, true, StandardCharsets.UTF_8))
                .writeOut(results);
        return json.toString(StandardCharsets.UTF_8);
    }
}
