package io.github.bitgrad.data;

import io.github.bitgrad.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a data set holds, without the samples themselves. {@link #of} makes one with defaults; a method {@code with}
 * returns a changed copy.
 *
 * @param name what messages call the data set
 * @param shape the shape of every image
 * @param classNames the name of each class, in the order of the labels: 1 to {@value #MOST_CLASSES} different names
 * @param augmentation the augmentation that suits the images
 * @param preprocessing what turned raw samples into the bytes of these images; empty if the images are their bytes
 */
public record DataDescription(String name, ImageShape shape, List<String> classNames, Augmentation augmentation,
        Optional<Preprocessing> preprocessing) {
    /** The most classes that a data set can have. */
    public static final int MOST_CLASSES = 65_535;
    private static final int LONGEST_NAME = 1000;

    /** @throws IllegalArgumentException where there are too few or too many classes, or a name is empty, too long, or given twice */
    public DataDescription {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(augmentation, "augmentation");
        Objects.requireNonNull(preprocessing, "preprocessing");
        requireClasses(name, classNames.size());
        classNames = List.copyOf(classNames);
        Set<String> seen = new HashSet<>();
        for (String className : classNames) {
            if (className.isBlank() || className.length() > LONGEST_NAME) {
                throw new IllegalArgumentException(
                        "Data set %s has a class whose name has %s characters: give each class a name of 1 to %s."
                                .formatted(name, className.strip().length(), LONGEST_NAME));
            }
            if (!seen.add(className)) {
                throw new IllegalArgumentException("Data set %s has two classes named %s: give each its own name."
                        .formatted(name, Names.printable(className)));
            }
        }
    }

    private static void requireClasses(String name, int classes) {
        if (classes < 1 || classes > MOST_CLASSES) {
            throw new IllegalArgumentException("Data set %s cannot have %s classes: give it 1 to %s."
                    .formatted(name, classes, MOST_CLASSES));
        }
    }

    /**
     * Classes that are named by their numbers, from {@code "0"} on; the images are not augmented.
     *
     * @param classes 1 to {@value #MOST_CLASSES}
     * @throws IllegalArgumentException where there are too few or too many classes
     */
    public static DataDescription of(String name, ImageShape shape, int classes) {
        requireClasses(name, classes);
        return of(name, shape, numbers(classes));
    }

    /**
     * Classes with names; the images are not augmented.
     *
     * @throws IllegalArgumentException where there are too few or too many classes, or a name is empty, too long, or
     *             given twice
     */
    public static DataDescription of(String name, ImageShape shape, List<String> classNames) {
        return new DataDescription(name, shape, classNames, Augmentation.NONE, Optional.empty());
    }

    /** {@return the names of classes that have none: their numbers, from {@code "0"} on} */
    public static List<String> numbers(int classes) {
        return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }

    /** {@return a copy with another augmentation} */
    public DataDescription with(Augmentation choice) {
        return new DataDescription(name, shape, classNames, choice, preprocessing);
    }

    /** {@return a copy with a preprocessing} */
    public DataDescription with(Preprocessing choice) {
        return new DataDescription(name, shape, classNames, augmentation, Optional.of(choice));
    }

    /** {@return a copy with other classes} */
    DataDescription with(List<String> names) {
        return new DataDescription(name, shape, names, augmentation, preprocessing);
    }

    /** {@return a copy of another shape, without preprocessing, which would make images of the old shape} */
    DataDescription reshaped(ImageShape changed) {
        return new DataDescription(name, changed, classNames, augmentation, Optional.empty());
    }

    /** {@return the number of classes, 1 to {@value #MOST_CLASSES}} */
    public int classes() {
        return classNames.size();
    }
}
