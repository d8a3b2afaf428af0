package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;

import io.github.bitgrad.Names;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;

/** The networks that have a name. */
public enum Models {
    /** The paper's MLP: four hidden layers of 256 units. */
    MLP("mlp", new ImageShape(28, 28, 1)) {
        @Override
        public Network build(ImageShape input, int classes) {
            return Network.sequential("mlp", input).dense(256).dense(256).dense(256).dense(256).dense(classes).build();
        }
    },
    /** The paper's CNV (Umuroglu et al., FINN, arXiv 1612.07119): small, and pools signs. */
    CNV("cnv", new ImageShape(32, 32, 3)) {
        @Override
        public Network build(ImageShape input, int classes) {
            return Network.sequential("cnv", input)
                    .binaryConv(64, 3, VALID).binaryConv(64, 3, VALID).maxPool(2, AFTER_SIGN)
                    .binaryConv(128, 3, VALID).binaryConv(128, 3, VALID).maxPool(2, AFTER_SIGN)
                    .binaryConv(256, 3, VALID).binaryConv(256, 3, VALID)
                    .dense(512).dense(512).dense(classes).build();
        }
    },
    /** The paper's BinaryNet (Courbariaux and Bengio, arXiv 1602.02830), shaped as VGG. */
    BINARYNET("binarynet", new ImageShape(32, 32, 3)) {
        @Override
        public Network build(ImageShape input, int classes) {
            return Network.sequential("binarynet", input)
                    .binaryConv(128, 3, SAME).binaryConv(128, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(256, 3, SAME).binaryConv(256, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(512, 3, SAME).binaryConv(512, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .dense(1024).dense(1024).dense(classes).build();
        }
    };

    private final String label;
    private final ImageShape paperInput;

    Models(String label, ImageShape paperInput) {
        this.label = label;
        this.paperInput = paperInput;
    }

    /** The network for inputs of a shape and so many classes. */
    public abstract Network build(ImageShape input, int classes);

    /** The network for the images and classes of a data set. */
    public Network build(Dataset dataset) {
        return build(dataset.shape(), dataset.classes());
    }

    /** The network as the paper trains it, where no data set says otherwise: ten classes. */
    public Network paper() {
        return build(paperInput, 10);
    }

    @Override
    public String toString() {
        return label;
    }

    /** @throws IllegalArgumentException where none has this name */
    public static Models named(String name) {
        return Names.find("model", name, values());
    }
}
