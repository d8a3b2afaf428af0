package io.github.bitgrad.step;

import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an operation of a training step does, told from its name. The name begins with the name of a layer; after that it
 * may have the number of a tile.
 */
public enum OperationKind {
    /** The products of the forward pass. */
    FORWARD("forward products", "\\.forward(\\.#)?"),
    /** The gradients at the inputs of products, with the index of the weights or with im2col. */
    INPUT_GRADIENT("input gradients", "\\.backward\\.(index|inputGradient(\\.(#|index))?|straightThrough)"),
    /** The gradients of weights. The lean algorithm updates the weights in the same operation. */
    WEIGHT_GRADIENT("weight gradients (lean: and updates)",
            "\\.backward\\.(weightGradient(Signs)?(\\.\\w+)*|weights(\\.#)?|pixelBits(\\.#)?)"),
    /** Batch normalisation, forward and backward, and its statistics. */
    NORMALISATION("normalisation", "\\.forward\\.(mean|deviation|normalise|statistics)(\\.#)?(\\.\\w+)*|"
            + "\\.backward\\.(normalise(\\.#)?(\\.\\w+)*|nextScale)|\\.running(Mean|Deviation)"),
    /** Signs of normalised values and of weights. With bits, one operation normalises a value and takes its sign. */
    SIGN("signs",
            "\\.forward\\.(sign|normalisedSign)(\\.#)?(\\.\\w+)?|(\\.\\w+)?\\.(inputSigns|weightSigns)|\\.weightSigns"),
    /** Max pooling, forward and backward. */
    POOLING("pooling", "\\.(forward|backward)\\.pool(\\.#)?"),
    /** The optimizer. */
    UPDATE("updates", "\\.(weights|beta|bias)\\.\\w+"),
    /** The loss, and conversions between types. */
    LOSS("loss and conversions", "input|loss|\\.backward\\.gradient"),
    /** Operations of layers, losses and optimizers that are not the library's, if their names say nothing else. */
    OTHER("other operations", "(?!)");

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

    /** The kind of an operation. */
    public static OperationKind of(Operation operation) {
        String name = NUMBER.matcher(NODE.matcher(operation.name()).replaceFirst("")).replaceAll(".#");
        return Stream.of(values()).filter(kind -> kind.names.matcher(name).matches()).findFirst().orElse(OTHER);
    }
}
