package io.github.bitgrad.compile;

import io.github.bitgrad.Names;
import io.github.bitgrad.tensor.ElementType;

/** What the gradients at the sums of layers are kept as, and multiplied as. */
public enum GradientFormat {
    /** IEEE 754 binary32. */
    FLOAT32("float32", ElementType.FLOAT32, 0),
    /**
     * IEEE 754 binary16, multiplied as binary32: the paper's. The loss is scaled, as is usual with it (Micikevicius et
     * al., arXiv 1710.03740).
     */
    FLOAT16("float16", ElementType.FLOAT16, 0),
    /** Integers from −8191 to 8191 with one scale a tensor. */
    INT14("int14", ElementType.INT16, 64),
    /** Integers from −63 to 63 with one scale a tensor. */
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
     * What the loss is multiplied with, lest gradients fall below what their type tells apart. In float16 that is 6e-8:
     * without a scale, 70 % of the gradients at the sums of CNV's first layer, which are in units of 1/255, were zero
     * after 30 epochs of CIFAR-10, and most others of few bits. The largest of any layer was 0.1.
     */
    public float lossScale() {
        return this == FLOAT16 ? 1024 : 1;
    }

    /** What gradients are before they are normalised: of the input's product. */
    public ElementType productType() {
        return this == FLOAT32 ? ElementType.FLOAT32 : ElementType.FLOAT16;
    }

    /** Whether gradients are integers that stand for multiples of a scale. */
    public boolean quantised() {
        return clip > 0;
    }

    /** How many times the root mean square the largest integer stands for; what is beyond is clipped. */
    public float clip() {
        return clip;
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static GradientFormat named(String name) {
        return Names.find("gradient format", name, values());
    }
}
