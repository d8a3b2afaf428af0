package io.github.bitgrad.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.bitgrad.BitgradException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Files that are changed at random, for readers that have to survive them. The tests of several modules share it. */
public final class Mutations {
    /** How many files a test changes; {@code -Dbitgrad.test.mutations=10000} for more. */
    public static final int COUNT = Integer.getInteger("bitgrad.test.mutations", 200);

    private static final int[] HOSTILE_INTS = {-1, 0, 1, 2, 255, 65_536, 1 << 24, Integer.MAX_VALUE - 8,
        Integer.MAX_VALUE, Integer.MIN_VALUE};

    private static final long TIMEOUT_SECONDS = 120;

    /** Reads a changed file. */
    @FunctionalInterface
    public interface Reading {
        void read(byte[] changed) throws Exception;
    }

    /**
     * How changed files are read.
     *
     * @param seed of all changes
     * @param mostHeapBytes that reading a file may allocate
     * @param named what the message of a refusal must contain
     */
    public record Survival(long seed, long mostHeapBytes, String named) {
        /**
         * Reads {@link #COUNT} changed files. Each is read, or refused in one sentence that names it, in some time and
         * with some memory.
         *
         * @param changed makes a changed file, such as by {@link #of}
         * @return how many were refused
         */
        public int refused(Function<SplittableRandom, byte[]> changed, Reading reading) throws Exception {
            System.out.println("seed " + seed + ", mutations " + COUNT);
            SplittableRandom seeds = new SplittableRandom(seed);
            int refused = 0;
            ExecutorService reader = Executors.newSingleThreadExecutor();
            try {
                for (int number = 0; number < COUNT; number++) {
                    long once = seeds.nextLong();
                    byte[] file = changed.apply(new SplittableRandom(once));
                    Future<Boolean> outcome = reader.submit(() -> isRefused(file, reading));
                    try {
                        refused += outcome.get(TIMEOUT_SECONDS, TimeUnit.SECONDS) ? 1 : 0;
                    } catch (Exception failure) {
                        throw new AssertionError("seed " + once, failure);
                    }
                }
            } finally {
                reader.shutdownNow();
            }
            System.out.printf("%s of %s refused%n", refused, COUNT);
            return refused;
        }

        private boolean isRefused(byte[] file, Reading reading) throws Exception {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                reading.read(file);
                return false;
            } catch (BitgradException sentence) {
                assertThat(sentence.getMessage()).endsWith(".").doesNotContain("\n").contains(named);
                return true;
            } finally {
                assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(mostHeapBytes);
            }
        }
    }

    private Mutations() {
    }

    /** A copy that is changed, cut or lengthened, mostly near its beginning, where headers are. */
    public static byte[] of(byte[] whole, SplittableRandom random) {
        return of(whole, random, new Range(0, 200, 0));
    }

    /**
     * Where a file is changed.
     *
     * @param begin the first byte that may be changed
     * @param headerBytes how many bytes after it are changed most often
     * @param tailBytes how many bytes at the end are not changed
     */
    public record Range(int begin, int headerBytes, int tailBytes) {
    }

    /** A copy that is changed, cut or lengthened within a range. */
    public static byte[] of(byte[] whole, SplittableRandom random, Range range) {
        byte[] bytes = whole.clone();
        for (int times = random.nextInt(4) == 0 ? 3 : 1; times > 0; times--) {
            bytes = once(bytes, random, range);
        }
        return bytes;
    }

    private static byte[] once(byte[] bytes, SplittableRandom random, Range range) {
        int end = bytes.length - range.tailBytes();
        if (end - range.begin() < 16) {
            return bytes;
        }
        int header = Math.min(end, range.begin() + range.headerBytes());
        int at = random.nextInt(range.begin(), random.nextInt(3) == 0 ? end : header);
        int length = Math.min(1 + random.nextInt(random.nextBoolean() ? 8 : 300), end - at);
        switch (random.nextInt(7)) {
            case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> Arrays.fill(bytes, at, at + length, (byte) new int[] {0, 0x7f, 0xff, 0x80}[random.nextInt(4)]);
            case 3 -> {
                return joined(bytes, at, at + length, new byte[0]);
            }
            case 4 -> {
                byte[] more = new byte[length];
                random.nextBytes(more);
                return joined(bytes, at, at, more);
            }
            case 5 -> {
                return joined(bytes, at, end, new byte[0]);
            }
            default -> {
                int value = HOSTILE_INTS[random.nextInt(HOSTILE_INTS.length)];
                ByteBuffer.wrap(bytes).putInt(Math.min(at, end - Integer.BYTES),
                        random.nextBoolean() ? value : Integer.reverseBytes(value));
            }
        }
        return bytes;
    }

    /** The bytes with those from one index to another replaced. */
    private static byte[] joined(byte[] bytes, int from, int to, byte[] between) {
        return ByteBuffer.allocate(bytes.length - (to - from) + between.length).put(bytes, 0, from).put(between)
                .put(bytes, to, bytes.length - to).array();
    }
}
