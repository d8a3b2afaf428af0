package io.github.bitgrad.train;

import io.github.bitgrad.compile.BinaryWeights;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Parameter;
import io.github.bitgrad.compile.RealWeights;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan;
import io.github.bitgrad.model.Network;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * What each part of a network computes and learns, and how much it takes of the memory and the time of a training step.
 * {@link TrainerBuilder#summary} makes one; {@link #withTimes} adds the times.
 *
 * @param network the name of the network
 * @param batch the number of images that the network takes at a time in a training step
 * @param blocks the blocks of the network in their order, and before or after them what belongs to no layer, such as the
 *            images ({@code input}) and the {@code loss}
 * @param peakBytes the memory of the training step as planned
 */
public record NetworkSummary(String network, int batch, List<Block> blocks, long peakBytes) {
    /**
     * A layer.
     *
     * @param name the name of the layer's node in the network, such as {@code conv2.norm}
     * @param description what the layer is, with its numbers, such as {@code maxPool(2x2)}
     * @param output the shape of its output for one image
     */
    public record Layer(String name, String description, ImageShape output) {
    }

    /**
     * The layers whose names are equal up to the first dot. They share weights, memory and time, so these can only be
     * told for all of them together.
     *
     * @param name the part of the names before the first dot, such as {@code conv2}
     * @param layers the layers in order; none for what belongs to no layer
     * @param binaryWeights how many weights are signs
     * @param realNumbers how many real numbers are learned: real weights, biases and slopes
     * @param learnedBits the bits of all that a trained network keeps of the block: weights, biases, and the statistics of
     *            normalisation. A sign is one bit, except in a network with products by OpenBLAS, where it is a float32
     * @param binaryProducts multiply-accumulates with binary weights in the forward pass of one image. The inputs are
     *            signs, or in a first layer bytes
     * @param realProducts multiply-accumulates with real weights in the forward pass of one image
     * @param bytesAtFullest the bytes of the block's buffers at the moment of the training step at which the most bytes
     *            are in use
     * @param seconds how long the block took in one training step, on average; empty if that was not measured
     */
    public record Block(String name, List<Layer> layers, long binaryWeights, long realNumbers, long learnedBits,
            long binaryProducts, long realProducts, long bytesAtFullest, OptionalDouble seconds) {
        public Block {
            layers = List.copyOf(layers);
        }
    }

    /** Adds up what belongs to a block. */
    private static final class Sums {
        private final List<Layer> layers = new ArrayList<>();
        private long binaryWeights;
        private long realNumbers;
        private long learnedBits;
        private boolean hasRealWeights;
        private long products;
        private long bytes;

        void add(Parameter parameter) {
            long count = elements(parameter.values());
            if (parameter instanceof BinaryWeights) {
                binaryWeights += count;
            } else {
                realNumbers += count;
            }
            hasRealWeights |= parameter instanceof RealWeights;
        }

        Block block(String name) {
            return new Block(name, layers, binaryWeights, realNumbers, learnedBits, hasRealWeights ? 0 : products,
                    hasRealWeights ? products : 0, bytes, OptionalDouble.empty());
        }
    }

    public NetworkSummary {
        blocks = List.copyOf(blocks);
    }

    /** The summary of the network of a step, without times. */
    static NetworkSummary of(StepSettings step) {
        CompiledNetwork compiled = step.compile(step.clock(0));
        MemoryPlan plan = compiled.program().plan();
        Map<String, Sums> blocks = new LinkedHashMap<>();
        Function<String, Sums> blockOf = name -> blocks.computeIfAbsent(StepBuilder.block(name), _ -> new Sums());
        blockOf.apply(Network.INPUT);
        Map<String, ImageShape> shapes = step.network().shapes();
        step.network().nodes().forEach(node -> blockOf.apply(node.name()).layers
                .add(new Layer(node.name(), node.layer().toString(), shapes.get(node.name()))));
        compiled.parameters().forEach(parameter -> blockOf.apply(parameter.values().name()).add(parameter));
        compiled.program().learned().forEach(
                buffer -> blockOf.apply(buffer.name()).learnedBits += elements(buffer) * buffer.type().bits());
        compiled.program().measuring().forEach( // the forward pass
                operation -> blockOf.apply(operation.name()).products += operation.products() / step.microBatch());
        plan.buffersAtFullest().forEach(buffer -> blockOf.apply(buffer.name()).bytes += buffer.bytes());
        return new NetworkSummary(step.network().name(), step.microBatch(),
                blocks.entrySet().stream().map(entry -> entry.getValue().block(entry.getKey())).toList(),
                plan.peakBytes());
    }

    private static long elements(Buffer buffer) {
        return buffer.rows() * buffer.columns();
    }

    /**
     * This summary with the time that each block takes.
     *
     * @param profile the times of a training of this network, with the settings of this summary
     */
    public NetworkSummary withTimes(Profile profile) {
        Map<String, Double> seconds = profile.parts().stream()
                .collect(Collectors.groupingBy(Profile.Part::layer, Collectors.summingDouble(Profile.Part::seconds)));
        return new NetworkSummary(network, batch, blocks.stream()
                .map(block -> new Block(block.name, block.layers, block.binaryWeights, block.realNumbers,
                        block.learnedBits, block.binaryProducts, block.realProducts, block.bytesAtFullest,
                        OptionalDouble.of(seconds.getOrDefault(block.name, 0.0))))
                .toList(), peakBytes);
    }

    /** A count of all blocks together, such as {@code summary.total(Block::binaryWeights)}. */
    public long total(ToLongFunction<Block> count) {
        return blocks.stream().mapToLong(count).sum();
    }

    /** The time of a training step that its operations take; empty if it was not measured. */
    public OptionalDouble seconds() {
        return blocks.stream().allMatch(block -> block.seconds.isPresent())
                ? OptionalDouble.of(blocks.stream().mapToDouble(block -> block.seconds.getAsDouble()).sum())
                : OptionalDouble.empty();
    }
}
