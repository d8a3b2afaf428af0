package io.github.bitgrad.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.bitgrad.BitgradException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a save does to the file system, through the format of a network. */
@Tag("level-independent")
class WholeFileTest {
    private static final String DEAD = "4194305-abc-1f";
    /** Longer than a name beside it could be, so that nothing can be written beside it. */
    private static final String LONGEST = "n".repeat(255);

    @TempDir
    private Path folder;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("network");
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private Path leftover(String name, Duration age) throws IOException {
        Path path = Files.writeString(folder.resolve(name), "half a net");
        Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(age)));
        return path;
    }

    /** The id of a dead process may be that of this one, or of a living process that is another program. */
    @Test
    void leftoversOfDeadProcessesAreRemovedWhateverTheirIds() throws IOException {
        long own = ProcessHandle.current().pid();
        leftover("network.saving-" + own, Duration.ofHours(1));
        leftover("network.saving-1", Duration.ofHours(1));
        leftover("network.saving-" + own + "-abc-1f", Duration.ZERO);
        leftover("network.saving-1-abc-1f", Duration.ZERO);
        FileKind.NETWORK.requireWritable(file);
        assertThat(folder).isEmptyDirectory();
        leftover("network.saving-" + DEAD, Duration.ZERO);
        leftover("network.complete-" + DEAD, Duration.ZERO);
        SavingMain.save(file, 1);
        assertThat(names(folder)).containsExactly("network");
    }

    @Test
    void whatIsNoLeftoverStays() throws IOException {
        Path older = leftover("network.saving-" + ProcessHandle.current().pid(), Duration.ZERO); // may be being written
        Path mine = leftover("network.saving-for-later", Duration.ofHours(1));
        Path other = leftover("other.saving-" + DEAD, Duration.ZERO);
        Path link = Files.createSymbolicLink(folder.resolve("network.saving-1"), other);
        Path copy = leftover("network.complete-" + DEAD, Duration.ofHours(1)); // until there is a whole file
        FileKind.NETWORK.requireWritable(file);
        assertThat(List.of(older, mine, other, link, copy)).allSatisfy(path -> assertThat(path).exists());
        SavingMain.save(file, 1);
        assertThat(List.of(older, mine, other, link)).allSatisfy(path -> assertThat(path).exists());
    }

    @Test
    void whatALivingProcessWritesStays() throws Exception {
        try (TemporaryFile ours = TemporaryFile.create(folder, "network");
                Saving other = new Saving(List.of(), file, 7, 0)) {
            other.ready().end();
            assertThat(ours.path()).exists();
            SavingMain.save(file, 8);
            assertThat(ours.path()).exists();
        }
        assertThat(names(folder)).containsExactly("network");
        assertThat(SavingMain.read(file)).isEqualTo(8);
    }

    @Test
    void anyNumberOfThreadsAndProcessesMaySaveToOneName() throws Exception {
        saveFromEverywhere(file);
        assertThat(names(folder)).containsExactly("network");
    }

    private static void saveFromEverywhere(Path file) throws Exception {
        String temporary = System.getProperty("java.io.tmpdir");
        int[] numbers = IntStream.concat(IntStream.rangeClosed(100, 120), IntStream.of(0)).toArray();
        try (ExecutorService threads = Executors.newFixedThreadPool(3);
                Saving one = new Saving(List.of("-Djava.io.tmpdir=" + temporary), file, numbers);
                Saving other = new Saving(List.of("-Djava.io.tmpdir=" + temporary), file, numbers)) {
            List<Future<?>> saved = new ArrayList<>();
            for (int number = 1; number <= 20; number++) {
                int saves = number;
                Callable<Void> save = () -> {
                    SavingMain.save(file, saves);
                    return null;
                };
                saved.add(threads.submit(save));
            }
            for (Future<?> save : saved) {
                save.get();
            }
            one.ready().end();
            other.ready().end();
        }
        assertThat(SavingMain.read(file)).isIn(IntStream.concat(IntStream.rangeClosed(1, 20),
                IntStream.rangeClosed(100, 120)).boxed().toList());
    }

    @Test
    void theTargetOfALinkIsWrittenAndTheLinkStays() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path target = elsewhere.resolve("target");
        SavingMain.save(target, 1);
        Path absolute = Files.createSymbolicLink(folder.resolve("absolute"), target);
        Path relative = Files.createSymbolicLink(folder.resolve("relative"), Path.of("elsewhere/target"));
        Path chain = Files.createSymbolicLink(elsewhere.resolve("chain"), Path.of("../relative"));
        Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), Path.of("elsewhere/new"));
        int number = 1;
        for (Path link : List.of(absolute, relative, chain, dangling)) {
            FileKind.NETWORK.requireWritable(link);
            assertThat(Files.exists(link)).isEqualTo(link != dangling);
            SavingMain.save(link, ++number);
            assertThat(link).isSymbolicLink();
            assertThat(SavingMain.read(link)).isEqualTo(number);
        }
        assertThat(SavingMain.read(target)).isEqualTo(4);
        assertThat(names(folder)).containsExactly("absolute", "dangling", "elsewhere", "relative");
        assertThat(names(elsewhere)).containsExactly("chain", "new", "target");
    }

    @Test
    void linksThatLeadNowhereAreRefused() throws IOException {
        Path circle = Files.createSymbolicLink(folder.resolve("circle"), Path.of("back"));
        Files.createSymbolicLink(folder.resolve("back"), Path.of("circle"));
        assertThatThrownBy(() -> FileKind.NETWORK.requireWritable(circle)).isInstanceOf(BitgradException.class)
                .hasMessage(
                        "The network cannot be saved to %s: its symbolic links lead in a circle; choose a file in a "
                                + "folder that can be written.",
                        circle);
        assertThatThrownBy(() -> SavingMain.save(circle, 1)).isInstanceOf(BitgradException.class)
                .hasMessageContaining("its symbolic links lead in a circle");
        Path lost = Files.createSymbolicLink(folder.resolve("lost"), Path.of("missing/network"));
        assertThatThrownBy(() -> FileKind.NETWORK.requireWritable(lost)).isInstanceOf(BitgradException.class)
                .hasMessageContaining("because there is no folder " + folder.resolve("missing"));
        Path device = Files.createSymbolicLink(folder.resolve("device"), Path.of("/dev/null"));
        assertThatThrownBy(() -> SavingMain.save(device, 1)).isInstanceOf(BitgradException.class)
                .hasMessageContaining("which is a folder or a device");
        assertThat(names(folder)).containsExactly("back", "circle", "device", "lost");
    }

    @Test
    void linksAreComparedByWhatTheyLeadTo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("network"));
        Path inLinkedFolder = Files.createSymbolicLink(folder.resolve("here"), Path.of(".")).resolve("network");
        for (Path other : List.of(link, inLinkedFolder, folder.resolve("../" + folder.getFileName() + "/network"))) {
            assertThat(Links.leadToOneFile(file, other)).isTrue();
        }
        assertThat(Links.leadToOneFile(file, folder.resolve("other"))).isFalse();
        Files.createLink(folder.resolve("hard"), Files.createFile(file));
        assertThat(Links.leadToOneFile(link, folder.resolve("hard"))).isTrue();
    }

    @Test
    void aReplacedFileKeepsItsPermissions() throws IOException {
        SavingMain.save(file, 1);
        for (String permissions : List.of("rw-------", "rw-rw-rw-", "r--r-----")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            SavingMain.save(file, 2);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo(permissions);
        }
        if (System.getProperty("user.name").equals("root")) {
            Files.setAttribute(file, "unix:uid", 1234);
            SavingMain.save(file, 3);
            assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(1234);
        }
    }

    /**
     * Runs a test with a folder for temporary files that is in another file system. So a copy cannot be renamed to
     * {@link #LONGEST}, and not be beside it either: the file must be overwritten.
     */
    private void withOtherFileSystem(Callable<Void> test) throws Exception {
        Path memory = Path.of("/dev/shm");
        assumeThat(memory).isWritable();
        assumeThat(Files.getFileStore(memory).equals(Files.getFileStore(folder))).isFalse();
        String usual = System.getProperty("java.io.tmpdir");
        Path temporary = Files.createTempDirectory(memory, "bitgrad-test-");
        System.setProperty("java.io.tmpdir", temporary.toString());
        try {
            file = folder.resolve(LONGEST);
            test.call();
            assertThat(temporary).isEmptyDirectory();
        } finally {
            System.setProperty("java.io.tmpdir", usual);
            for (String name : names(temporary)) {
                Files.delete(temporary.resolve(name));
            }
            Files.delete(temporary);
        }
    }

    @Test
    void aFileThatCannotBeReplacedIsOverwritten() throws Exception {
        withOtherFileSystem(() -> {
            assertThatThrownBy(() -> FileKind.NETWORK.requireWritable(file)).hasMessageContaining("File name too long");
            Files.writeString(file, "x".repeat(1 << 20)); // longer than what follows
            Object key = Files.getAttribute(file, "unix:ino");
            FileKind.NETWORK.requireWritable(file);
            SavingMain.save(file, 5);
            assertThat(SavingMain.read(file)).isEqualTo(5);
            assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(key);
            return null;
        });
    }

    @Test
    void anyNumberOfThreadsAndProcessesMayOverwriteOneFile() throws Exception {
        withOtherFileSystem(() -> {
            Files.createFile(file);
            saveFromEverywhere(file);
            return null;
        });
    }

    /** The disk is a device that is always full. */
    @Test
    void whereOverwritingFailsTheCompleteCopyIsKeptAndNamed() throws Exception {
        assumeThat(Path.of("/dev/full")).isWritable();
        WholeFile full = WholeFile.at(Path.of("/dev/full"));
        Path[] copy = new Path[1];
        try (TemporaryFile temporary = TemporaryFile.create(folder, "network")) {
            temporary.write(out -> out.write(new byte[] {1, 2, 3}));
            temporary.complete();
            copy[0] = temporary.path();
            assertThatThrownBy(() -> full.overwriteBy(temporary)).isInstanceOf(WholeFile.Damaged.class)
                    .hasMessage("No space left on device");
        }
        assertThat(copy[0]).hasBinaryContent(new byte[] {1, 2, 3});
    }

    /** A process was killed while it overwrote a file. */
    @Test
    void whoReadsADamagedFileIsToldOfTheCopy() throws IOException {
        SavingMain.save(file, 9);
        byte[] whole = Files.readAllBytes(file);
        Path copy = Files.write(folder.resolve("network.complete-" + DEAD), whole);
        for (byte[] damaged : List.of(new byte[0], Stream.of(whole).findFirst().map(byte[]::clone).orElseThrow())) {
            if (damaged.length > 0) {
                damaged[damaged.length / 2]++;
            }
            Files.write(file, damaged);
            assertThatThrownBy(() -> SavingMain.read(file)).isInstanceOf(BitgradException.class)
                    .hasMessageEndingWith("; copy " + copy + ", which is complete, to it.");
        }
        Files.copy(copy, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(SavingMain.read(file)).isEqualTo(9);
    }

    /** As a container's {@code -v FILE} does it. */
    @Test
    void aFileThatIsMountedIsOverwritten() throws Exception {
        Path mounted = Files.createFile(folder.resolve("mounted file"));
        Path mount = Files.createFile(folder.resolve("a mount"));
        List<String> before =
                List.of("unshare", "-rm", "sh", "-c", "mount --bind \"$0\" \"$1\" && shift && exec \"$@\"",
                        mounted.toString(), mount.toString());
        List<String> probe = new ArrayList<>(before);
        probe.add("true");
        assumeThat(isPossible(probe)).as("a mount of this user's own").isTrue();
        try (Saving other = new Saving(before, List.of(), mount, 3, 4, 0)) {
            other.ready().end();
        }
        assertThat(SavingMain.read(mounted)).isEqualTo(4);
        assertThat(mount).isEmptyFile();
        assertThat(names(folder)).containsExactly("a mount", "mounted file");
        before = List.of("unshare", "-rm", "sh", "-c",
                "mount --bind \"$0\" \"$1\" && mount -o remount,ro,bind \"$1\" && shift && exec \"$@\"",
                mounted.toString(), mount.toString());
        try (Saving other = new Saving(before, List.of(), mount, 5, 0)) {
            assertThat(other.line()).startsWith("The network cannot be saved to " + mount + ": Read-only file system");
        }
        assertThat(SavingMain.read(mounted)).isEqualTo(4);
    }

    private static boolean isPossible(List<String> command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException | InterruptedException impossible) {
            return false;
        }
    }

    @Test
    void aFileInAFolderThatCannotBeWrittenIsOverwritten() throws Exception {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Path inside = Files.createFile(locked.resolve("network"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        assumeThat(Files.isWritable(locked)).as("the superuser may write everywhere").isFalse();
        FileKind.NETWORK.requireWritable(inside);
        SavingMain.save(inside, 6);
        assertThat(SavingMain.read(inside)).isEqualTo(6);
        assertThatThrownBy(() -> FileKind.NETWORK.requireWritable(locked.resolve("new")))
                .isInstanceOf(BitgradException.class).hasMessageContaining("permission denied");
    }

    private void saveAndKeep(int number, int kept) {
        FileKind.NETWORK.write(file, kept, out -> SavingMain.write(out, number));
    }

    private Path before(int number) throws IOException {
        return WholeFile.at(file).before(number);
    }

    @Test
    void filesThatWereWrittenBeforeAreKept() throws IOException {
        for (int number = 1; number <= 5; number++) {
            saveAndKeep(number, 3);
        }
        assertThat(names(folder)).containsExactly("network", "network.1", "network.2");
        assertThat(SavingMain.read(file)).isEqualTo(5);
        assertThat(SavingMain.read(before(1))).isEqualTo(4);
        assertThat(SavingMain.read(before(2))).isEqualTo(3);

        Files.delete(before(1)); // what is behind a free name stays where it is
        saveAndKeep(6, 3);
        assertThat(SavingMain.read(before(1))).isEqualTo(5);
        assertThat(SavingMain.read(before(2))).isEqualTo(3);
        saveAndKeep(7, 1);
        assertThat(SavingMain.read(file)).isEqualTo(7);
        assertThat(SavingMain.read(before(1))).isEqualTo(5);
    }

    @Test
    void aFileThatCannotBeWrittenLeavesAllAsTheyWere() throws IOException {
        saveAndKeep(1, 2);
        saveAndKeep(2, 2);
        assertThatThrownBy(() -> FileKind.NETWORK.write(file, 2, out -> {
            SavingMain.write(out, 3);
            throw new IOException("No space left on device");
        })).isInstanceOf(BitgradException.class).hasMessage("The network was not saved to " + file
                + ", which is as it was: No space left on device; make room or choose another place.");
        assertThat(names(folder)).containsExactly("network", "network.1");
        assertThat(SavingMain.read(file)).isEqualTo(2);
        assertThat(SavingMain.read(before(1))).isEqualTo(1);
    }

    @Test
    void filesAreKeptBesideTheTargetOfALink() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        SavingMain.save(file, 1);
        FileKind.NETWORK.write(link, 2, out -> SavingMain.write(out, 2));
        assertThat(link).isSymbolicLink();
        assertThat(SavingMain.read(link)).isEqualTo(2);
        assertThat(SavingMain.read(before(1))).isEqualTo(1);
        assertThat(names(folder)).containsExactly("link", "network", "network.1");
    }

    /** No name is longer, so that the files before cannot have names. */
    @Test
    void whereFilesCannotBeKeptIsKnownBefore() throws Exception {
        withOtherFileSystem(() -> {
            Files.writeString(file, "x");
            FileKind.NETWORK.requireWritable(file, 1);
            assertThatThrownBy(() -> FileKind.NETWORK.requireWritable(file, 2)).isInstanceOf(BitgradException.class)
                    .hasMessageContaining("the files before it cannot be kept in its folder");
            return null;
        });
    }
}
