package io.github.bitgrad.model;

import static io.github.bitgrad.model.Network.Padding.SAME;
import static io.github.bitgrad.model.Network.Place.BEFORE_NORMALISATION;
import static io.github.bitgrad.model.Network.Place.BEFORE_SIGN;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.Layer;
import java.util.List;

/**
 * Small chains of five classes with layer kinds that are compared with the float model as all kinds are: a line each.
 */
public final class TestChains {
    /** The chains. */
    public static final List<Network> OF_OTHER_KINDS = List.of(
            chain("averages of sums", new AveragePool(2, 3), BEFORE_NORMALISATION),
            chain("averages of normalised sums", new AveragePool(2, 2), BEFORE_SIGN));

    private TestChains() {
    }

    /** A layer of the kind in a first and in a later block, whose images fill no whole number of windows. */
    private static Network chain(String name, Layer layer, Network.Place place) {
        return Network.sequential(name, new ImageShape(9, 11, 2)).binaryConv(5, 3, SAME).layer(layer, place)
                .binaryConv(18, 3, SAME).layer(layer, place).dense(20).dense(5).build();
    }
}
