package io.github.bitgrad.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Symbolic links. What is saved to a link is written to the file that the link leads to, and the link stays. */
public final class Links {
    /** As many as Linux follows. */
    private static final int MOST = 40;

    private Links() {
    }

    /**
     * The file that a name leads to: the file itself, or what is at the end of a chain of links. The file need not
     * exist.
     *
     * @return an absolute path whose last part is no symbolic link
     * @throws IOException if the links lead in a circle, or one of them cannot be read
     */
    public static Path follow(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(target); links++) {
            if (links == MOST) {
                throw new FileSystemException(file.toString(), null, "its symbolic links lead in a circle");
            }
            target = target.resolveSibling(Files.readSymbolicLink(target));
        }
        return target;
    }

    /** Whether two names lead to one file, which need not exist. */
    public static boolean leadToOneFile(Path one, Path other) {
        try {
            Path first = follow(one);
            Path second = follow(other);
            return Files.exists(first) && Files.exists(second)
                    ? Files.isSameFile(first, second)
                    : inRealFolder(first).equals(inRealFolder(second));
        } catch (IOException unknown) { // whoever opens the file tells the reason
            return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
        }
    }

    private static Path inRealFolder(Path file) throws IOException {
        return file.getParent().toRealPath().resolve(file.getFileName());
    }
}
