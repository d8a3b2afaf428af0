package io.github.bitgrad.floatmodel;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Layer;
import java.util.List;

/** A node of a {@link FloatModel} in one step. It remembers of the way forward what its way back needs. */
public interface FloatLayer {
    /** From values, [images · height · width][channels] each, to a value. */
    double[][] forward(List<double[][]> inputs);

    /** From the gradient at the value to the gradient at each input. */
    List<double[][]> backward(double[][] gradient);

    /** Makes a layer from its description. */
    interface Kind {
        FloatLayer of(Place place);
    }

    /**
     * What a layer is made of.
     *
     * @param layer its description
     * @param inputs the shapes of its inputs
     * @param images in the batch
     * @param rules of the algorithm
     * @param onlySign whether exactly one sign of the usual kind takes its value, and nothing else does
     * @param parameters what the node has learned, by name: weights, beta
     */
    record Place(Layer layer, List<ImageShape> inputs, int images, FloatModel.Rules rules, boolean onlySign,
            FloatModel.Parameters parameters) {
        ImageShape input() {
            return inputs.getFirst();
        }
    }
}
