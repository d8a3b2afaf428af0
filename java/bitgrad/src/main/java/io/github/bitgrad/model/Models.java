package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;

import io.github.bitgrad.Names;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The networks that have a name on the command line: those of the paper (Wang et al.). */
public enum Models {
    /** A multilayer perceptron for MNIST: four hidden layers of 256 units. */
    MLP("mlp", new ImageShape(28, 28, 1)) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("mlp", input).dense(256).dense(256).dense(256).dense(256).dense(classes).build();
        }
    },
    /** A small convolutional network for CIFAR-10 that pools signs (Umuroglu et al., FINN, arXiv 1612.07119). */
    CNV("cnv", new ImageShape(32, 32, 3)) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("cnv", input)
                    .binaryConv(64, 3, VALID).binaryConv(64, 3, VALID).maxPool(2, AFTER_SIGN)
                    .binaryConv(128, 3, VALID).binaryConv(128, 3, VALID).maxPool(2, AFTER_SIGN)
                    .binaryConv(256, 3, VALID).binaryConv(256, 3, VALID)
                    .dense(512).dense(512).dense(classes).build();
        }
    },
    /**
     * A large convolutional network for CIFAR-10 in the shape of VGG, which pools sums (Courbariaux and Bengio, arXiv
     * 1602.02830).
     */
    BINARYNET("binarynet", new ImageShape(32, 32, 3)) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("binarynet", input)
                    .binaryConv(128, 3, SAME).binaryConv(128, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(256, 3, SAME).binaryConv(256, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(512, 3, SAME).binaryConv(512, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .dense(1024).dense(1024).dense(classes).build();
        }
    };

    private static final int LARGEST_TRIED = 256;

    private final String label;
    private final ImageShape paperInput;

    Models(String label, ImageShape paperInput) {
        this.label = label;
        this.paperInput = paperInput;
    }

    abstract Network layers(ImageShape input, int classes);

    /**
     * Builds the network.
     *
     * @param input the shape of one input image
     * @param classes how many classes the network tells apart
     * @throws IllegalArgumentException if the images do not suit its layers; the message says which images do, and which
     *             networks suit the images
     */
    public Network build(ImageShape input, int classes) {
        try {
            return layers(input, classes);
        } catch (IllegalArgumentException refused) {
            String fitting = Stream.of(values()).filter(other -> other.takes(input, classes)).map(Models::toString)
                    .collect(Collectors.joining(", "));
            throw new IllegalArgumentException("%s Model %s takes %s. Models that take images of %s: %s.".formatted(
                    refused.getMessage(), this, suitable(input.channels(), classes), input,
                    fitting.isEmpty() ? "none" : fitting), refused);
        }
    }

    private boolean takes(ImageShape input, int classes) {
        try {
            layers(input, classes);
            return true;
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }

    /** Which images it takes, in words. */
    private String suitable(int channels, int classes) {
        return IntStream.rangeClosed(1, LARGEST_TRIED).filter(
                size -> takes(new ImageShape(size, size, channels), classes)).boxed().findFirst()
                .map(size -> "images of %sx%s pixels or more".formatted(size, size))
                .orElseGet(() -> "images such as %s".formatted(paperInput));
    }

    /**
     * Builds the network for the images and the classes of a data set.
     *
     * @throws IllegalArgumentException if the images are too small for its layers
     */
    public Network build(Dataset dataset) {
        return build(dataset.shape(), dataset.classes());
    }

    /**
     * Builds the network as the paper trains it: 28×28×1 images for the MLP, 32×32×3 images for the other networks, and
     * ten classes.
     */
    public Network paper() {
        return build(paperInput, 10);
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * Finds a network by its name.
     *
     * @throws IllegalArgumentException if no network has the name; the message lists all names
     */
    public static Models named(String name) {
        return Names.find("model", name, values());
    }
}
