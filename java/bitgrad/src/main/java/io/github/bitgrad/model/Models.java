package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Padding.VALID;
import static io.github.bitgrad.model.Network.Place.AFTER_SIGN;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;

import io.github.bitgrad.Names;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.BinaryConvolution;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The networks that have a name on the command line: those of the paper (Wang et al.), residual networks, and small ones
 * for edge devices.
 */
public enum Models {
    /** A multilayer perceptron for MNIST: four hidden layers of 256 units. */
    MLP("mlp", new ImageShape(28, 28, 1), 10) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("mlp", input).dense(256).dense(256).dense(256).dense(256).dense(classes).build();
        }
    },
    /** A small convolutional network for CIFAR-10 that pools signs (Umuroglu et al., FINN, arXiv 1612.07119). */
    CNV("cnv", new ImageShape(32, 32, 3), 10) {
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
    BINARYNET("binarynet", new ImageShape(32, 32, 3), 10) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("binarynet", input)
                    .binaryConv(128, 3, SAME).binaryConv(128, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(256, 3, SAME).binaryConv(256, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(512, 3, SAME).binaryConv(512, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .dense(1024).dense(1024).dense(classes).build();
        }
    },
    /**
     * ResNetE-18 for ImageNet: a ResNet-18 with a shortcut over every binary convolution (Bethge et al., arXiv
     * 1906.08637). Its first convolution, the 1×1 convolutions of its shortcuts, and its last layer have real weights.
     */
    RESNETE18("resnete18", new ImageShape(224, 224, 3), 1000) {
        @Override
        Network layers(ImageShape input, int classes) {
            return new ResidualNetwork("resnete18", input).convolutionOfImageNet(true)
                    .blocks(64, 4, 1).blocks(128, 4, 2).blocks(256, 4, 2).blocks(512, 4, 2)
                    .rectified().classes(classes);
        }
    },
    /**
     * Bi-Real Net with 18 layers for ImageNet (Liu et al., arXiv 1808.00278): {@link #RESNETE18} without its rectifiers
     * and without batch normalisation behind its pooling. Its signs have the estimator ApproxSign, and its binary weights
     * are scaled.
     */
    BIREALNET18("birealnet18", new ImageShape(224, 224, 3), 1000) {
        @Override
        Network layers(ImageShape input, int classes) {
            return new ResidualNetwork("birealnet18", input).ofBiRealNet().convolutionOfImageNet(false)
                    .blocks(64, 4, 1).blocks(128, 4, 2).blocks(256, 4, 2).blocks(512, 4, 2).classes(classes);
        }
    },
    /** A small residual network for images of 32×32 pixels, with a shortcut over each of its 8 binary convolutions. */
    RESNET_SMALL("resnet-small", new ImageShape(32, 32, 3), 10) {
        @Override
        Network layers(ImageShape input, int classes) {
            return new ResidualNetwork("resnet-small", input).convolution(32, 1)
                    .blocks(32, 2, 1).blocks(64, 2, 2).blocks(128, 2, 2).blocks(256, 2, 2).classes(classes);
        }
    },
    /**
     * A small residual network for pictures of 96×96 pixels in the shape of MobileNet (Howard et al., arXiv 1704.04861):
     * depthwise 3×3 convolutions, and 1×1 convolutions that mix the channels.
     */
    MOBILE("mobile", new ImageShape(96, 96, 3), 10) {
        @Override
        Network layers(ImageShape input, int classes) {
            return new ResidualNetwork("mobile", input).convolution(32, 2)
                    .separable(64, 1).separable(128, 2).separable(128, 1).separable(256, 2).separable(256, 1)
                    .separable(512, 2).separable(512, 1).separable(512, 1).classes(classes);
        }
    },
    /** A small convolutional network for spoken words, as log-mel pictures of 49×10 or 40×24 values. */
    KEYWORD("keyword", new ImageShape(49, 10, 1), 12) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("keyword", input)
                    .binaryConv(64, 3, SAME)
                    .binaryConv(64, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .binaryConv(128, 3, SAME)
                    .binaryConv(128, 3, SAME).maxPool(2, BEFORE_NORMALISATION)
                    .dense(256).dense(classes).build();
        }
    },
    /**
     * A small network with convolutions in one direction, for windows of sensor values: an image has a row for each
     * moment, one pixel in a row, and a channel for each sensor, or several. Its first layer pools signs, because sums of
     * many sensors do not fit 16 bits.
     */
    SENSOR("sensor", new ImageShape(128, 1, 9), 6) {
        @Override
        Network layers(ImageShape input, int classes) {
            return Network.sequential("sensor", input)
                    .binaryConv(BinaryConvolution.of(64).kernel(5, 1).same()).maxPool(2, 1, AFTER_SIGN)
                    .binaryConv(BinaryConvolution.of(64).kernel(5, 1).same()).maxPool(2, 1, BEFORE_NORMALISATION)
                    .binaryConv(BinaryConvolution.of(128).kernel(5, 1).same()).maxPool(2, 1, BEFORE_NORMALISATION)
                    .dense(128).dense(classes).build();
        }
    };

    private static final int LARGEST_TRIED = 256;

    private final String label;
    private final ImageShape usualInput;
    private final int usualClasses;

    Models(String label, ImageShape usualInput, int usualClasses) {
        this.label = label;
        this.usualInput = usualInput;
        this.usualClasses = usualClasses;
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
        BitSet sizes = new BitSet();
        IntStream.rangeClosed(1, LARGEST_TRIED).filter(size -> takes(new ImageShape(size, size, channels), classes))
                .forEach(sizes::set);
        if (sizes.isEmpty()) {
            return "images such as %s".formatted(usualInput);
        }
        int first = sizes.nextSetBit(0);
        int next = sizes.nextSetBit(sizes.nextClearBit(first));
        return next < 0
                ? "images of %s pixels or more".formatted(square(first))
                : "images of %s pixels, %s, and so on".formatted(run(sizes, first), run(sizes, next));
    }

    /** The sizes from one on that follow each other, in words. */
    private static String run(BitSet sizes, int first) {
        return "%s to %s".formatted(square(first), square(sizes.nextClearBit(first) - 1));
    }

    private static String square(int size) {
        return size + "x" + size;
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
     * Builds the network for the images and the number of classes that it is made for: those of the paper for the MLP,
     * CNV and BinaryNet, and those of ImageNet for networks of its size.
     */
    public Network usual() {
        return build(usualInput, usualClasses);
    }

    /** {@return the networks of the paper's tables for MNIST and CIFAR-10} */
    public static List<Models> ofPaper() {
        return List.of(MLP, CNV, BINARYNET);
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
