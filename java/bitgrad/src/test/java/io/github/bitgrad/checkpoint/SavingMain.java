package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A process that saves a file again and again until it is killed: {@code SavingMain FILE NUMBER...}. It prints a line
 * before the first time, and then the number that it saves after each time. After all numbers, it saves the last one
 * until it is killed, or ends if the last one is 0.
 */
final class SavingMain {
    /** More than one write of the system, so that a kill may hit between two. */
    private static final int INTS = 1 << 16;

    private SavingMain() {
    }

    public static void main(String... arguments) {
        Path file = Path.of(arguments[0]);
        try {
            FileKind.NETWORK.requireWritable(file);
            System.out.println("ready");
            for (int i = 1;; i = Math.min(i + 1, arguments.length - 1)) {
                int number = Integer.parseInt(arguments[i]);
                if (number == 0) {
                    return;
                }
                save(file, number);
                System.out.println(number);
            }
        } catch (BitgradException refused) {
            System.out.println(refused.getMessage());
        }
    }

    static void save(Path file, int number) {
        FileKind.NETWORK.write(file, out -> write(out, number));
    }

    static void write(DataOutputStream out, int number) throws IOException {
        for (int i = 0; i < INTS; i++) {
            out.writeInt(number);
        }
    }

    /** The number that a file was saved with, which all of it holds. */
    static int read(Path file) {
        return FileKind.NETWORK.read(new Source.Disk(file), (in, version) -> {
            int number = in.readInt();
            requireAll(in, number);
            return number;
        });
    }

    private static void requireAll(DataInputStream in, int number) throws IOException {
        for (int i = 1; i < INTS; i++) {
            if (in.readInt() != number) {
                throw new IOException("two numbers in a file");
            }
        }
    }
}
