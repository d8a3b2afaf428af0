package io.github.bitgrad.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
@Timeout(60)
class WorkersTest {
    private static final long MUCH_WORK = 1L << 40;

    private record Chunk(long begin, long end) {
    }

    private interface Work {
        void run(long begin, long end);
    }

    private static Operation operation(long size, long multiple, long work, Work body) {
        return new Operation("test", size, multiple, work, List.of()) {
            @Override
            protected void run(long begin, long end) {
                body.run(begin, end);
            }
        };
    }

    private static Set<Thread> helpers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("bitgrad-worker-")).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void everyElementIsWorkedOnOnce(int threads) {
        int rounds = 2000;
        AtomicIntegerArray visits = new AtomicIntegerArray(61);
        Operation operation = operation(visits.length(), 1, MUCH_WORK, (begin, end) -> {
            for (int i = (int) begin; i < end; i++) {
                visits.incrementAndGet(i);
            }
        });
        try (Workers workers = new Workers(threads)) {
            for (int round = 1; round <= rounds; round++) {
                workers.run(operation);
                assertThat(visits.get(round % visits.length())).as("after round %s", round).isEqualTo(round);
            }
        }
        for (int i = 0; i < visits.length(); i++) {
            assertThat(visits.get(i)).as("visits of element %s", i).isEqualTo(rounds);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void chunksCoverTheSizeAndDoNotDependOnTheThreads(int threads) {
        try (Workers workers = new Workers(threads)) {
            assertThat(chunks(workers, 1000, 16, MUCH_WORK)).containsExactly(new Chunk(0, 128), new Chunk(128, 256),
                    new Chunk(256, 384), new Chunk(384, 512), new Chunk(512, 640), new Chunk(640, 768),
                    new Chunk(768, 896), new Chunk(896, 1000));
            assertThat(chunks(workers, 3, 1, MUCH_WORK)).containsExactly(new Chunk(0, 1), new Chunk(1, 2),
                    new Chunk(2, 3));
            assertThat(chunks(workers, 10, 16, MUCH_WORK)).containsExactly(new Chunk(0, 10));
            assertThat(chunks(workers, 1000, 16, 0)).containsExactly(new Chunk(0, 1000));
        }
    }

    private static List<Chunk> chunks(Workers workers, long size, long multiple, long work) {
        ConcurrentLinkedQueue<Chunk> chunks = new ConcurrentLinkedQueue<>();
        workers.run(operation(size, multiple, work, (begin, end) -> chunks.add(new Chunk(begin, end))));
        return chunks.stream().sorted((a, b) -> Long.compare(a.begin(), b.begin())).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void allThreadsWorkAtTheSameTime(int threads) {
        CyclicBarrier barrier = new CyclicBarrier(threads);
        ConcurrentLinkedQueue<Thread> met = new ConcurrentLinkedQueue<>();
        try (Workers workers = new Workers(threads)) {
            workers.run(operation(threads, 1, MUCH_WORK, (_, _) -> {
                try {
                    barrier.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException failure) {
                    throw new IllegalStateException("the chunks did not meet", failure);
                }
                met.add(Thread.currentThread());
            }));
        }
        assertThat(met).hasSize(threads).doesNotHaveDuplicates().contains(Thread.currentThread());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void whatAChunkThrowsReachesTheCallerAndTheWorkersGoOn(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int round = 0; round < 200; round++) {
                int bad = round % 8;
                RuntimeException exception = new IllegalArgumentException("chunk " + bad);
                Operation failing = operation(8, 1, MUCH_WORK, (begin, _) -> {
                    if (begin == bad) {
                        throw exception;
                    }
                });
                assertThatThrownBy(() -> workers.run(failing)).isSameAs(exception);
                assertThat(chunks(workers, 8, 1, MUCH_WORK)).hasSize(8);
            }
            Error error = new AssertionError("all chunks");
            Operation failing = operation(8, 1, MUCH_WORK, (_, _) -> {
                throw error;
            });
            assertThatThrownBy(() -> workers.run(failing)).isSameAs(error);
            assertThat(chunks(workers, 8, 1, MUCH_WORK)).hasSize(8);
        }
    }

    @Test
    void runningEndsWhenTheLastChunkHasEnded() {
        Thread caller = Thread.currentThread();
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicIntegerArray ended = new AtomicIntegerArray(2);
        try (Workers workers = new Workers(2)) {
            workers.run(operation(2, 1, MUCH_WORK, (begin, _) -> {
                try {
                    barrier.await(30, TimeUnit.SECONDS); // one chunk for each thread
                    if (Thread.currentThread() != caller) {
                        Thread.sleep(50);
                    }
                } catch (InterruptedException | BrokenBarrierException | TimeoutException failure) {
                    throw new IllegalStateException("the chunks did not meet", failure);
                }
                ended.set((int) begin, 1);
            }));
            assertThat(ended).hasToString("[1, 1]");
        }
    }

    @Test
    void closingEndsTheThreads() {
        Set<Thread> before = helpers();
        for (int round = 0; round < 100; round++) {
            Workers workers = new Workers(4);
            Set<Thread> ours = helpers();
            ours.removeAll(before);
            assertThat(ours).hasSize(3).allMatch(Thread::isDaemon);
            workers.close();
            assertThat(ours).noneMatch(Thread::isAlive);
            workers.close();
        }
    }

    @Test
    void closingEndsParkedThreadsAndKeepsAnInterrupt() throws InterruptedException {
        Set<Thread> before = helpers();
        Workers workers = new Workers(2);
        Set<Thread> ours = helpers();
        ours.removeAll(before);
        Thread helper = ours.iterator().next();
        while (helper.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        Thread.currentThread().interrupt();
        workers.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(helper.isAlive()).isFalse();
    }

    /** An interrupted thread that parks again and again would take all of its processor's time. */
    @Test
    void anInterruptedCallerNeitherSpinsNorEndsTheOperation() {
        Thread caller = Thread.currentThread();
        CyclicBarrier barrier = new CyclicBarrier(2);
        AtomicIntegerArray ended = new AtomicIntegerArray(2);
        long[] waiting = new long[1];
        try (Workers workers = new Workers(2)) {
            workers.run(operation(2, 1, MUCH_WORK, (begin, _) -> {
                try {
                    barrier.await(30, TimeUnit.SECONDS); // one chunk for each thread
                    if (Thread.currentThread() != caller) {
                        Thread.sleep(100);
                        caller.interrupt();
                        Thread.sleep(1000);
                    }
                } catch (InterruptedException | BrokenBarrierException | TimeoutException failure) {
                    throw new IllegalStateException("the chunks did not meet", failure);
                }
                ended.set((int) begin, 1);
                if (Thread.currentThread() == caller) {
                    waiting[0] = cpuTime();
                }
            }));
            assertThat(cpuTime() - waiting[0]).as("nanoseconds of the processor").isLessThan(300_000_000);
            assertThat(Thread.interrupted()).as("an interruption is kept").isTrue();
            assertThat(ended).hasToString("[1, 1]");
        }
    }

    private static long cpuTime() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    @Test
    void interruptingHelpersIsWithoutEffect() throws InterruptedException {
        Set<Thread> before = helpers();
        try (Workers workers = new Workers(2)) {
            Set<Thread> ours = helpers();
            ours.removeAll(before);
            Thread helper = ours.iterator().next();
            helper.interrupt();
            Thread.sleep(50);
            long begin = ManagementFactory.getThreadMXBean().getThreadCpuTime(helper.threadId());
            Thread.sleep(500);
            assertThat(ManagementFactory.getThreadMXBean().getThreadCpuTime(helper.threadId()) - begin)
                    .isLessThan(200_000_000);
            assertThat(chunks(workers, 8, 1, MUCH_WORK)).hasSize(8);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 2", "4, 2"})
    void helpersWithoutWorkTakeNoTimeOfTheProcessor(int threads, int processors) throws InterruptedException {
        Set<Thread> before = helpers();
        try (Workers workers = new Workers(threads, processors)) {
            Set<Thread> ours = helpers();
            ours.removeAll(before);
            assertThat(chunks(workers, 8, 1, MUCH_WORK)).hasSize(8);
            Thread.sleep(50);
            long begin = cpuTime(ours);
            Thread.sleep(1000);
            assertThat(cpuTime(ours) - begin).as("nanoseconds of the processor").isLessThan(20_000_000);
            assertThat(ours).allMatch(helper -> helper.getState() == Thread.State.WAITING);
        }
    }

    /** A spinning thread would take the processor from one that works. */
    @Test
    void withMoreThreadsThanProcessorsNobodySpins() throws InterruptedException {
        Thread caller = Thread.currentThread();
        CyclicBarrier barrier = new CyclicBarrier(2);
        Operation operation = operation(2, 1, MUCH_WORK, (_, _) -> {
            try {
                barrier.await(30, TimeUnit.SECONDS); // one chunk for each thread
                Thread.sleep(Thread.currentThread() == caller ? 0 : 1); // the caller waits, and then the helper
            } catch (InterruptedException | BrokenBarrierException | TimeoutException failure) {
                throw new IllegalStateException("the chunks did not meet", failure);
            }
        });
        assertThat(cpuTimeOf(operation, 1)).as("nanoseconds of the processor").isLessThan(100_000_000);
    }

    /** The processor's time of a helper and of its caller, together, for operations with pauses between. */
    private static long cpuTimeOf(Operation operation, int processors) throws InterruptedException {
        Set<Thread> before = helpers();
        try (Workers workers = new Workers(2, processors)) {
            Set<Thread> all = helpers();
            all.removeAll(before);
            all.add(Thread.currentThread());
            workers.run(operation);
            long begin = cpuTime(all);
            for (int round = 0; round < 300; round++) {
                workers.run(operation);
                Thread.sleep(1);
            }
            return cpuTime(all) - begin;
        }
    }

    private static long cpuTime(Set<Thread> threads) {
        return threads.stream()
                .mapToLong(thread -> ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId())).sum();
    }

    @Test
    void closingWaitsForTheOperationThatRuns() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            Workers workers = new Workers(3);
            CyclicBarrier begun = new CyclicBarrier(2);
            Thread closing = Thread.ofPlatform().start(() -> {
                try {
                    begun.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException failure) {
                    throw new IllegalStateException(failure);
                }
                workers.close();
            });
            AtomicIntegerArray done = new AtomicIntegerArray(8);
            Operation operation = operation(8, 1, MUCH_WORK, (begin, _) -> done.incrementAndGet((int) begin));
            int[] runs = new int[1];
            assertThatThrownBy(() -> {
                begun.await(30, TimeUnit.SECONDS);
                for (;;) {
                    workers.run(operation);
                    runs[0]++;
                }
            }).isInstanceOf(IllegalStateException.class)
                    .hasMessage("The threads have ended already, so they cannot run test.");
            for (int chunk = 0; chunk < done.length(); chunk++) {
                assertThat(done.get(chunk)).as("chunk %s", chunk).isEqualTo(runs[0]);
            }
            closing.join();
        }
    }

    @Test
    void callersInSeveralThreadsWaitForEachOther() throws InterruptedException {
        int rounds = 2000;
        int[] sum = new int[8]; // not atomic: each element is worked on by one thread at a time
        try (Workers workers = new Workers(2)) {
            Operation operation = operation(8, 1, MUCH_WORK, (begin, _) -> sum[(int) begin]++);
            List<Thread> callers = Stream.generate(() -> Thread.ofPlatform().start(() -> {
                for (int round = 0; round < rounds; round++) {
                    workers.run(operation);
                }
            })).limit(3).toList();
            for (Thread caller : callers) {
                caller.join();
            }
        }
        assertThat(sum).containsOnly(3 * rounds);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1025, Integer.MAX_VALUE})
    void refusesNumbersOfThreadsThatCannotBe(int threads) {
        assertThatThrownBy(() -> new Workers(threads)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There must be from 1 to 1024 threads, but %s were asked for.", threads);
    }
}
