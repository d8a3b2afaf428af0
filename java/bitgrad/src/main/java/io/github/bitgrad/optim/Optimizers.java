package io.github.bitgrad.optim;

import io.github.bitgrad.Names;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/** The library's own optimizers by their names, with the numbers that they have unless told otherwise. */
public enum Optimizers {
    /** {@link Adam}. */
    ADAM("adam") {
        @Override
        public Optimizer create(GradientKind gradients) {
            return Adam.DEFAULT;
        }

        @Override
        Optimizer of(Function<String, Float> numbers) {
            return new Adam(numbers.apply("beta1"), numbers.apply("beta2"), numbers.apply("epsilon"));
        }
    },
    /** {@link SgdMomentum}. */
    SGDM("sgdm") {
        @Override
        public Optimizer create(GradientKind gradients) {
            return SgdMomentum.DEFAULT;
        }

        @Override
        Optimizer of(Function<String, Float> numbers) {
            return new SgdMomentum(numbers.apply("momentum"));
        }
    },
    /** {@link Bop}. */
    BOP("bop") {
        @Override
        public Optimizer create(GradientKind gradients) {
            return Bop.suiting(gradients);
        }

        @Override
        Optimizer of(Function<String, Float> numbers) {
            return new Bop(numbers.apply("threshold"), numbers.apply("biasRate"));
        }
    };

    private final String label;

    Optimizers(String label) {
        this.label = label;
    }

    /** The optimizer with the numbers that suit a kind of gradients. */
    public abstract Optimizer create(GradientKind gradients);

    /** The optimizer with numbers that have the names of its {@link Optimizer#numbers}. */
    abstract Optimizer of(Function<String, Float> numbers);

    /**
     * The optimizer with some numbers of the caller's; all other numbers suit a kind of gradients.
     *
     * @param given numbers by their names
     * @throws IllegalArgumentException where the optimizer has no number of such a name, or a number is out of its
     *             range
     */
    public Optimizer create(GradientKind gradients, Map<String, Float> given) {
        SequencedMap<String, Number> numbers = GivenNumbers.of("optimizer", create(gradients), given);
        return of(name -> numbers.get(name).floatValue());
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Optimizers named(String name) {
        return Names.find("optimizer", name, values());
    }
}
