package io.github.bitgrad.optim;

import io.github.bitgrad.Names;
import io.github.bitgrad.tensor.ElementType;

/** What an algorithm hands to the optimizer as the gradient of a weight. */
public enum GradientKind {
    /** The mean gradient over the batch, as float32. Its other name is {@code float32}. */
    REAL("real", ElementType.FLOAT32),
    /** The mean gradient over the batch, rounded to float16. It costs accuracy and saves no memory. */
    FLOAT16("float16", ElementType.FLOAT16),
    /**
     * The sign of the gradient, as a bit. The optimizer takes it as a number that becomes smaller as the layer becomes
     * larger. Its other name is {@code bool}.
     */
    SIGN("sign", ElementType.BITS);

    private final String label;
    private final ElementType type;

    GradientKind(String label, ElementType type) {
        this.label = label;
        this.type = type;
    }

    /** The element type of a matrix of such gradients. */
    public ElementType type() {
        return type;
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static GradientKind named(String name) {
        return switch (name) {
            case "float32" -> REAL;
            case "bool" -> SIGN;
            default -> find(name);
        };
    }

    private static GradientKind find(String name) {
        return Names.find("kind of weight gradients", name, values());
    }
}
