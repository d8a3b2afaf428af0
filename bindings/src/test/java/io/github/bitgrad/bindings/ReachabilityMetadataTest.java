package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.bitgrad.bindings.cblas.Cblas;
import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whether GraalVM is told of every function that Java calls, and of every resource that Java reads. */
@Tag("level-independent")
class ReachabilityMetadataTest {
    private static final String FILE =
            "/META-INF/native-image/io.github.bitgrad/bitgrad-bindings/reachability-metadata.json";
    private static final List<Path> SOURCES =
            List.of(Path.of("src", "main", "java"), Path.of("..", "java", "bitgrad", "src", "main", "java"));
    private static final String REMEDY = "what GraalVM is told, else run bindings/reachability-metadata";

    private static Map<String, Object> metadata;

    @BeforeAll
    static void read() throws IOException {
        try (InputStream file = NativeLibraries.class.getResourceAsStream(FILE)) {
            metadata = JSON.std.mapFrom(file);
        }
    }

    @Test
    void containsTheTypesOfAllFunctions() throws ReflectiveOperationException {
        Set<MethodType> called = new HashSet<>();
        for (Class<?> generated : List.of(Bitgrad.class, Cblas.class)) {
            for (Method method : generated.getMethods()) {
                if (method.getReturnType() == FunctionDescriptor.class) {
                    called.add(((FunctionDescriptor) method.invoke(null)).toMethodType());
                }
            }
        }
        called.add(NativeLibraries.SET_THREADS.toMethodType());
        called.add(Owners.GET_USER.toMethodType());
        assertThat(called).hasSizeGreaterThan(30);

        Map<?, ?> foreign = (Map<?, ?>) metadata.get("foreign");
        assertThat(foreign.keySet()).as("Java is never called").isEqualTo(Set.of("downcalls"));
        assertThat(((List<?>) foreign.get("downcalls")).stream().map(ReachabilityMetadataTest::type)).as(REMEDY)
                .containsExactlyInAnyOrderElementsOf(called);
    }

    private static MethodType type(Object downcall) {
        Map<?, ?> types = (Map<?, ?>) downcall;
        MemoryLayout[] parameters = ((List<?>) types.get("parameterTypes")).stream()
                .map(ReachabilityMetadataTest::layout).toArray(MemoryLayout[]::new);
        Object result = types.get("returnType");
        return (result.equals("void") ? FunctionDescriptor.ofVoid(parameters)
                : FunctionDescriptor.of(layout(result), parameters)).toMethodType();
    }

    private static MemoryLayout layout(Object type) {
        return Linker.nativeLinker().canonicalLayouts().get(type);
    }

    @Test
    void containsAllLibraries() throws IOException {
        Set<String> libraries = new HashSet<>();
        for (String machine : List.of("amd64", "aarch64")) {
            Platform platform = new Platform("Linux", machine, "glibc");
            libraries.add(platform.bitgradResource());
            libraries.addAll(platform.openBlasResources());
        }
        Set<Path> toolchains = withEnding(Path.of("..", "toolchains"), ".cmake");
        assertThat(libraries).as("of all platforms").hasSize(5 * toolchains.size());

        Set<String> found = new HashSet<>();
        for (Object resource : (List<?>) metadata.get("resources")) {
            Object glob = ((Map<?, ?>) resource).get("glob");
            List<String> matching = libraries.stream()
                    .filter(library -> FileSystems.getDefault().getPathMatcher("glob:" + glob)
                            .matches(Path.of(library)))
                    .toList();
            assertThat(matching).as("%s: %s", glob, REMEDY).isNotEmpty();
            found.addAll(matching);
        }
        assertThat(found).as(REMEDY).isEqualTo(libraries);
    }

    /** The classes that the tests above look at are all that GraalVM must be told of. */
    @Test
    void nothingElseInTheSourcesNeedsMetadata() throws IOException {
        assertThat(filesWith("downcallHandle(")).containsExactlyInAnyOrder("NativeLibraries.java", "Owners.java");
        assertThat(filesWith("getResource")).containsExactly("PackedLibrary.java");
        for (String use : List.of("upcallStub(", "Class.forName", ".getMethod", ".getDeclared", ".newInstance(",
                "Proxy.newProxyInstance", "ObjectInputStream", "System.loadLibrary", "ResourceBundle")) {
            assertThat(filesWith(use)).as(use).isEmpty();
        }
    }

    private static List<String> filesWith(String use) throws IOException {
        List<String> files = new ArrayList<>();
        for (Path folder : SOURCES) {
            for (Path file : withEnding(folder, ".java")) {
                if (Files.readString(file).contains(use)) {
                    files.add(file.getFileName().toString());
                }
            }
        }
        return files;
    }

    private static Set<Path> withEnding(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            Set<Path> found = new HashSet<>();
            files.filter(file -> file.toString().endsWith(ending)).forEach(found::add);
            assertThat(found).as(folder.toString()).isNotEmpty();
            return found;
        }
    }
}
