package io.github.bitgrad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.compile.GradientFormat;
import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.optim.GradientKind;
import io.github.bitgrad.optim.Optimizers;
import io.github.bitgrad.optim.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamesTest {
    private static final String[] FRUIT = {"apple", "pear", "plum", "grapefruit"};

    @ParameterizedTest
    @CsvSource({"aple, apple", "APPLES, apple", "pea, pear", "bear, pear", "plump, plum", "palum, plum",
        "grapefru, grapefruit", "Pear, pear", "'', pear"})
    void namesTheNearest(String name, String nearest) {
        assertThatThrownBy(() -> Names.find("fruit", name, FRUIT)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There is no fruit named '%s'; did you mean '%s'? Known: apple, pear, plum, grapefruit.",
                        name,
                        nearest);
    }

    @Test
    void findsEveryChoiceByItsName() {
        for (String name : FRUIT) {
            assertThat(Names.find("fruit", name, FRUIT)).isSameAs(name);
        }
        for (Algorithm choice : Algorithm.values()) {
            assertThat(Algorithm.named(choice.toString())).isEqualTo(choice);
        }
        for (Optimizers choice : Optimizers.values()) {
            assertThat(Optimizers.named(choice.toString())).isEqualTo(choice);
        }
        for (Schedule choice : Schedule.all()) {
            assertThat(Schedule.named(choice.name())).isEqualTo(choice);
        }
        for (Augmentation choice : Augmentation.all()) {
            assertThat(Augmentation.named(choice.name())).isEqualTo(choice);
        }
        for (GradientFormat choice : GradientFormat.values()) {
            assertThat(GradientFormat.named(choice.toString())).isEqualTo(choice);
        }
        for (GradientKind choice : GradientKind.values()) {
            assertThat(GradientKind.named(choice.toString())).isEqualTo(choice);
        }
        for (Rounding choice : Rounding.values()) {
            assertThat(Rounding.named(choice.toString())).isEqualTo(choice);
        }
        for (Models choice : Models.values()) {
            assertThat(Models.named(choice.toString())).isEqualTo(choice);
        }
    }

    @Test
    void saysWhatTheChoicesAre() {
        assertThatThrownBy(() -> Algorithm.named("standart"))
                .hasMessage(
                        "There is no algorithm named 'standart'; did you mean 'standard'? Known: standard, proposed, "
                                + "lean, paper.");
        assertThatThrownBy(() -> Optimizers.named("sgd"))
                .hasMessage("There is no optimizer named 'sgd'; did you mean 'sgdm'? Known: adam, sgdm, bop.");
        assertThatThrownBy(() -> Schedule.named("cos")).hasMessage("There is no schedule named 'cos'; "
                + "did you mean 'cosine'? Known: constant, step, cosine, decay, "
                + "plateau, loss-plateau, accuracy-plateau.");
        assertThatThrownBy(() -> Models.named("mpl"))
                .hasMessage("There is no model named 'mpl'; did you mean 'mlp'? Known: mlp, cnv, binarynet, "
                        + "resnete18, birealnet18, resnet-small, mobile, keyword, sensor.");
        assertThatThrownBy(() -> GradientFormat.named("int8")).hasMessage("There is no gradient format named 'int8'; "
                + "did you mean 'int7'? Known: float32, float16, int14, int7.");
        assertThatThrownBy(() -> Rounding.named("random")).hasMessage("There is no rounding named 'random'; "
                + "did you mean 'nearest'? Known: nearest, stochastic.");
    }
}
