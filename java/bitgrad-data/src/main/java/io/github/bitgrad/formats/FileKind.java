package io.github.bitgrad.formats;

import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * A kind of files that lie in folders of classes.
 *
 * @param name what messages call such a file, such as {@code picture}; several have an s at the end
 * @param isNamed tells a file of this kind by its name, without opening it
 */
public record FileKind(String name, Predicate<Path> isNamed) {
}
