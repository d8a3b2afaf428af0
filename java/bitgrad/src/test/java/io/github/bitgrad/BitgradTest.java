package io.github.bitgrad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.bindings.NativeLibraries;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.tensor.ElementType;
import io.github.bitgrad.train.Trainer;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BitgradTest {
    /** What a program that embeds bitgrad does; loaded anew, it finds classes that have loaded no library yet. */
    public static final class Embedder {
        /** Runs an operation of its own. */
        public static void run() {
            Program program = new Program();
            Buffer values = program.persistent("values", Variable.OTHER, ElementType.FLOAT32, 1, 1);
            program.train(ElementwiseOperations.sign("sign", values, values));
            try (Arena arena = Arena.ofConfined()) {
                program.allocate(arena);
            }
        }

        /** Begins a training. */
        public static void train() {
            Trainer.of(Models.MLP.usual()).batch(2).build().close();
        }

        /** The accuracy after a few steps of a training. */
        public static double train(String algorithm) {
            try (var digits = Datasets.open(Datasets.DEMO);
                    var trainer = Trainer.of(Models.MLP.build(digits.train())).algorithm(Algorithm.named(algorithm))
                            .mostSteps(20).build()) {
                trainer.train(digits.train());
                return trainer.evaluate(digits.test()).accuracy();
            }
        }
    }

    @Test
    void isAvailableHere() {
        assertThat(Bitgrad.isAvailable()).isTrue();
        assertThat(Bitgrad.unavailabilityCause()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"bitgrad.library, /no/such/library.so, /no/such/library.so",
        "bitgrad.isa, sse9, no instruction-set level"})
    void whatIsMissingIsNeverAnError(String property, String value, String message) throws Exception {
        String before = System.getProperty(property);
        System.setProperty(property, value);
        try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
            Class<?> bitgrad = loader.loadClass(Bitgrad.class.getName());
            Callable<Object> isAvailable = () -> bitgrad.getMethod("isAvailable").invoke(null);
            assertThat(isAvailable.call()).isEqualTo(false);
            Optional<?> cause = (Optional<?>) bitgrad.getMethod("unavailabilityCause").invoke(null);
            assertThat(((Exception) cause.orElseThrow()).getMessage()).contains(message);
            for (String use : List.of("run", "train", "run")) {
                assertThat(thrown(loader, use)).hasMessageContaining(message)
                        .extracting(thrown -> thrown.getClass().getName()).isEqualTo(BitgradException.class.getName());
            }
            assertThat(isAvailable.call()).isEqualTo(false);
        } finally {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }

    /** These are all JARs that the library depends on. */
    @Tag("level-independent")
    @Test
    void onlyStandardNeedsMoreThanTheLibraryAndItsBindings() throws Exception {
        URL[] path = Stream.of(Bitgrad.class, NativeLibraries.class, Embedder.class)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation()).toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
            Method train = loader.loadClass(Embedder.class.getName()).getMethod("train", String.class);
            for (String algorithm : List.of("lean", "proposed")) {
                assertThat((double) train.invoke(null, algorithm)).isEqualTo(Embedder.train(algorithm));
            }
            assertThatThrownBy(() -> train.invoke(null, "standard")).cause()
                    .message().startsWith("There is no org/bytedeco/openblas/")
                    .contains("; the algorithm standard needs it: add the artifact io.github.bitgrad:bitgrad-openblas");
        }
    }

    private static Throwable thrown(ClassLoader loader, String use) throws ReflectiveOperationException {
        try {
            loader.loadClass(Embedder.class.getName()).getMethod(use).invoke(null);
            throw new AssertionError("It can be used.");
        } catch (InvocationTargetException thrown) {
            return thrown.getCause();
        }
    }

    private static URL[] classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(entry -> {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (MalformedURLException impossible) { // of a file
                throw new AssertionError(impossible);
            }
        }).toArray(URL[]::new);
    }
}
