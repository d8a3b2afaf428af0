package io.github.bitgrad.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.MemoryPlan.Placement;
import io.github.bitgrad.tensor.ElementType;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryPlanTest {
    private static final long SEED = 20261123;
    private static final int PROGRAMS = 500;

    private static Buffer bytes(String name, long size, Life life) {
        return new Buffer(name, Variable.OTHER, ElementType.UINT8, 1, size, life);
    }

    private static Placement placement(MemoryPlan plan, Buffer buffer) {
        return plan.placements().stream().filter(place -> place.buffer() == buffer).findFirst().orElseThrow();
    }

    @Test
    void buffersThatDoNotMeetShareMemory() {
        Buffer first = bytes("first", 100, Life.TEMPORARY);
        Buffer link = bytes("link", 10, Life.TEMPORARY);
        Buffer last = bytes("last", 100, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(List.of(List.of(List.of(first, link), List.of(link, last))));

        assertThat(placement(plan, first)).isEqualTo(new Placement(first, 0, 0, 0));
        assertThat(placement(plan, last)).isEqualTo(new Placement(last, 0, 1, 1));
        assertThat(placement(plan, link)).isEqualTo(new Placement(link, 128, 0, 1));
        assertThat(plan.peakBytes()).isEqualTo(138);
    }

    @Test
    void aBufferHoldsItsContentsBetweenItsUses() {
        Buffer kept = bytes("kept", 64, Life.TEMPORARY);
        Buffer between = bytes("between", 64, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(List.of(List.of(List.of(kept), List.of(between), List.of(kept))));

        assertThat(placement(plan, kept).firstUse()).isZero();
        assertThat(placement(plan, kept).lastUse()).isEqualTo(2);
        assertThat(plan.peakBytes()).isEqualTo(128);
    }

    /** A buffer that is used only in the middle one of three operations: who else may have its memory, and when. */
    @ParameterizedTest
    @EnumSource(Life.class)
    void aLifeSaysWhatABufferLivesBeyondItsUses(Life life) {
        Buffer subject = bytes("subject", 128, life); // the largest, so that it is placed first
        Buffer before = bytes("before", 64, Life.TEMPORARY);
        Buffer after = bytes("after", 64, Life.TEMPORARY);
        Buffer elsewhere = bytes("elsewhere", 64, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(
                List.of(List.of(List.of(before), List.of(subject), List.of(after)), List.of(List.of(elsewhere))));

        boolean always = life == Life.PERSISTENT;
        boolean fromStart = always || life == Life.INPUT || life == Life.STEP;
        boolean toEnd = always || life == Life.RESULT || life == Life.STEP;
        assertThat(placement(plan, subject)).isEqualTo(new Placement(subject, 0, fromStart ? 0 : 1, toEnd ? 2 : 1));
        assertThat(placement(plan, before).offset()).isEqualTo(fromStart ? 128 : 0);
        assertThat(placement(plan, after).offset()).isEqualTo(toEnd ? 128 : 0);
        assertThat(placement(plan, elsewhere).offset()).isEqualTo(always ? 128 : 0);
    }

    @Test
    void whatIsLearnedIsAlwaysThereInInferenceAlone() {
        Buffer learned = bytes("learned", 128, Life.LEARNED);
        Buffer before = bytes("before", 64, Life.TEMPORARY);
        Buffer after = bytes("after", 32, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(List.of(List.of(List.of(before), List.of(learned)),
                List.of(List.of(learned), List.of(after))));

        assertThat(placement(plan, learned)).isEqualTo(new Placement(learned, 0, 1, 1));
        assertThat(placement(plan, before).offset()).isZero();
        assertThat(placement(plan, after).offset()).isEqualTo(128);
    }

    @Test
    void whatTheTrainingStepDoesNotUseHasNoUseInIt() {
        Buffer training = bytes("training", 64, Life.TEMPORARY);
        Buffer inference = bytes("inference", 32, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(List.of(List.of(List.of(training)), List.of(List.of(inference))));

        assertThat(placement(plan, inference)).isEqualTo(new Placement(inference, 0, -1, -1));
        assertThat(plan.peakBytes()).isEqualTo(64);
        assertThat(plan.bytesAtFullest().get(Variable.OTHER)).isEqualTo(64);
    }

    @Test
    void aProgramWithoutBuffersTakesNothing() {
        MemoryPlan plan = new MemoryPlan(List.of(List.of(), List.of()));
        assertThat(plan.peakBytes()).isZero();
        assertThat(plan.placements()).isEmpty();
        assertThat(plan.bytesAtFullest().values()).containsOnly(0L);
    }

    @Test
    void bytesAtFullestAreThoseOfTheFullestOperation() {
        Buffer weights = new Buffer("weights", Variable.W, ElementType.FLOAT16, 3, 5, Life.PERSISTENT);
        Buffer activation = new Buffer("activation", Variable.X, ElementType.BITS, 2, 65, Life.TEMPORARY);
        Buffer gradient = new Buffer("gradient", Variable.DW, ElementType.FLOAT32, 3, 5, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(List.of(List.of(List.of(weights, activation), List.of(gradient))));

        Map<Variable, Long> fullest = plan.bytesAtFullest();
        assertThat(fullest).containsOnlyKeys(Variable.values());
        assertThat(fullest.get(Variable.W)).isEqualTo(30);
        assertThat(fullest.get(Variable.DW)).isEqualTo(60);
        assertThat(fullest.get(Variable.X)).isZero();
    }

    @Test
    void allocationGivesEveryBufferItsZeroedPartOfTheArena() {
        Buffer first = bytes("first", 100, Life.TEMPORARY);
        Buffer second = bytes("second", 70, Life.TEMPORARY);
        Buffer later = bytes("later", 5, Life.TEMPORARY);
        MemoryPlan plan = new MemoryPlan(List.of(List.of(List.of(first, second), List.of(later))));
        assertThatThrownBy(first::segment).isInstanceOf(IllegalStateException.class)
                .hasMessage("Buffer first has no memory yet: its step must be given an arena first.");
        try (Arena arena = Arena.ofConfined()) {
            plan.allocate(arena);
            long base = first.segment().address();
            assertThat(base % MemoryPlan.ALIGNMENT).isZero();
            for (Placement place : plan.placements()) {
                assertThat(place.buffer().segment().address()).isEqualTo(base + place.offset());
                assertThat(place.buffer().segment().byteSize()).isEqualTo(place.buffer().bytes());
                assertThat(place.buffer().segment().toArray(ValueLayout.JAVA_BYTE))
                        .containsOnly(0);
            }
            assertThatThrownBy(() -> plan.allocate(arena)).isInstanceOf(IllegalStateException.class);
        }
        assertThat(first.segment().scope().isAlive()).isFalse();
    }

    @Test
    void refusesAShapeWithoutElements() {
        assertThatThrownBy(() -> bytes("empty", 0, Life.STEP)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Buffer empty has the shape [1, 0], but both sizes must be positive.");
    }

    @Test
    void noTwoBuffersThatLiveAtTheSameTimeOverlap() {
        System.out.println("seed " + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        int shared = 0;
        for (int program = 0; program < PROGRAMS; program++) {
            List<Buffer> buffers = randomBuffers(random);
            List<List<List<Buffer>>> timelines = randomList(random, 1, 3, _ -> randomList(random, 1, 15,
                    _ -> randomList(random, 0, 4, _ -> buffers.get(random.nextInt(buffers.size())))));
            MemoryPlan plan = new MemoryPlan(timelines);
            checkPlan(timelines, plan, "program " + program);
            shared += plan.peakBytes() < plan.placements().stream().mapToLong(place -> place.buffer().bytes()).sum()
                    ? 1
                    : 0;
        }
        assertThat(shared).as("programs with buffers that share memory").isGreaterThan(PROGRAMS / 2);
    }

    private static List<Buffer> randomBuffers(SplittableRandom random) {
        Life[] lives = Life.values();
        ElementType[] types = ElementType.values();
        Variable[] variables = Variable.values();
        return randomList(random, 1, 20, i -> new Buffer("buffer" + i, variables[random.nextInt(variables.length)],
                types[random.nextInt(types.length)], random.nextInt(1, 40), random.nextInt(1, 200),
                random.nextInt(3) > 0 ? Life.TEMPORARY : lives[random.nextInt(lives.length)]));
    }

    private static <T> List<T> randomList(SplittableRandom random, int least, int most, IntFunction<T> element) {
        return IntStream.range(0, random.nextInt(least, most + 1)).mapToObj(element).toList();
    }

    private static void checkPlan(List<List<List<Buffer>>> timelines, MemoryPlan plan, String program) {
        Set<Buffer> used = timelines.stream().flatMap(List::stream).flatMap(List::stream).collect(Collectors.toSet());
        assertThat(plan.placements().stream().map(Placement::buffer)).as(program)
                .containsExactlyInAnyOrderElementsOf(used);
        long fullestStep = 0;
        for (List<List<Buffer>> timeline : timelines) {
            boolean isTraining = timeline == timelines.getFirst();
            for (int time = 0; time < timeline.size(); time++) {
                List<Placement> live = new ArrayList<>();
                for (Placement place : plan.placements()) {
                    assertThat(place.offset() % MemoryPlan.ALIGNMENT).as(program).isZero();
                    if (isLive(isTraining, timeline, time, place.buffer())) {
                        live.add(place);
                    }
                    if (isTraining) {
                        assertThat(place.firstUse() >= 0 && place.firstUse() <= time && time <= place.lastUse())
                                .as("%s: %s is said to live at %s", program, place, time)
                                .isEqualTo(isLive(isTraining, timeline, time, place.buffer()));
                    }
                }
                requireApart(live, program);
                long bytes = live.stream().mapToLong(place -> place.buffer().bytes()).sum();
                assertThat(plan.peakBytes()).as(program).isGreaterThanOrEqualTo(bytes);
                fullestStep = Math.max(fullestStep, isTraining ? bytes : 0);
            }
        }
        assertThat(plan.peakBytes()).as(program).isEqualTo(plan.placements().stream()
                .mapToLong(place -> place.offset() + place.buffer().bytes()).max().orElse(0));
        assertThat(plan.bytesAtFullest().values().stream().mapToLong(Long::longValue).sum()).as(program)
                .isEqualTo(fullestStep);
    }

    /** Whether a buffer's contents matter while an operation runs, told from the meaning of its life alone. */
    private static boolean isLive(boolean isTraining, List<List<Buffer>> timeline, int time, Buffer buffer) {
        boolean everUsed = timeline.stream().anyMatch(uses -> uses.contains(buffer));
        boolean usedYet = timeline.subList(0, time + 1).stream().anyMatch(uses -> uses.contains(buffer));
        boolean usedFromNow = timeline.subList(time, timeline.size()).stream().anyMatch(uses -> uses.contains(buffer));
        return switch (buffer.life()) {
            case PERSISTENT -> true;
            case STEP -> everUsed;
            case INPUT -> usedFromNow;
            case RESULT -> usedYet;
            case LEARNED -> isTraining ? usedYet && usedFromNow : everUsed;
            case TEMPORARY -> usedYet && usedFromNow;
        };
    }

    private static void requireApart(List<Placement> live, String program) {
        Set<Placement> seen = new HashSet<>();
        for (Placement one : live) {
            for (Placement other : seen) {
                boolean apart = one.offset() + one.buffer().bytes() <= other.offset()
                        || other.offset() + other.buffer().bytes() <= one.offset();
                assertThat(apart).as("%s: %s and %s apart", program, one, other).isTrue();
            }
            seen.add(one);
        }
    }
}
