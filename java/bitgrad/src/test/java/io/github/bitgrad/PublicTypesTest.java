package io.github.bitgrad;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The types that other people's programs can use: public ones in exported packages. They are listed in
 * {@code public-types.txt}; whoever adds one adds its line there, and knows that it can hardly be taken back.
 */
class PublicTypesTest {
    private static final Path CLASSES = classes();

    private static Path classes() {
        try {
            return Path.of(BitgradException.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException failure) {
            throw new AssertionError(failure);
        }
    }

    private static List<String> listed() throws IOException {
        try (InputStream list = PublicTypesTest.class.getResourceAsStream("public-types.txt")) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static Stream<String> typesOf(String exported) {
        Path folder = CLASSES.resolve(exported.replace('.', '/'));
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".class"))
                    .map(name -> exported + "." + name.substring(0, name.length() - ".class".length()))
                    .filter(PublicTypesTest::isPublic).toList().stream();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Whether a type is public, and so are those that it is nested in. */
    private static boolean isPublic(String name) {
        try {
            Class<?> type = Class.forName(name, false, PublicTypesTest.class.getClassLoader());
            boolean all = !type.isAnonymousClass() && !type.isSynthetic();
            for (Class<?> at = type; at != null && all; at = at.getEnclosingClass()) {
                all = Modifier.isPublic(at.getModifiers());
            }
            return all;
        } catch (ClassNotFoundException _) {
            return false; // package-info
        }
    }

    @Test
    void areListed() throws IOException {
        List<String> exported;
        try (InputStream module = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            exported = ModuleDescriptor.read(module).exports().stream().map(ModuleDescriptor.Exports::source).toList();
        }
        assertThat(exported).doesNotContain("io.github.bitgrad.kernel", "io.github.bitgrad.archive",
                "io.github.bitgrad.checkpoint", "io.github.bitgrad.evaluate");
        List<String> types = exported.stream().flatMap(PublicTypesTest::typesOf).sorted().toList();
        assertThat(types).isEqualTo(listed());
    }
}
