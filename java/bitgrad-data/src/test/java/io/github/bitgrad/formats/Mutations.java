package io.github.bitgrad.formats;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Files that are changed at random, for readers that have to survive them. */
public final class Mutations {
    /** How many files a test changes; {@code -Dbitgrad.test.mutations=10000} for more. */
    public static final int COUNT = Integer.getInteger("bitgrad.test.mutations", 200);

    private static final int[] HOSTILE_INTS = {-1, 0, 1, 2, 255, 65_536, 1 << 24, Integer.MAX_VALUE - 8,
        Integer.MAX_VALUE, Integer.MIN_VALUE};

    private Mutations() {
    }

    /** A copy that is changed, cut or lengthened, mostly near its beginning, where headers are. */
    public static byte[] of(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole.clone();
        for (int times = random.nextInt(4) == 0 ? 3 : 1; times > 0; times--) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(byte[] bytes, SplittableRandom random) {
        if (bytes.length < 16) {
            return bytes;
        }
        int at = random.nextInt(random.nextInt(3) == 0 ? bytes.length : Math.min(bytes.length, 200));
        int length = Math.min(1 + random.nextInt(random.nextBoolean() ? 8 : 300), bytes.length - at);
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
                return Arrays.copyOf(bytes, at);
            }
            default -> {
                int value = HOSTILE_INTS[random.nextInt(HOSTILE_INTS.length)];
                ByteBuffer.wrap(bytes).putInt(Math.min(at, bytes.length - Integer.BYTES),
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
