package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A file that is never lost: at every moment, either the file or a complete copy of it is on the disk.
 *
 * <p>
 * A new file is written beside the old one and then renamed, which replaces the old file in one moment. There are files
 * that the system does not let anybody rename or replace: a file that is mounted by itself (as a container's
 * {@code -v FILE} does it), or one in a folder that cannot be written. Such a file is overwritten. Before that, a
 * complete copy is written, beside the file or in the folder for temporary files; it is removed when the file is
 * completely on the disk.
 */
public final class WholeFile {
    /** Writes what is in a file. */
    public interface Contents {
        void write(OutputStream out) throws IOException;
    }

    /** A file that could not be overwritten completely, although a part of it was. */
    static final class Damaged extends IOException {
        private static final long serialVersionUID = 1;

        private final transient Path copy;

        Damaged(Path copy, IOException cause) {
            super(BitgradException.reason(cause), cause);
            this.copy = copy;
        }

        /** The complete copy. */
        Path copy() {
            return copy;
        }
    }

    /** What the names of copies in the folder for temporary files begin with. */
    private static final String ELSEWHERE = "bitgrad";
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);
    private static final Duration WAIT = Duration.ofMillis(10);

    private final Path target;

    private WholeFile(Path target) {
        this.target = target;
    }

    /**
     * The file that a name leads to.
     *
     * @throws IOException if the name is a symbolic link that leads nowhere
     */
    public static WholeFile at(Path name) throws IOException {
        return new WholeFile(Links.follow(name));
    }

    /** The folder that the file is in, or would be in. */
    Path folder() {
        return target.getParent();
    }

    private String name() {
        return target.getFileName().toString();
    }

    /**
     * The file that was written before this one, or the file of that number before it, if files are kept: the number is
     * behind a dot at the end of its name.
     *
     * @param number from 1; 0 is this file itself
     */
    Path before(int number) {
        return number == 0 ? target : target.resolveSibling(name() + "." + number);
    }

    /**
     * Finds out whether the file can be written. This leaves no trace.
     *
     * @param kept how many files are to be kept, this one included
     * @throws IOException if it cannot be written
     */
    void requireWritable(int kept) throws IOException {
        try (TemporaryFile copy = createCopy()) {
            if (kept > 1 && !copy.path().getParent().equals(folder())) {
                throw new IOException("the files before it cannot be kept in its folder");
            }
            if (!copy.path().getParent().equals(folder()) || isMountPoint()) {
                FileChannel.open(target, StandardOpenOption.WRITE).close();
            }
        }
    }

    /** A file that can be renamed to this one if that is possible at all. */
    private TemporaryFile createCopy() throws IOException {
        TemporaryFile copy = createEmpty();
        copy.takePermissionsOf(target);
        return copy;
    }

    private TemporaryFile createEmpty() throws IOException {
        try {
            return TemporaryFile.create(folder(), name());
        } catch (IOException refused) {
            if (!Files.isWritable(target)) {
                throw refused;
            }
            return TemporaryFile.create(Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath(), ELSEWHERE);
        }
    }

    private boolean isMountPoint() {
        try {
            byte[] mounts = Files.readAllBytes(Path.of("/proc/self/mountinfo"));
            String real = target.toRealPath().toString();
            return new String(mounts, StandardCharsets.UTF_8).lines().map(line -> line.split(" "))
                    .anyMatch(words -> words.length > 4 && withoutEscapes(words[4]).equals(real));
        } catch (IOException unknown) { // no such file, or no such system: the renaming will tell
            return false;
        }
    }

    /** Linux writes a blank, a tab, a line feed and a backslash as three octal digits. */
    private static String withoutEscapes(String path) {
        return path.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    }

    /**
     * Writes the file. The files that were written before are kept under the names that {@link #before} says; the oldest
     * one is deleted. They change only when the new contents are completely on the disk.
     *
     * @param kept how many files to keep, this one included, at least 1
     * @throws Damaged if the file is now damaged, and a copy has its contents
     * @throws IOException if it was not written and is as it was
     */
    public void write(Contents contents, int kept) throws IOException {
        try (TemporaryFile copy = createCopy()) {
            copy.write(contents);
            if (kept > 1 && target.toFile().length() > 0) {
                moveBack(kept);
            }
            replaceBy(copy);
        }
        TemporaryFile.removeCompleteCopies(folder(), name());
    }

    /**
     * Gives each file the name of the file before it, up to the first name that is free. If the process is killed before
     * this file is replaced, the newest file is the one before it.
     */
    private void moveBack(int kept) throws IOException {
        int free = 1;
        while (free < kept - 1 && Files.exists(before(free))) {
            free++;
        }
        for (int number = free; number > 1; number--) {
            Files.move(before(number - 1), before(number), StandardCopyOption.ATOMIC_MOVE);
        }
        if (isMountPoint()) { // it keeps its name
            at(before(1)).write(out -> Files.copy(target, out), 1);
        } else {
            Files.move(target, before(1), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private void replaceBy(TemporaryFile copy) throws IOException {
        try {
            copy.replace(target);
        } catch (IOException refused) {
            if (!Files.isWritable(target)) {
                throw refused;
            }
            copy.complete();
            overwriteBy(copy);
        }
    }

    /** @throws Damaged if the file is now damaged, and the copy is kept */
    void overwriteBy(TemporaryFile copy) throws IOException {
        try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
            lock(channel);
            copy.overwrite(channel);
        } catch (IOException failure) {
            throw copy.isKept() ? new Damaged(copy.path(), failure) : failure;
        }
    }

    /** Two processes that overwrite the same file do so one after the other. Closing the channel unlocks it. */
    private static void lock(FileChannel channel) throws IOException {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (!isLocked(channel)) {
            if (System.nanoTime() > end) {
                throw new IOException("another process is writing it");
            }
            LockSupport.parkNanos(WAIT.toNanos());
        }
    }

    private static boolean isLocked(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException thisProcess) {
            return false;
        } catch (IOException unsupported) { // by some network file systems
            return true;
        }
    }

    /** The newest complete copy beside a file that a process could not overwrite completely. */
    static Optional<Path> completeCopy(Path name) {
        try {
            WholeFile file = at(name);
            return TemporaryFile.completeCopies(file.folder(), file.name()).stream()
                    .max(Comparator.comparingLong(copy -> copy.toFile().lastModified()));
        } catch (IOException unknown) {
            return Optional.empty();
        }
    }
}
