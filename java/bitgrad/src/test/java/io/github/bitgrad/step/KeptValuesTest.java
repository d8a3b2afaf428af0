package io.github.bitgrad.step;

import static io.github.bitgrad.tensor.ElementType.BITS;
import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptValuesTest {
    private final Program program = new Program();

    private Buffer values(String name) {
        return program.temporary(name, Variable.X, FLOAT32, 8, 64);
    }

    private void use(Buffer... buffers) {
        program.train(Operations.bound("op", 1, 1, 1, _ -> (_, _) -> {
        }, List.of(buffers)));
    }

    @Test
    void eachBlockHasWhatTheBackwardPassReadsOfIt() {
        Buffer weights = program.persistent("second.weights", Variable.W, FLOAT32, 8, 64);
        Buffer mean = program.temporary("second.mean", Variable.OTHER, FLOAT32, 1, 64);
        Buffer sums = program.temporary("first.sums", Variable.DXY, FLOAT32, 8, 64);
        Buffer output = values("second.output");
        Buffer signs = program.temporary("second.signs", Variable.X, BITS, 8, 64);
        use(sums, mean);
        use(sums, output, signs, weights);
        use(values("third.output"));
        program.endForward();
        use(output, signs, weights, mean);
        use(values("second.backward.gradient"));
        use(values("first.backward.again"), values("first.backward.again.normalise"));
        List<KeptValues> kept = List.of(new KeptValues("first", 0, 0, 2 * 8 * 64 * 4),
                new KeptValues("second", 8 * 8, 8 * 64 * 4, 0));
        assertThat(program.kept()).isEqualTo(kept);
        assertThat(program.withExternal(List.of()).kept()).isEqualTo(kept);
        assertThat(kept.getFirst().and(kept.getLast())).isEqualTo(new KeptValues("first", 64, 2048, 4096));
    }
}
