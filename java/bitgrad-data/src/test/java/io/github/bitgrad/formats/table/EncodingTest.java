package io.github.bitgrad.formats.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("level-independent")
class EncodingTest {
    private static int[] bytes(Encoding encoding, double number) {
        byte[] bytes = new byte[encoding.bytesOfNumber()];
        encoding.encode(0, number, bytes, 0);
        return IntStream.range(0, bytes.length).map(i -> Byte.toUnsignedInt(bytes[i])).toArray();
    }

    /** Mean 5 and standard deviation 2. */
    private static Encoding learned(Normalisation normalisation) {
        return Encoding.learn(normalisation, 1, _ -> new double[] {2, 4, 4, 4, 5, 5, 7, 9});
    }

    @Test
    void standardisationIsLinearWithinThreeDeviations() {
        Encoding encoding = learned(Normalisation.STANDARD);
        assertThat(bytes(encoding, -1)).containsExactly(0);
        assertThat(bytes(encoding, -1000)).containsExactly(0);
        assertThat(bytes(encoding, 5)).containsExactly(128);
        assertThat(bytes(encoding, 7)).containsExactly(170);
        assertThat(bytes(encoding, 11)).containsExactly(255);
        assertThat(bytes(encoding, 1e30)).containsExactly(255);
    }

    @Test
    void quantilesSpreadTheTrainingNumbers() {
        Encoding encoding = learned(Normalisation.QUANTILES);
        assertThat(bytes(encoding, 2)).containsExactly(0);
        assertThat(bytes(encoding, 3)).containsExactly(18); // half of a seventh
        assertThat(bytes(encoding, 4)).containsExactly(109); // three of seven are not above
        assertThat(bytes(encoding, 6)).containsExactly(200);
        assertThat(bytes(encoding, 9)).containsExactly(255);
    }

    /** Position u = 1/2 of 6 bytes: byte k is 255 · (3 − k + 1/2) / 2. */
    @Test
    void aThermometerRises() {
        Encoding encoding = learned(Normalisation.THERMOMETER);
        assertThat(bytes(encoding, 5)).containsExactly(255, 255, 191, 64, 0, 0);
        assertThat(bytes(encoding, -1)).containsExactly(64, 0, 0, 0, 0, 0);
        assertThat(bytes(encoding, 11)).containsExactly(255, 255, 255, 255, 255, 191);
        int before = -1;
        for (double number = -2; number < 12; number += 0.01) {
            int sum = Arrays.stream(bytes(encoding, number)).sum();
            assertThat(sum).isGreaterThanOrEqualTo(before);
            before = sum;
        }
    }

    @Test
    void aConstantColumnHasAScaleToo() {
        for (Normalisation normalisation : Normalisation.values()) {
            Encoding encoding = Encoding.learn(normalisation, 1, _ -> new double[] {3, 3, 3});
            assertThat(bytes(encoding, 4)).hasSize(encoding.bytesOfNumber());
            assertThat(Encoding.parse(encoding.lines()).lines()).isEqualTo(encoding.lines());
        }
        assertThat(bytes(Encoding.learn(Normalisation.STANDARD, 1, _ -> new double[] {3, 3, 3}), 3))
                .containsExactly(128);
    }

    @Test
    void scalesAreReadAgain() {
        for (Normalisation normalisation : Normalisation.values()) {
            Encoding encoding = learned(normalisation);
            Encoding again = Encoding.parse(encoding.lines());
            for (double number = -2; number < 12; number += 0.1) {
                assertThat(bytes(again, number)).isEqualTo(bytes(encoding, number));
            }
        }
    }
}
