package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("level-independent")
class StartTest {
    private static final int CLASS_FILES_OF_JAVA_8 = 52;
    private static final int CLASS_FILES_BEFORE_JAVA_1 = 44;

    @ParameterizedTest
    @CsvSource({"1.8", "9", "11", "17", "21"})
    void olderVersionsOfJavaAreToldInOneSentence(String java) {
        assertThat(Start.problem(java, "Linux", "64")).isEqualTo("bitgrad needs Java 22 or newer, and this is Java "
                + java + "; start it with a newer one, for example /usr/lib/jvm/NAME/bin/java.");
    }

    @ParameterizedTest
    @CsvSource({"Mac OS X, 64", "Windows 11, 64", "Linux, 32"})
    void otherSystemsAreToldInOneSentence(String os, String bits) {
        assertThat(Start.problem("25", os, bits)).isEqualTo("bitgrad runs only on 64-bit Linux, on x86-64 or ARM"
                + " (aarch64), and this is " + os + " with " + bits + "-bit Java.");
        assertThat(Start.problem("17", os, bits)).startsWith("bitgrad runs only on 64-bit Linux");
    }

    @Test
    void supportedMachinesAreNotRefused() {
        assertThat(Start.problem("22", "Linux", "64")).isEmpty();
        assertThat(Start.problem(System.getProperty("java.specification.version"), System.getProperty("os.name"),
                System.getProperty("sun.arch.data.model"))).isEmpty();
    }

    @Test
    void everyJavaCanReadTheClassThatSaysSo() throws IOException {
        assertThat(classFileVersion(Start.class)).isEqualTo(CLASS_FILES_OF_JAVA_8);
        assertThat(classFileVersion(Main.class)).isEqualTo(CLASS_FILES_BEFORE_JAVA_1 + Start.OLDEST_JAVA);
    }

    private static int classFileVersion(Class<?> type) throws IOException {
        try (DataInputStream in =
                new DataInputStream(type.getResourceAsStream(type.getSimpleName() + ".class"))) {
            in.skipNBytes(6); // the magic number and the minor version
            return in.readUnsignedShort();
        }
    }
}
