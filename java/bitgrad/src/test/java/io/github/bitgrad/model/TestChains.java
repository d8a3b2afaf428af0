package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static io.github.bitgrad.model.Network.Place.BEFORE_SIGN;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.GlobalAveragePool;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.Prelu;
import io.github.bitgrad.layer.Relu;
import java.util.List;

/**
 * Small chains of five classes with layer kinds that are compared with the float model as all kinds are: a line each.
 */
public final class TestChains {
    /** The chains. */
    public static final List<Network> OF_OTHER_KINDS = List.of(
            chain("averages of sums", new AveragePool(2, 3), BEFORE_NORMALISATION),
            chain("averages of normalised sums", new AveragePool(2, 2), BEFORE_SIGN),
            second("averages that overlap", new AveragePool(3, 2).stride(2, 1).padding(1, 1), BEFORE_SIGN),
            second("averages of images", new GlobalAveragePool(), BEFORE_SIGN),
            second("pools of sums that overlap", new MaxPool(3, 3).stride(2, 2).padding(1, 1), BEFORE_NORMALISATION),
            second("pools of normalised sums", new MaxPool(1, 2), BEFORE_SIGN),
            second("rectified sums", new Relu(), BEFORE_NORMALISATION),
            second("sums with slopes", new Prelu(), BEFORE_NORMALISATION),
            chain("normalised sums with slopes", new Prelu(), BEFORE_SIGN),
            Network.sequential("slopes before the loss", new ImageShape(6, 7, 1)).dense(21).dense(5)
                    .layer(new Prelu(), BEFORE_SIGN).build());

    private TestChains() {
    }

    /** A layer of the kind in a first and in a later block, whose images fill no whole number of windows. */
    private static Network chain(String name, Layer layer, Network.Place place) {
        return Network.sequential(name, new ImageShape(9, 11, 2)).binaryConv(5, 3, SAME).layer(layer, place)
                .binaryConv(18, 3, SAME).layer(layer, place).dense(20).dense(5).build();
    }

    /** A layer of the kind in the second block, whose sums are whole numbers: others may differ by rounding. */
    private static Network second(String name, Layer layer, Network.Place place) {
        return Network.sequential(name, new ImageShape(8, 9, 2)).binaryConv(6, 3, SAME).binaryConv(19, 3, SAME)
                .layer(layer, place).dense(20).dense(5).build();
    }
}
