package io.github.bitgrad.model;

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
