package io.github.bitgrad.layer;

import java.util.List;

/** Makes the kinds of convolutions, which all have the same numbers. */
final class ConvolutionKind {
    /** Makes a convolution of its channels, and of its kernel, stride and padding by axis. */
    interface Maker {
        Layer make(int channels, int kernelHeight, int kernelWidth, int strideHeight, int strideWidth,
                int paddingHeight, int paddingWidth);
    }

    private ConvolutionKind() {
    }

    /** The kind with this name in files. Its kernel is one pixel, its stride 1 and its padding 0 unless they are given. */
    static LayerKind of(String name, Maker maker) {
        return LayerKind.of(name,
                List.of("channels", "kernelHeight", "kernelWidth", "strideHeight", "strideWidth", "paddingHeight",
                        "paddingWidth"),
                numbers -> maker.make(numbers.whole("channels"), numbers.whole("kernelHeight", 1),
                        numbers.whole("kernelWidth", 1), numbers.whole("strideHeight", 1),
                        numbers.whole("strideWidth", 1), numbers.whole("paddingHeight", 0),
                        numbers.whole("paddingWidth", 0)));
    }
}
