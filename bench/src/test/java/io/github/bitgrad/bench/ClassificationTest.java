package io.github.bitgrad.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class ClassificationTest {
    @ParameterizedTest
    @ValueSource(strings = {"standard", "lean"})
    void aLoadedNetworkClassifiesThePicture(String algorithm) throws IOException {
        Classification benchmark = new Classification();
        benchmark.model = "mlp";
        benchmark.algorithm = algorithm;
        benchmark.threads = Threads.ALL;
        benchmark.prepare();
        assertThat(benchmark.classify()).isBetween(0, 9).isEqualTo(benchmark.classify());
        benchmark.close();
        assertThatThrownBy(benchmark::classify).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("network mlp is closed");
    }
}
