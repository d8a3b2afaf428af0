package io.github.bitgrad.step;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.algorithm.Gradients;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.GuardedArena;
import io.github.bitgrad.memory.MemoryPlan.Placement;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.optim.Optimizers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps stay within the arena, whose size is the plan's peak, and operations within the buffers that they name. */
class StepMemoryTest {
    private static final long SEED = 20261125;
    private static final int BATCH = 10;
    private static final int CLASSES = 5;
    private static final Network NETWORK = Network.sequential("both poolings", new ImageShape(15, 14, 3))
            .binaryConv(37, 3, VALID).binaryConv(40, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
            .binaryConv(33, 3, SAME).maxPool(2, AFTER_SIGN).dense(20).dense(CLASSES).build();

    static Stream<Arguments> programs() {
        return Stream.of(NETWORK, TestGraphs.RESIDUAL, TestGraphs.NORMALISED_AGAIN, TestGraphs.RECTIFIED,
                TestGraphs.POOLED_STREAM, TestGraphs.SCALED, TestGraphs.DEPTHWISE, TestGraphs.JOINED_SIGNS,
                TestGraphs.BIASED)
                .flatMap(network -> Stream.of(Algorithm.values()).flatMap(algorithm -> Stream.of(Optimizers.values())
                        .filter(optimizer -> network != TestGraphs.SCALED || optimizer != Optimizers.BOP)
                        .flatMap(optimizer -> Stream.of(Algorithm.LEAST_MEMORY, Long.MAX_VALUE)
                                .map(memory -> Arguments.of(network, algorithm, optimizer, memory)))));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void operationsTouchNothingButTheirBuffers(Network network, Algorithm algorithm, Optimizers optimizer,
            long memory) {
        System.out.println("seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        Gradients gradients = Gradients.of(algorithm);
        TrainingClock clock = new TrainingClock(SEED);
        CompiledNetwork compiled = algorithm.compile(network, BATCH, optimizer.create(gradients.weights()), gradients,
                memory, clock);
        Program program = compiled.program();
        try (GuardedArena arena = new GuardedArena(); Workers workers = new Workers(2)) {
            program.allocate(arena);
            fill(compiled.batch().pixels().segment(), random);
            program.runInitial(workers);
            for (int step = 0; step < 2; step++) {
                clock.next(optimizer.create(gradients.weights()).learningRate(gradients.weights(),
                        algorithm.stateInBytes()));
                for (int image = 0; image < BATCH; image++) {
                    compiled.batch().labels().segment().setAtIndex(ValueLayout.JAVA_INT, image,
                            random.nextInt(CLASSES));
                }
                runChecked(program, workers);
            }
            Map<Buffer, byte[]> state = new HashMap<>();
            program.state().forEach(buffer -> state.put(buffer, bytes(buffer)));
            clock.measure(1);
            program.runMeasuring(workers);
            state.forEach((buffer, bytes) -> {
                if (buffer.name().endsWith(".runningDeviation")) { // a mean may be 0 as before
                    assertThat(bytes(buffer)).as("%s, which is measured", buffer).isNotEqualTo(bytes);
                } else if (!isStatistic(buffer)) {
                    assertThat(bytes(buffer)).as("%s, which belongs to the training", buffer).isEqualTo(bytes);
                }
            });
            program.runBeforeInference(workers);
            Map<Buffer, byte[]> learned = new HashMap<>();
            program.learned().forEach(buffer -> learned.put(buffer, bytes(buffer)));
            program.runInference(workers);
            learned.forEach((buffer, bytes) -> assertThat(bytes(buffer))
                    .as("%s, which threads of inference share", buffer).isEqualTo(bytes));
            assertThat(arena.isUnharmed()).as("what lies behind the arena").isTrue();
        }
    }

    private static void fill(MemorySegment bytes, SplittableRandom random) {
        for (long i = 0; i < bytes.byteSize(); i++) {
            bytes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
    }

    private static void runChecked(Program program, Workers workers) {
        List<Operation> operations = program.training();
        Map<Placement, byte[]> before = new HashMap<>();
        List<Placement> used = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            before.clear();
            for (Placement placement : program.plan().placements()) {
                boolean lives = placement.firstUse() >= 0 && placement.firstUse() <= i && i <= placement.lastUse();
                if (operation.uses().contains(placement.buffer())) {
                    used.add(placement);
                } else if (lives) {
                    before.put(placement, bytes(placement));
                }
            }
            workers.run(operation);
            before.forEach((placement, bytes) -> assertThat(bytes(placement)).as("%s, which %s does not name",
                    placement.buffer(), operation.name()).isEqualTo(bytes));
        }
        for (Placement placement : program.plan().placements()) {
            if (isStatistic(placement.buffer())) { // only measuring uses it
                used.add(placement);
            }
        }
        assertThat(used.stream().mapToLong(place -> place.offset() + place.buffer().bytes()).max().orElseThrow())
                .as("how far the step's buffers reach").isEqualTo(program.plan().peakBytes());
    }

    private static boolean isStatistic(Buffer buffer) {
        return buffer.name().contains(".running");
    }

    private static byte[] bytes(Placement placement) {
        return bytes(placement.buffer());
    }

    private static byte[] bytes(Buffer buffer) {
        return buffer.segment().toArray(ValueLayout.JAVA_BYTE);
    }
}
