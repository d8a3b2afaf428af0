package io.github.bitgrad.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.NativeMemory;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageSource;
import io.github.bitgrad.data.Stripes;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.model.TestGraphs;
import io.github.bitgrad.train.Trainer;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** One classifier that many threads use and close at the same time. On emulated aarch64, OpenBLAS takes two minutes. */
@Tag("level-independent")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClassifierThreadsTest {
    private static final long SEED = 20261128;
    private static final int CALLERS = 8;
    private static final int IMAGES = 500;

    private static final Network CHAIN = Network.sequential("chain", Stripes.SHAPE)
            .binaryConv(40, 3, Network.Padding.SAME).maxPool(2, Network.Place.BEFORE_NORMALISATION).dense(200)
            .dense(Stripes.CLASSES).build();

    @TempDir
    private Path folder;

    private Path trained(Network network, Algorithm algorithm) {
        Path file = folder.resolve("network");
        try (Dataset images = Stripes.noisy(100, SEED);
                Trainer trainer = Trainer.of(network).algorithm(algorithm).batch(20).epochs(2).build()) {
            trainer.train(images);
            trainer.save(file);
        }
        return file;
    }

    static Stream<Arguments> classifiers() {
        Network graph = TestGraphs.residual("residual", Stripes.SHAPE, 20, 2, Stripes.CLASSES);
        return Stream.of(CHAIN, graph).flatMap(network -> Stream.of(Algorithm.values())
                .flatMap(algorithm -> Stream.of(1, 2).map(threads -> Arguments.of(network, algorithm, threads))));
    }

    /** What each of some threads returns, all of which begin at the same moment. */
    private static <T> List<T> together(int threads, Callable<T> work) throws Exception {
        CyclicBarrier begin = new CyclicBarrier(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<T>> futures = IntStream.range(0, threads).mapToObj(_ -> executor.submit(() -> {
                begin.await(60, TimeUnit.SECONDS);
                return work.call();
            })).toList();
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    private static List<Integer> classes(Classifier classifier, Dataset images) {
        return IntStream.range(0, images.size()).map(index -> classifier.classify(images.image(index))).boxed()
                .toList();
    }

    /** Thousands of images in all. */
    @ParameterizedTest
    @MethodSource("classifiers")
    void manyThreadsSeeWhatOneSees(Network network, Algorithm algorithm, int threads) throws Exception {
        System.out.println("seed " + SEED);
        Path file = trained(network, algorithm);
        try (Dataset images = Stripes.noisy(IMAGES, SEED + 1);
                Classifier classifier = Classifier.load(file, 7, threads);
                Classifier single = Classifier.load(file)) {
            List<Integer> expected = classes(single, images);
            assertThat(expected.stream().distinct().count()).as("classes").isGreaterThan(1);
            assertThat(together(CALLERS, () -> classes(classifier, images))).containsOnly(expected);
            Evaluation evaluation = classifier.evaluate(images);
            assertThat(together(CALLERS, () -> classifier.evaluate(images))).containsOnly(evaluation);
            assertThat(classes(classifier, images)).isEqualTo(expected);
        }
    }

    /** Weights of one million float32 numbers are there once; batches of some kilobytes are there for each caller. */
    @ParameterizedTest
    @EnumSource(names = {"STANDARD", "PROPOSED"})
    void theWeightsAreInMemoryOnceAndAllMemoryIsGivenBack(Algorithm algorithm) throws Exception {
        Network wide = Network.sequential("wide", Stripes.SHAPE).dense(1000).dense(1000).dense(Stripes.CLASSES).build();
        Path file = trained(wide, algorithm);
        long before = NativeMemory.bytes();
        try (Classifier classifier = Classifier.load(file)) {
            long one = NativeMemory.bytes() - before;
            callTogether(classifier);
            long many = NativeMemory.bytes() - before;
            assertThat(many).isGreaterThan(one);
            // standard training computes the signs of its weights in memory of their own for each caller
            assertThat(many - one).isLessThan(
                    algorithm == Algorithm.STANDARD ? (CALLERS - 1) * one / 2 + (1 << 20) : (CALLERS - 1) * one / 3);
            callTogether(classifier);
            assertThat(NativeMemory.bytes() - before).as("memory is used again").isEqualTo(many);
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    /** All callers are within the classifier at the same time: each waits for the others while it reads an image. */
    private static void callTogether(Classifier classifier) throws Exception {
        CyclicBarrier within = new CyclicBarrier(CALLERS);
        try (Dataset images = images(() -> within.await(60, TimeUnit.SECONDS))) {
            together(CALLERS, () -> classifier.evaluate(images));
        }
    }

    /** A data set of one black image that does something whenever the image is read. */
    private static Dataset images(Callable<?> reading) {
        return Dataset.of(new ImageSource() {
            @Override
            public void read(int index, byte[] pixels) {
                try {
                    reading.call();
                } catch (Exception failure) {
                    throw new AssertionError(failure);
                }
            }

            @Override
            public void close() {
                // there is nothing to close
            }
        }, DataDescription.of("black", Stripes.SHAPE, Stripes.CLASSES), 1, _ -> {
        });
    }

    /** Whatever the moment: calls end with a result or with one sentence, and the JVM lives. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void closingIsSafeWhileThreadsClassify(Algorithm algorithm) throws Exception {
        Path file = trained(CHAIN, algorithm);
        long before = NativeMemory.bytes();
        try (Dataset images = Stripes.noisy(20, SEED)) {
            for (int time = 0; time < 20; time++) {
                Classifier classifier = Classifier.load(file, 5, 1 + time % 2);
                List<Integer> expected = classes(classifier, images);
                CyclicBarrier begin = new CyclicBarrier(4);
                try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
                    List<Future<?>> callers = new ArrayList<>();
                    for (int caller = 0; caller < 3; caller++) {
                        callers.add(executor.submit(() -> {
                            begin.await(60, TimeUnit.SECONDS);
                            assertThatThrownBy(() -> {
                                for (;;) {
                                    assertThat(classes(classifier, images)).isEqualTo(expected);
                                }
                            }).isInstanceOf(IllegalStateException.class)
                                    .hasMessage("The classifier of network chain is closed; load the network again.");
                            return null;
                        }));
                    }
                    begin.await(60, TimeUnit.SECONDS);
                    Thread.sleep(time % 4);
                    classifier.close();
                    classifier.close();
                    for (Future<?> caller : callers) {
                        caller.get(60, TimeUnit.SECONDS);
                    }
                }
            }
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
    }

    @Test
    void closingWaitsForTheCallThatRunsAndKeepsAnInterruption() throws Exception {
        Path file = trained(CHAIN, Algorithm.PROPOSED);
        CountDownLatch reads = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Classifier classifier = Classifier.load(file);
        try (ExecutorService executor = Executors.newSingleThreadExecutor(); Dataset images = images(() -> {
            reads.countDown();
            return goOn.await(60, TimeUnit.SECONDS);
        })) {
            Future<Evaluation> evaluation = executor.submit(() -> classifier.evaluate(images));
            assertThat(reads.await(60, TimeUnit.SECONDS)).isTrue();
            AtomicReference<Boolean> interrupted = new AtomicReference<>();
            Thread closing = Thread.ofPlatform().start(() -> {
                classifier.close();
                interrupted.set(Thread.interrupted());
            });
            closing.interrupt();
            closing.join(100);
            assertThat(closing.isAlive()).as("it waits").isTrue();
            goOn.countDown();
            assertThat(evaluation.get(60, TimeUnit.SECONDS)).isNotNull();
            closing.join();
            assertThat(interrupted).hasValue(true);
        }
    }

    @Test
    void closingWithinACallOfTheClassifierDoesNotWaitForItself() {
        Path file = trained(CHAIN, Algorithm.PROPOSED);
        long before = NativeMemory.bytes();
        Classifier classifier = Classifier.load(file);
        try (Dataset images = images(() -> {
            classifier.close();
            return null;
        })) {
            assertThat(classifier.evaluate(images)).isNotNull();
        }
        assertThat(NativeMemory.bytes()).isEqualTo(before);
        assertThatThrownBy(() -> classifier.classify(MemorySegment.ofArray(new byte[64])))
                .isInstanceOf(IllegalStateException.class);
    }

    /** In one round of several; in the rounds before, the JVM loads classes and links calls. */
    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void classifyingAllocatesNothing(Algorithm algorithm) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        MemorySegment image = MemorySegment.ofArray(new byte[Stripes.SHAPE.values()]);
        List<Long> rounds = new ArrayList<>();
        try (Classifier classifier = Classifier.load(trained(CHAIN, algorithm))) {
            do {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int time = 0; time < 100; time++) {
                    classifier.classify(image);
                }
                rounds.add(threads.getCurrentThreadAllocatedBytes() - before);
            } while (rounds.getLast() != 0 && rounds.size() < 50);
        }
        assertThat(rounds).as("bytes that 100 calls allocated").endsWith(0L);
    }
}
