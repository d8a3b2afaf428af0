package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.bitgrad.BitgradException;
import io.github.bitgrad.cli.PublicData.PublicFile;
import io.github.bitgrad.testing.TarArchive;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bitgrad data NAME} from a server on this machine, and from its files. */
@Tag("level-independent")
class FetchingTest {
    private static final int BYTES = 300_000;

    /** What the server does with a request, after it was noted. */
    @FunctionalInterface
    private interface Answer {
        void to(HttpExchange request, byte[] file) throws IOException;
    }

    @TempDir
    private Path folder;
    private final Map<String, byte[]> published = new HashMap<>();
    /** The names of the files that were asked for, each with the range. */
    private final List<String> asked = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private Answer answer = FetchingTest::serve;
    private HttpServer server;
    private Path to;

    @BeforeEach
    void start() throws IOException {
        to = folder.resolve("to");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", request -> {
            String name = request.getRequestURI().getPath().substring(1);
            asked.add(name + " " + request.getRequestHeaders().getFirst("Range"));
            answer.to(request, published.getOrDefault(name, new byte[0]));
            request.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void serve(HttpExchange request, byte[] file) throws IOException {
        String range = request.getRequestHeaders().getFirst("Range");
        int begin = range == null ? 0 : Integer.parseInt(range.replaceAll("[^0-9]", ""));
        if (range != null) {
            request.getResponseHeaders().set("Content-Range",
                    "bytes %s-%s/%s".formatted(begin, file.length - 1, file.length));
        }
        request.sendResponseHeaders(range == null ? 200 : 206, file.length - begin);
        request.getResponseBody().write(file, begin, file.length - begin);
    }

    private String address() {
        return "http://localhost:%s/".formatted(server.getAddress().getPort());
    }

    private static byte[] noise(int bytes, long seed) {
        byte[] noise = new byte[bytes];
        new SplittableRandom(seed).nextBytes(noise);
        return noise;
    }

    private static PublicFile file(String name, byte[] bytes) {
        try {
            return new PublicFile(name, bytes.length,
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        } catch (NoSuchAlgorithmException missing) {
            throw new AssertionError(missing);
        }
    }

    /** Publishes files of noise. */
    private PublicData publish(String... names) {
        List<PublicFile> files = new ArrayList<>();
        for (String name : names) {
            published.put(name, noise(BYTES, name.hashCode()));
            files.add(file(name, published.get(name)));
        }
        return new PublicData("small", address(), files, List.of(), "");
    }

    private long fetch(PublicData data, String from) {
        return new Fetching(data, new FileSource(from), to, notes::add).run();
    }

    private AbstractThrowableAssert<?, ?> refused(PublicData data, String from) {
        return assertThatThrownBy(() -> fetch(data, from)).isInstanceOf(BitgradException.class);
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(to)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void filesAreFetchedOnce() throws IOException {
        PublicData data = publish("a.gz", "b.gz");
        assertThat(fetch(data, address())).isEqualTo(2 * BYTES);
        assertThat(to.resolve("a.gz")).hasBinaryContent(published.get("a.gz"));
        assertThat(to.resolve("b.gz")).hasBinaryContent(published.get("b.gz"));
        assertThat(names()).containsExactly("a.gz", "b.gz");
        assertThat(notes).containsExactly(address() + "a.gz, 0.29 MiB", address() + "b.gz, 0.29 MiB");
        assertThat(fetch(data, address())).isZero();
        assertThat(asked).containsExactly("a.gz null", "b.gz null");
    }

    @Test
    void aBrokenConnectionIsContinued() throws IOException {
        PublicData data = publish("a.gz");
        answer = (request, file) -> {
            request.sendResponseHeaders(200, file.length);
            request.getResponseBody().write(file, 0, BYTES / 2);
        };
        refused(data, address()).hasMessageContaining("could not be fetched as a whole (")
                .hasMessageEndingWith("): run this again, which then continues.");
        assertThat(names()).containsExactly("a.gz.part");
        long there = Files.size(to.resolve("a.gz.part"));
        assertThat(there).isBetween(1L, BYTES / 2L);
        answer = FetchingTest::serve;
        assertThat(fetch(data, address())).isEqualTo(BYTES - there);
        assertThat(asked).containsExactly("a.gz null", "a.gz bytes=%s-".formatted(there));
        assertThat(to.resolve("a.gz")).hasBinaryContent(published.get("a.gz"));
        assertThat(names()).containsExactly("a.gz");
    }

    /** Some servers send the whole file again, or refuse a range; and what is there may be more than the file has. */
    @Test
    void whatCannotBeContinuedBeginsAnew() throws IOException {
        PublicData data = publish("a.gz");
        Files.createDirectories(to);
        answer = (request, file) -> {
            request.sendResponseHeaders(200, file.length);
            request.getResponseBody().write(file);
        };
        Files.write(to.resolve("a.gz.part"), Arrays.copyOf(published.get("a.gz"), 1000));
        assertThat(fetch(data, address())).isEqualTo(BYTES);
        assertThat(to.resolve("a.gz")).hasBinaryContent(published.get("a.gz"));
        Answer whole = answer;
        answer = (request, file) -> {
            if (request.getRequestHeaders().containsKey("Range")) {
                request.sendResponseHeaders(416, -1);
            } else {
                whole.to(request, file);
            }
        };
        Files.move(to.resolve("a.gz"), to.resolve("a.gz.part"));
        Files.write(to.resolve("a.gz.part"), Arrays.copyOf(published.get("a.gz"), 1000));
        assertThat(fetch(data, address())).isEqualTo(BYTES);
        Files.delete(to.resolve("a.gz"));
        Files.write(to.resolve("a.gz.part"), new byte[BYTES + 1]);
        assertThat(fetch(data, address())).isEqualTo(BYTES);
        assertThat(to.resolve("a.gz")).hasBinaryContent(published.get("a.gz"));
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        PublicData data = publish("a.gz");
        published.put("a.gz", noise(BYTES, 7));
        refused(data, address()).hasMessageStartingWith(address() + "a.gz is not the published file (its SHA-256 is ")
                .hasMessageEndingWith("): it was deleted; name another place with --from.");
        assertThat(names()).isEmpty();
        published.put("a.gz", noise(BYTES + 1, 7));
        refused(data, address()).hasMessage(
                "%sa.gz is longer than the published file, %s bytes: name another place with --from.", address(),
                BYTES);
        Files.write(to.resolve("a.gz"), new byte[] {1});
        refused(data, address()).hasMessage(
                "%s is there already, but is not the published file: move it away, or name another folder with --to.",
                to.resolve("a.gz"));
        assertThat(to.resolve("a.gz")).hasBinaryContent(new byte[] {1});
    }

    @Test
    void redirectsAreFollowed() {
        PublicData data = publish("a.gz");
        answer = (request, file) -> {
            String path = request.getRequestURI().getPath();
            if (path.startsWith("/old/")) {
                request.getResponseHeaders().set("Location", "/a.gz");
                request.sendResponseHeaders(302, -1);
            } else if (path.equals("/a.gz")) {
                serve(request, file);
            } else {
                request.getResponseHeaders().set("Location", path.equals("/loop/a.gz") ? path : "file:/etc/hosts");
                request.sendResponseHeaders(301, -1);
            }
        };
        assertThat(fetch(data, address() + "old")).isEqualTo(BYTES);
        assertThat(asked).containsExactly("old/a.gz null", "a.gz null");
        to = folder.resolve("other");
        refused(data, address() + "loop").hasMessage(
                "%sloop/a.gz is not there (the server answers with status 301): name another place with --from.",
                address());
        refused(data, address() + "away").hasMessage(
                "%saway/a.gz leads to file:/etc/hosts, which is not followed: name another place with --from.",
                address());
    }

    @Test
    void whatIsNotThereIsOneSentence() throws IOException {
        PublicData data = publish("a.gz");
        answer = (request, file) -> request.sendResponseHeaders(404, -1);
        refused(data, address()).hasMessage(
                "%sa.gz is not there (the server answers with status 404): name another place with --from.", address());
        refused(data, "http://host.invalid/").hasMessageStartingWith("http://host.invalid/a.gz cannot be reached (")
                .hasMessageEndingWith(
                        "): connect this machine to the network, or fetch the file elsewhere and name its "
                                + "folder with --from.");
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        refused(data, "http://localhost:" + closed).hasMessageContaining("cannot be reached (");
        refused(data, folder.toString()).hasMessage("There is no file %s: name another place with --from.",
                folder.resolve("a.gz"));
        assertThatThrownBy(() -> new FileSource("ftp://localhost/")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("give an address that begins with http:, https: or file:, or a path.");
    }

    /** Whatever is written to /dev/full fails as on a full disk. */
    @Test
    void aFullDiskIsOneSentence() throws IOException {
        PublicData data = publish("a.gz");
        Files.createDirectories(to);
        Files.createSymbolicLink(to.resolve("a.gz.part"), Path.of("/dev/full"));
        refused(data, address()).hasMessage(
                "%s cannot be written (No space left on device): make room or change permissions, and run this again, which then continues.",
                to.resolve("a.gz.part"));
        assertThat(to.resolve("a.gz")).doesNotExist();
    }

    /** Nobody may make a file there, not even the superuser. */
    @Test
    void aFolderThatCannotBeWrittenIsOneSentence() throws IOException {
        PublicData data = publish("a.gz");
        to = Path.of("/sys/kernel");
        assumeThat(to).isDirectory();
        refused(data, address())
                .hasMessageMatching("/sys/kernel/a\\.gz(\\.part)? cannot be written \\([^\\n]*\\): make "
                        + "room or change permissions, and run this again, which then continues\\.");
        to = Path.of("/sys/kernel/new");
        refused(data, address()).hasMessageMatching(
                "Folder /sys/kernel/new cannot be made \\([^\\n]*\\): name another one with --to\\.");
    }

    @Test
    void filesOfThisMachineAreTaken() throws IOException {
        PublicData data = publish("a.gz");
        Path file = Files.write(folder.resolve("a.gz"), published.get("a.gz"));
        for (String from : List.of(folder.toString(), file.toString(), folder.toUri().toString(),
                file.toUri().toString())) {
            to = Files.createTempDirectory(folder, "to");
            Files.write(to.resolve("a.gz.part"), Arrays.copyOf(published.get("a.gz"), 1000));
            assertThat(fetch(data, from)).as(from).isEqualTo(BYTES - 1000);
            assertThat(to.resolve("a.gz")).hasBinaryContent(published.get("a.gz"));
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void anArchiveIsUnpacked() throws IOException {
        Map<String, byte[]> files =
                Map.of("x/one.bin", noise(70_000, 1), "x/two.bin", noise(5, 2), "x/readme.html", noise(700, 3));
        published.put("x.tar.gz", TarArchive.gzip(TarArchive.of(files)));
        PublicData data = new PublicData("small", address(), List.of(file("x.tar.gz", published.get("x.tar.gz"))),
                List.of("one.bin", "two.bin"), "");
        assertThat(fetch(data, address())).isEqualTo(published.get("x.tar.gz").length);
        assertThat(names()).containsExactly("one.bin", "two.bin");
        assertThat(to.resolve("one.bin")).hasBinaryContent(files.get("x/one.bin"));
        assertThat(fetch(data, address())).isZero();
        assertThat(asked).hasSize(1);

        Files.write(to.resolve("one.bin"), new byte[] {1});
        Files.delete(to.resolve("two.bin"));
        refused(data, address()).hasMessageStartingWith(to.resolve("one.bin") + " is there already, but");
        assertThat(to.resolve("one.bin")).hasBinaryContent(new byte[] {1});
        Files.delete(to.resolve("one.bin"));
        assertThat(fetch(data, address())).isZero(); // the archive was kept
        assertThat(names()).containsExactly("one.bin", "two.bin");
    }

    /** The archive has 2,500 recordings in a folder; what is wrong with one that is not published is said. */
    @Test
    void spokenDigitsAreRecordingsInAnArchive() throws IOException {
        PublicData digits = PublicData.ALL.getLast();
        assertThat(digits.name()).isEqualTo("spoken-digits");
        assertThat(digits.unpacked()).hasSize(2500).doesNotHaveDuplicates()
                .contains("0_george_0.wav", "9_yweweler_49.wav");
        Files.write(folder.resolve("v1.0.9.tar.gz"), noise(11_975_353, 1));
        Run wrong = Run.of("data spoken-digits --from", folder, "--to", to);
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.errLines()).startsWith("spoken-digits has one file, together 11.42 MiB, at " + folder)
                .last().asString()
                .startsWith("bitgrad: %s/v1.0.9.tar.gz is not the published file (".formatted(folder));
    }

    @Test
    void theCommandSaysWhatItNeeds() throws IOException {
        assertThat(PublicData.ALL).extracting(PublicData::name).doesNotHaveDuplicates().contains("mnist", "cifar10");
        assertThat(PublicData.ALL).allSatisfy(data -> {
            assertThat(data.home()).matches("https?://.*/");
            assertThat(data.files()).allSatisfy(file -> assertThat(file.sha256()).matches("[0-9a-f]{64}"));
        });
        Run.of("data mnist").isRefused(2, "There is no folder for the data; name one with --to.");
        Run.of("data mnits --to", to).isRefused(2, "There is no public data set named 'mnits'; did you mean 'mnist'?");
        Run.of("data mnist --from ftp://x --to", to).isRefused(2, "Nothing can be fetched from 'ftp://x'");
        Files.write(folder.resolve("train-images-idx3-ubyte.gz"), noise(9_912_422, 1));
        Run wrong = Run.of("data mnist --from", folder, "--to", to);
        assertThat(wrong.status()).isEqualTo(1);
        assertThat(wrong.errLines()).startsWith("mnist has 4 files, together 11.06 MiB, at " + folder)
                .last().asString().startsWith("bitgrad: %s/train-images-idx3-ubyte.gz is not the published file ("
                        .formatted(folder));
        assertThat(names()).isEmpty();
        assertThat(Run.of("data --help").out()).contains("mnist, fashion-mnist, kmnist, cifar10, cifar100, svhn,")
                .contains("spoken-digits");
    }
}
