package io.github.bitgrad.floatmodel;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Add;
import io.github.bitgrad.layer.AveragePool;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Concat;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.DepthwiseConvolution;
import io.github.bitgrad.layer.GlobalAveragePool;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.RealConvolution;
import io.github.bitgrad.layer.RealDense;
import io.github.bitgrad.layer.Prelu;
import io.github.bitgrad.layer.Relu;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.model.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One training step of a network as the papers write it, in double, on arrays, with nothing shared with the library but
 * the description of the network: what the native step is held against. A batch of images is a matrix [images · height
 * · width][channels].
 */
public final class FloatModel {
    /** How each kind of layers is computed: a line for each. */
    private static final Map<Class<? extends Layer>, FloatLayer.Kind> KINDS = Map.ofEntries(
            Map.entry(BinaryConvolution.class, FloatConvolution::new),
            Map.entry(DepthwiseConvolution.class, FloatDepthwise::new),
            Map.entry(Dense.class, FloatDense::new),
            Map.entry(RealConvolution.class, FloatConvolution::new),
            Map.entry(RealDense.class, FloatDense::new),
            Map.entry(MaxPool.class, FloatMaxPool::new),
            Map.entry(BatchNorm.class, FloatBatchNorm::new),
            Map.entry(Sign.class, FloatSign::new),
            Map.entry(Add.class, FloatAdd::new),
            Map.entry(AveragePool.class, FloatAveragePool::new),
            Map.entry(GlobalAveragePool.class, FloatAveragePool::global),
            Map.entry(Relu.class, FloatRelu::new),
            Map.entry(Prelu.class, FloatPrelu::new),
            Map.entry(Concat.class, FloatConcat::new));

    /** How batch normalisation is computed. */
    public enum Rules {
        /** By squares, and exactly on the way back, as standard training does. */
        SQUARES,
        /** By absolute values; on the way back from signs, where only these are kept. As training on bits does. */
        ABSOLUTE_VALUES,
        /** By absolute values, and exactly on the way back. */
        EXACT_ABSOLUTE_VALUES,
        /** As Wang et al. do it, on the way back always from the signs of what is normalised, before the bias. */
        PAPER
    }

    /** What a node has learned. */
    @FunctionalInterface
    public interface Parameters {
        /** The values of {@code weights} or {@code beta}, in rows of any length. */
        double[][] of(String name);
    }

    /** What all nodes have learned. */
    @FunctionalInterface
    public interface AllParameters {
        /** Of a node. */
        Parameters of(String node);
    }

    /** What an implementation keeps of the gradient at a node's value, which it goes on with in the nodes before. */
    @FunctionalInterface
    public interface Keeping {
        /** Told the exact gradient, gives what is kept of it. */
        double[][] kept(String node, double[][] gradient);
    }

    private final Network network;
    private final double lossScale;
    private final Map<String, FloatLayer> layers = new LinkedHashMap<>();
    private final Map<String, double[][]> values = new HashMap<>();
    private final Map<String, double[][]> gradients = new HashMap<>();
    private double[] losses;

    /**
     * @param images in the batch
     * @param lossScale what the gradient of the summed loss is multiplied with
     */
    public FloatModel(Network network, int images, Rules rules, double lossScale, AllParameters parameters) {
        this.network = network;
        this.lossScale = lossScale;
        Map<String, ImageShape> shapes = network.shapes();
        for (Network.Node node : network.nodes()) {
            List<Network.Node> consumers =
                    network.nodes().stream().filter(other -> other.inputs().contains(node.name())).toList();
            boolean onlySign = network.consumers(node.name()) == 1
                    && consumers.getFirst().layer().equals(new Sign());
            layers.put(node.name(), KINDS.get(node.layer().getClass()).of(new FloatLayer.Place(node.layer(),
                    node.inputs().stream().map(shapes::get).toList(), images, rules, onlySign,
                    parameters.of(node.name()))));
        }
    }

    /**
     * Computes the step.
     *
     * @param input real values, in rows of any length
     * @param keeping asked for what is kept of the gradient at each node's value, once the gradient is there
     */
    public void run(double[][] input, int[] labels, Keeping keeping) {
        forward(input, labels);
        String last = network.nodes().getLast().name();
        gradients.put(last, lossGradient(values.get(last), labels));
        for (Network.Node node : network.nodes().reversed()) {
            double[][] kept = keeping.kept(node.name(), gradients.get(node.name()));
            List<double[][]> handedBack = layers.get(node.name()).backward(kept);
            for (int i = 0; i < handedBack.size(); i++) {
                gradients.merge(node.inputs().get(i), handedBack.get(i), Matrices::sum);
            }
        }
    }

    /** Computes the losses alone. */
    public void forward(double[][] input, int[] labels) {
        values.put(Network.INPUT, Matrices.reshape(input, network.input().channels()));
        for (Network.Node node : network.nodes()) {
            List<double[][]> inputs = new ArrayList<>();
            node.inputs().forEach(name -> inputs.add(values.get(name)));
            values.put(node.name(), layers.get(node.name()).forward(inputs));
        }
        double[][] logits = values.get(network.nodes().getLast().name());
        losses = new double[labels.length];
        for (int r = 0; r < labels.length; r++) {
            losses[r] = Math.log(Arrays.stream(logits[r]).map(Math::exp).sum()) - logits[r][labels[r]];
        }
    }

    private double[][] lossGradient(double[][] logits, int[] labels) {
        double[][] gradient = new double[logits.length][];
        for (int r = 0; r < logits.length; r++) {
            double sum = Arrays.stream(logits[r]).map(Math::exp).sum();
            gradient[r] = Arrays.stream(logits[r]).map(value -> Math.exp(value) / sum).toArray();
            gradient[r][labels[r]] -= 1;
        }
        return Matrices.map(gradient, g -> lossScale * g);
    }

    /** The loss of each image. */
    public double[] losses() {
        return losses;
    }

    /** What the gradient of the summed loss is multiplied with. */
    public double lossScale() {
        return lossScale;
    }

    /** How a node is computed. */
    public FloatLayer layer(String node) {
        return layers.get(node);
    }

    /** The value that a node gives, or the network's input. */
    public double[][] value(String node) {
        return values.get(node);
    }

    /** The gradient at that value: what all who take it hand back. */
    public double[][] gradient(String node) {
        return gradients.get(node);
    }
}
