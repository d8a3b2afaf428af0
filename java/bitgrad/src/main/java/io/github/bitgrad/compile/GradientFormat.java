package io.github.bitgrad.compile;

import io.github.bitgrad.Names;
import io.github.bitgrad.tensor.ElementType;

/** The format in which gradients at the sums of layers are stored and multiplied. */
public enum GradientFormat {
    /** IEEE 754 binary32. */
    FLOAT32("float32", ElementType.FLOAT32, 0),
    /**
     * IEEE 754 binary16, converted to binary32 for products. This is the paper's format. The loss is multiplied by a
     * scale, as usual with float16 (Micikevicius et al., arXiv 1710.03740).
     */
    FLOAT16("float16", ElementType.FLOAT16, 0),
    /** Integers from −8191 to 8191, with one scale for each matrix. */
    INT14("int14", ElementType.INT16, 64),
    /** Integers from −63 to 63, with one scale for each matrix. */
    INT7("int7", ElementType.INT8, 8);

    private final String label;
    private final ElementType type;
    private final float clip;

    GradientFormat(String label, ElementType type, float clip) {
        this.label = label;
        this.type = type;
        this.clip = clip;
    }

    /** The element type of the gradients. */
    public ElementType type() {
        return type;
    }

    /**
     * The number that the loss is multiplied by, so that gradients do not become too small for their type. The smallest
     * positive float16 is 6e-8. Without a scale, after 30 epochs of CIFAR-10, 70 % of the gradients at the sums of
     * CNV's first layer (in units of 1/255) were zero, and most of its other gradients had only a few bits. The largest
     * gradient of any layer was 0.1, so there is room for a scale.
     */
    public float lossScale() {
        return this == FLOAT16 ? 1024 : 1;
    }

    /**
     * The element type of the gradient that a product gives to its input, before batch normalisation brings it into
     * this format.
     */
    public ElementType productType() {
        return this == FLOAT32 ? ElementType.FLOAT32 : ElementType.FLOAT16;
    }

    /** Whether the format has integers, which are multiples of a scale. */
    public boolean quantised() {
        return clip > 0;
    }

    /**
     * The largest integer stands for this number times the root mean square of the gradients. Larger gradients are
     * clipped to it.
     */
    public float clip() {
        return clip;
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * Finds a format by its name.
     *
     * @throws IllegalArgumentException if no format has the name; the message lists all names
     */
    public static GradientFormat named(String name) {
        return Names.find("gradient format", name, values());
    }
}
