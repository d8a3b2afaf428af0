package io.github.bitgrad.bench;

import io.github.bitgrad.step.Operation;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an operation of a step does, told from its name. The name begins with the name of a layer; after that it may
 * have the number of a tile.
 */
public enum OperationKind {
    /** The products of the forward pass. */
    FORWARD("forward products", "\\.forward(\\.#)?"),
    /** The gradients at the inputs of products, with the index of the weights or with im2col. */
    INPUT_GRADIENT("input gradients", "\\.backward\\.(index|inputGradient(\\.(#|index))?|straightThrough)"),
    /** The gradients of weights. The lean algorithm updates the weights in the same operation. */
    WEIGHT_GRADIENT("weight gradients (lean: and updates)",
            "\\.backward\\.(weightGradient(Signs)?|weights(\\.#)?|pixelBits(\\.#)?)"),
    /** Batch normalisation, forward and backward, and its statistics. */
    NORMALISATION("normalisation", "\\.forward\\.(mean|deviation|normalise|statistics)(\\.#)?(\\.sums)?|"
            + "\\.backward\\.(normalise(\\.#)?(\\.\\w+)?|nextScale)|\\.running(Mean|Deviation)"),
    /** Signs of normalised values and of weights. With bits, one operation normalises a value and takes its sign. */
    SIGN("signs", "\\.forward\\.sign(\\.#)?(\\.signMean)?|(\\.\\w+)?\\.(inputSigns|weightSigns)|\\.weightSigns"),
    /** Max pooling, forward and backward. */
    POOLING("pooling", "\\.(forward|backward)\\.pool(\\.#)?"),
    /** The optimizer. */
    UPDATE("updates", "\\.(weights|beta)\\.\\w+"),
    /** The loss, and conversions between types. */
    LOSS("loss and conversions", "input|loss|\\.backward\\.gradient");

    private static final Pattern NODE = Pattern.compile("^[a-z]+\\d+(?=\\.)");
    private static final Pattern NUMBER = Pattern.compile("\\.\\d+(?=\\.|$)");

    private final String label;
    private final Pattern names;

    OperationKind(String label, String names) {
        this.label = label;
        this.names = Pattern.compile(names);
    }

    /** The kind in reports. */
    public String label() {
        return label;
    }

    /**
     * The kind of an operation.
     *
     * @throws IllegalArgumentException if no kind has such names, or if more than one has
     */
    static OperationKind of(Operation operation) {
        String name = NUMBER.matcher(NODE.matcher(operation.name()).replaceFirst("")).replaceAll(".#");
        OperationKind[] kinds = Stream.of(values()).filter(kind -> kind.names.matcher(name).matches())
                .toArray(OperationKind[]::new);
        if (kinds.length != 1) {
            throw new IllegalArgumentException("The operation %s is of %s kinds; correct the names in OperationKind."
                    .formatted(operation.name(), kinds.length));
        }
        return kinds[0];
    }
}
