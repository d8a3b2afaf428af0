package io.github.bitgrad.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that are killed at random moments while they save a file again and again. {@code
 * -Dbitgrad.test.kills=50} says how many of them.
 */
@Tag("level-independent")
class KilledSavesTest {
    private static final long SEED = 20261128;
    private static final int KILLS = Integer.getInteger("bitgrad.test.kills", 3);
    private static final int MOST_MICROSECONDS = 20_000;

    @TempDir
    private Path folder;

    private static void killAtRandom(List<String> options, Path file, SplittableRandom random, int number)
            throws IOException, InterruptedException {
        try (Saving process = new Saving(options, file, number, number + 1, number + 2, number + 3)) {
            process.ready();
            TimeUnit.MICROSECONDS.sleep(random.nextInt(MOST_MICROSECONDS));
            process.kill();
        }
    }

    @Test
    void aReplacedFileIsTheOldOrTheNewOne() throws Exception {
        System.out.println("seed " + SEED + ", kills " + KILLS);
        SplittableRandom random = new SplittableRandom(SEED);
        Path file = folder.resolve("network");
        SavingMain.save(file, 1);
        for (int number = 10; number < 10 * (KILLS + 1); number += 10) {
            int before = SavingMain.read(file);
            killAtRandom(List.of(), file, random, number);
            assertThat(SavingMain.read(file)).isIn(before, number, number + 1, number + 2, number + 3);
        }
        SavingMain.save(file, 2); // the next process works, and cleans up
        assertThat(SavingMain.read(file)).isEqualTo(2);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    /** A file that cannot be replaced: no other name fits beside it, and temporary files are in another file system. */
    @Test
    void anOverwrittenFileOrItsCopyIsWhole() throws Exception {
        Path memory = Path.of("/dev/shm");
        assumeThat(memory).isWritable();
        assumeThat(Files.getFileStore(memory).equals(Files.getFileStore(folder))).isFalse();
        Path temporary = Files.createTempDirectory(memory, "bitgrad-test-");
        try {
            SplittableRandom random = new SplittableRandom(SEED);
            Path file = folder.resolve("n".repeat(255));
            Path whole = folder.resolve("whole");
            SavingMain.save(whole, 1);
            Files.move(whole, file);
            for (int number = 10; number < 10 * (KILLS + 1); number += 10) {
                int before = SavingMain.read(file);
                killAtRandom(List.of("-Djava.io.tmpdir=" + temporary), file, random, number);
                requireWholeOrCopied(file, temporary);
                assertThat(SavingMain.read(file)).isIn(before, number, number + 1, number + 2, number + 3);
            }
        } finally {
            try (Stream<Path> files = Files.list(temporary)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(temporary);
        }
    }

    /** Does what a user would do: copies the complete copy to the file if that is damaged. */
    private static void requireWholeOrCopied(Path file, Path temporary) throws IOException {
        try {
            SavingMain.read(file);
        } catch (BitgradException damaged) {
            try (Stream<Path> copies = Files.list(temporary)) {
                Path copy = copies.filter(path -> path.getFileName().toString().startsWith("bitgrad.complete-"))
                        .max((one, other) -> Long.compare(one.toFile().lastModified(), other.toFile().lastModified()))
                        .orElseThrow();
                Files.copy(copy, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
