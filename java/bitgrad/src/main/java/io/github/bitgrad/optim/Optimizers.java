package io.github.bitgrad.optim;

import io.github.bitgrad.Names;

/** The optimizers that have a name, with the numbers that they are used with unless told otherwise. */
public enum Optimizers {
    ADAM("adam") {
        @Override
        public Optimizer create(GradientKind gradients) {
            return Optimizer.Adam.DEFAULT;
        }

        @Override
        public float learningRate(GradientKind gradients, boolean bytes) {
            return gradients == GradientKind.SIGN || bytes ? 3e-3f : 1e-3f;
        }
    },
    SGDM("sgdm") {
        @Override
        public Optimizer create(GradientKind gradients) {
            return new Optimizer.SgdMomentum(0.9f);
        }

        @Override
        public float learningRate(GradientKind gradients, boolean bytes) {
            return gradients == GradientKind.REAL ? 4 : 1e-2f;
        }
    },
    BOP("bop") {
        @Override
        public Optimizer create(GradientKind gradients) {
            return new Optimizer.Bop(gradients == GradientKind.REAL ? 1e-6f : 1e-3f);
        }

        @Override
        public float learningRate(GradientKind gradients, boolean bytes) {
            return 3e-3f;
        }
    };

    /** What an algorithm hands to the optimizer for a weight. */
    public enum GradientKind {
        /** The mean gradient over the batch. */
        REAL("real"),
        /** Its sign over the root of the fan-in. */
        SIGN("sign");

        private final String label;

        GradientKind(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }

        /** @throws IllegalArgumentException where none has this name */
        public static GradientKind named(String name) {
            return Names.find("kind of weight gradients", name, values());
        }
    }

    private final String label;

    Optimizers(String label) {
        this.label = label;
    }

    /** The optimizer as it suits an algorithm's gradients. */
    public abstract Optimizer create(GradientKind gradients);

    /**
     * The learning rate that suits them.
     *
     * @param bytes whether the optimizer's state is kept in bytes
     */
    public abstract float learningRate(GradientKind gradients, boolean bytes);

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Optimizers named(String name) {
        return Names.find("optimizer", name, values());
    }
}
