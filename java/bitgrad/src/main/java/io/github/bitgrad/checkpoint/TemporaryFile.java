package io.github.bitgrad.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * A file that is being written under a name of its own. Nobody else ever has this name, and the writer holds a lock on
 * the file, which the system releases when the process ends, however it ends. So a file that is not locked is a
 * leftover of a dead process, whatever the ids of the processes are: in a container, each process may have the same id.
 *
 * <pre>
 * NAME.saving-PROCESS-RANDOM     while its contents are written
 * NAME.complete-PROCESS-RANDOM   when they are complete, and NAME itself is being written
 * </pre>
 */
final class TemporaryFile implements AutoCloseable {
    private static final String SAVING = ".saving-";
    private static final String COMPLETE = ".complete-";
    /**
     * This process: its id and its start, because ids are used again. A process does not look for a lock on its own
     * files, because closing a file gives up all locks that the process has on it.
     */
    private static final String PROCESS = ProcessHandle.current().pid() + "-"
            + Long.toString(ProcessHandle.current().info().startInstant().map(Instant::toEpochMilli).orElse(0L),
                    Character.MAX_RADIX)
            + "-";
    private static final Pattern OURS = Pattern.compile("\\d+-[0-9a-z]+-[0-9a-f]+");
    /** Bitgrads before this naming named files by the process id alone, and did not lock them. */
    private static final Pattern OLDER = Pattern.compile("\\d+");
    /** A file of an older bitgrad is taken for a leftover when nothing has been written to it for so long. */
    private static final Duration UNTOUCHED = Duration.ofMinutes(1);

    private Path path;
    private final FileChannel channel;
    private boolean kept;

    private TemporaryFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Creates an empty file, and removes what dead processes have left of such files.
     *
     * @param name what its name begins with
     */
    static TemporaryFile create(Path folder, String name) throws IOException {
        removeLeftovers(folder, name);
        while (true) {
            Path path = folder.resolve(
                    name + SAVING + PROCESS + Long.toHexString(ThreadLocalRandom.current().nextLong()));
            FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            // Before it was locked, another process may have taken it for a leftover.
            if (lock(channel) && Files.exists(path)) {
                return new TemporaryFile(path, channel);
            }
            channel.close();
        }
    }

    private static boolean lock(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (IOException unsupported) { // by some network file systems, so nobody removes leftovers there
            return true;
        }
    }

    private static void removeLeftovers(Path folder, String name) {
        removeDead(folder, name + SAVING);
        for (Path path : list(folder, name + SAVING, OLDER)) {
            if (path.toFile().lastModified() < Instant.now().minus(UNTOUCHED).toEpochMilli()) {
                removeUnlessLocked(path);
            }
        }
    }

    /** Removes the complete copies of a file that dead processes have left. */
    static void removeCompleteCopies(Path folder, String name) {
        removeDead(folder, name + COMPLETE);
    }

    /** The complete copies of a file that are in a folder. */
    static List<Path> completeCopies(Path folder, String name) {
        return list(folder, name + COMPLETE, OURS);
    }

    private static void removeDead(Path folder, String begin) {
        for (Path path : list(folder, begin, OURS)) {
            if (!path.getFileName().toString().startsWith(begin + PROCESS)) {
                removeUnlessLocked(path);
            }
        }
    }

    private static List<Path> list(Path folder, String begin, Pattern end) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (name.startsWith(begin) && end.matcher(name.substring(begin.length())).matches()
                        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    found.add(file);
                }
            }
        } catch (IOException | DirectoryIteratorException failure) {
            // a folder that cannot be listed may still be written
        }
        return found;
    }

    private static void removeUnlessLocked(Path path) {
        try (FileChannel open = FileChannel.open(path, StandardOpenOption.READ);
                FileLock lock = open.tryLock(0, Long.MAX_VALUE, true)) {
            if (lock != null) {
                Files.delete(path);
            }
        } catch (IOException | OverlappingFileLockException inUse) {
            // it stays
        }
    }

    /** Gives this file the permissions of another, and its owner and group where the system allows it. */
    void takePermissionsOf(Path other) {
        PosixFileAttributeView mine = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        try {
            PosixFileAttributes wanted = Files.readAttributes(other, PosixFileAttributes.class);
            takeOwnerOf(wanted, mine);
            mine.setPermissions(wanted.permissions());
        } catch (IOException failure) {
            // there is no other file, or the file system has no permissions
        }
    }

    private static void takeOwnerOf(PosixFileAttributes wanted, PosixFileAttributeView mine) {
        try {
            PosixFileAttributes found = mine.readAttributes();
            if (!found.group().equals(wanted.group())) {
                mine.setGroup(wanted.group());
            }
            if (!found.owner().equals(wanted.owner())) {
                mine.setOwner(wanted.owner());
            }
        } catch (IOException notAllowed) {
            // the file belongs to who writes it
        }
    }

    /** Writes the contents. When this method returns, they are on the disk. */
    void write(WholeFile.Contents contents) throws IOException {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
        contents.write(out);
        out.flush();
        channel.force(true);
    }

    /** Renames this file, in one moment, to another, which it replaces. */
    void replace(Path other) throws IOException {
        Files.move(path, other, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Gives this file, whose contents are complete, the name that says so. From now on, no process removes it. */
    void complete() throws IOException {
        Path complete = path.resolveSibling(path.getFileName().toString().replace(SAVING, COMPLETE));
        Files.move(path, complete, StandardCopyOption.ATOMIC_MOVE);
        path = complete;
    }

    /**
     * Overwrites another file with the contents of this one. If this fails after the other file has been changed, this
     * file is kept.
     */
    void overwrite(FileChannel other) throws IOException {
        kept = true;
        long size = channel.size();
        for (long at = 0; at < size;) {
            at += channel.transferTo(at, size - at, other);
        }
        other.truncate(size);
        other.force(true);
        kept = false;
    }

    Path path() {
        return path;
    }

    /** Whether {@link #close} leaves this file where it is, because it is the only one with these contents. */
    boolean isKept() {
        return kept;
    }

    /** Removes this file, unless it has replaced another one or is kept. */
    @Override
    public void close() {
        try (channel) {
            if (!kept) {
                Files.deleteIfExists(path);
            }
        } catch (IOException failure) {
            // what cannot be removed now is a leftover for the next process
        }
    }
}
