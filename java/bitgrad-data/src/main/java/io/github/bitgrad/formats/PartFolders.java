package io.github.bitgrad.formats;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Where the two parts of a data set lie that is a folder: in its folders {@code train} and {@code test} (or {@code val}),
 * or both in one folder, of which a part is then kept for testing.
 *
 * @param train the folder of the training samples, which may be missing if there is a folder of test samples; without
 *            that, the folder of all samples
 * @param test the folder of the test samples, if there is one
 */
public record PartFolders(Path train, Optional<Path> test) {
    private static final String TRAIN = "train";
    private static final List<String> TESTS = List.of("test", "val");

    /**
     * Finds the folders.
     *
     * @param source the folder of the data set
     * @param holds tells whether a folder holds samples
     */
    public static PartFolders in(Path source, Predicate<Path> holds) {
        Path train = source.resolve(TRAIN);
        Optional<Path> test = TESTS.stream().map(source::resolve).filter(holds).findFirst();
        return new PartFolders(test.isPresent() || holds.test(train) ? train : source, test);
    }

    /** {@return the folder of a part of a data set that has a folder for test samples} */
    public Path folder(Split split) {
        return split == Split.TRAIN ? train : test.orElseThrow();
    }

    /**
     * Checks that both parts have folders for the same classes: if one part alone has a class, either part was copied
     * wrongly. To read test samples, no training samples need be there.
     *
     * @throws BitgradException if one part has a class that the other part does not have
     */
    public void requireSameClasses(Split read) {
        Path tests = test.orElseThrow();
        if (read == Split.TRAIN || Files.isDirectory(train)) {
            requireAll(train, tests);
            requireAll(tests, train);
        }
    }

    private static void requireAll(Path from, Path in) {
        List<String> found = ClassFolders.names(in);
        ClassFolders.names(from).stream().filter(name -> !found.contains(name)).findFirst().ifPresent(name -> {
            throw new BitgradException("Class %s is in %s but not in %s: put its files there, or take it away."
                    .formatted(name, from, in));
        });
    }
}
