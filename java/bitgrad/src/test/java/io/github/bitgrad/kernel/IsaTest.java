package io.github.bitgrad.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IsaTest {
    private String before;
    private String reasonBefore;

    @BeforeEach
    void remember() {
        before = Isa.selected().name();
        reasonBefore = Isa.reason();
    }

    @AfterEach
    void restore() {
        Isa.select(before, reasonBefore);
    }

    @Test
    void theReferenceIsAlwaysThere() {
        assertThat(Isa.available().getFirst()).isEqualTo(new Isa("scalar", 0));
        assertThat(Isa.available()).contains(Isa.selected()).doesNotHaveDuplicates();
    }

    @Test
    void aSelectedLevelIsInUse() {
        List<Isa> levels = Isa.available();
        for (int i = 0; i < levels.size(); i++) {
            Isa.select(levels.get(i).name(), "a test");
            assertThat(Isa.selected()).isEqualTo(levels.get(i));
            assertThat(Isa.reason()).isEqualTo("a test");
            // every operation has a variant for every level, and the highest is taken
            String variant = i == 0 ? "reference" : levels.get(i).name();
            assertThat(Isa.variants()).hasSizeGreaterThan(20).containsKeys("sign", "input_gradient", "update_bop")
                    .values().containsOnly(variant);
        }
    }

    @Test
    void everyOperationIsAKernel() {
        List<KernelContract> tests = List.of(new ElementwiseKernelsTest(), new ForwardConvolutionKernelsTest(),
                new MaxPoolPackedKernelTest(), new LookupGradientKernelTest(), new BatchNormKernelTest(),
                new BatchNormSignKernelTest(), new BatchNormBackwardKernelTest(), new BatchNormExactKernelTest(),
                new RealConvolutionKernelTest(), new DepthwiseConvolutionKernelTest(), new Im2colKernelTest(),
                new MaxPoolKernelTest(),
                new MaxPoolWindowsKernelTest(), new AveragePoolKernelTest(), new ReluKernelTest(),
                new SoftmaxKernelTest(), new UpdateKernelTest(),
                new UpdateInt8KernelTest(), new WeightScalesKernelTest());
        Set<String> kernels = new HashSet<>(Isa.variants().keySet());
        kernels.remove("threshold_signs"); // a part of bg_pixel_convolution_signs, which nothing else calls
        kernels.remove("accumulate"); // ElementwiseKernelsTest tests it: each run is given values of its own
        assertThat(tests).flatMap(KernelContract::operations).containsAll(kernels);
    }

    @Test
    void anUnknownLevelIsRefusedWithTheListAndNothingChanges() {
        String levels = Isa.available().stream().map(Isa::name).collect(Collectors.joining(", "));
        assertThatThrownBy(() -> Isa.select("axv2", "option --isa")).isInstanceOf(BitgradException.class)
                .hasMessage("There is no instruction-set level axv2 (option --isa); choose one of %s.", levels);
        assertThat(Isa.selected().name()).isEqualTo(before);
        assertThat(Isa.reason()).isEqualTo(reasonBefore);
    }

    @Test
    void aLevelOfAnotherArchitectureIsRefused() {
        String foreign = System.getProperty("os.arch").equals("aarch64") ? "avx2" : "neon";
        assertThatThrownBy(() -> Isa.select(foreign, "a test")).isInstanceOf(BitgradException.class)
                .hasMessageContaining("level " + foreign + " (a test); choose one of scalar");
    }

    @Test
    void theLevelIsWhatThisRunAsksFor() {
        String property = System.getProperty(Isa.PROPERTY);
        String environment = System.getenv(Isa.ENVIRONMENT);
        if (property != null && !property.isEmpty()) {
            assertThat(before).isEqualTo(property);
        } else if (environment != null && !environment.isEmpty()) {
            assertThat(before).isEqualTo(environment);
        } else {
            assertThat(Isa.selected()).isEqualTo(Isa.available().getLast());
        }
    }

    @Test
    void featuresAreNamed() {
        long all = Isa.available().stream().mapToLong(Isa::features).reduce(0, (a, b) -> a | b);
        assertThat(Isa.cpuFeatureNames()).hasSizeGreaterThanOrEqualTo(Long.bitCount(all)).doesNotContainNull()
                .doesNotHaveDuplicates();
        assertThat(Isa.nativeVersion()).matches("\\d+\\.\\d+\\.\\d+.*");
    }
}
