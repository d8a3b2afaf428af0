package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.Progress;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The step under construction, as one node sees it. A layer asks it for buffers and parameters and gives it operations; names
 * of both begin with the node's block.
 *
 * <p>
 * A block is what comes before the first dot of a node's name: nodes named {@code conv2}, {@code conv2.norm} and
 * {@code conv2.sign} belong to the block {@code conv2}, whose biases are named {@code conv2.beta}.
 */
public final class StepBuilder {
    /** What all nodes of a step have in common. */
    private static final class Step {
        final Program program = new Program();
        final long batch;
        final Policy policy;
        final Optimizer optimizer;
        final Progress progress;
        final TileWidths widths;
        final List<Parameter> parameters = new ArrayList<>();
        /** How many of the buffers and operations that are made in numbers have a name so far. */
        final Map<String, Integer> names = new HashMap<>();
        /** How many nodes draw numbers for rounding gradients so far. */
        int roundings;
        final Map<Buffer, Buffer> converted = new HashMap<>();

        Step(long batch, Policy policy, Optimizer optimizer, Progress progress, TileWidths widths) {
            this.batch = batch;
            this.policy = policy;
            this.optimizer = optimizer;
            this.progress = progress;
            this.widths = widths;
        }
    }

    private final Step step;
    private final String block;

    private StepBuilder(Step step, String block) {
        this.step = step;
        this.block = block;
    }

    /**
     * Begins a step.
     *
     * @param batch images in a step
     * @param policy how values are kept
     * @param optimizer what parameters follow their gradients by
     * @param widths of tiles
     * @param progress tells operations the step and the learning rate
     */
    public static StepBuilder begin(long batch, Policy policy, Optimizer optimizer, TileWidths widths,
            Progress progress) {
        return new StepBuilder(new Step(batch, policy, optimizer, progress, widths), "");
    }

    /** The same step as a node sees it. */
    public StepBuilder node(String name) {
        return new StepBuilder(step, name.split("\\.", 2)[0]);
    }

    /** Images in a step. */
    public long batch() {
        return step.batch;
    }

    /** How values are kept. */
    public Policy policy() {
        return step.policy;
    }

    /** What the gradient of the summed loss is multiplied with before it goes backward. */
    public float lossScale() {
        return step.policy.lossScale(step.batch);
    }

    /** What parameters follow their gradients by. */
    public Optimizer optimizer() {
        return step.optimizer;
    }

    /** Tells operations the step and the learning rate. */
    public Progress progress() {
        return step.progress;
    }

    /** What the operations and buffers of the step are added to. */
    public Program program() {
        return step.program;
    }

    /** A name that begins with the block's. */
    public String name(String suffix) {
        return block + suffix;
    }

    /** The same, with a number behind it where the name exists already. */
    public String unique(String suffix) {
        int number = step.names.merge(name(suffix), 1, Integer::sum);
        return name(suffix) + (number == 1 ? "" : Integer.toString(number));
    }

    /** A buffer that lives from its first use in a step to its last. */
    public Buffer temporary(String suffix, Variable variable, ElementType type, long rows, long columns) {
        return step.program.temporary(name(suffix), variable, type, rows, columns);
    }

    /** The same with a number behind its name where that exists already, and of the type and shape of another. */
    public Buffer like(String suffix, Buffer other) {
        return step.program.temporary(unique(suffix), other.variable(), other.type(), other.rows(), other.columns());
    }

    /** A float32 value for each channel, [1, channels], that lives from its first use in a step to its last. */
    public Buffer perChannel(String suffix, long channels) {
        return temporary(suffix, Variable.OTHER, ElementType.FLOAT32, 1, channels);
    }

    /** A buffer that keeps its contents from step to step, and is a part of what is saved of a training. */
    public Buffer persistent(String suffix, Variable variable, ElementType type, long rows, long columns) {
        return step.program.persistent(name(suffix), variable, type, rows, columns);
    }

    /** Adds an operation to the training step. */
    public void train(Operation operation) {
        step.program.train(operation);
    }

    /** Adds an operation to inference. */
    public void infer(Operation operation) {
        step.program.infer(operation);
    }

    /** Adds an operation to both. */
    public void trainAndInfer(Operation operation) {
        step.program.trainAndInfer(operation);
    }

    /**
     * Weights whose signs a binary product multiplies by. The policy says how they are kept, the optimizer whether there is
     * more of them than signs.
     *
     * @param channels output channels
     * @param taps places in the kernel
     * @param inputs input channels
     */
    public BinaryWeights binaryWeights(long channels, long taps, long inputs) {
        int number = (int) step.parameters.stream().filter(BinaryWeights.class::isInstance).count();
        BinaryWeights weights = new BinaryWeights(this, number, channels, taps, inputs);
        step.parameters.add(weights);
        return weights;
    }

    /** A bias for each channel, which begins at 0. */
    public Bias bias(String suffix, long channels) {
        Bias bias = new Bias(this, suffix, channels);
        step.parameters.add(bias);
        return bias;
    }

    /** All that is learned, in the order of nodes. */
    public List<Parameter> parameters() {
        return List.copyOf(step.parameters);
    }

    /** A number of its own for each node that rounds gradients at random, counted from 0 in the order of nodes. */
    public int roundingStream() {
        return step.roundings++;
    }

    /**
     * Lets operations be added a tile of channels at a time, from the first channel up; where the source has no tiles, all
     * channels at once. Does not finish the source.
     *
     * @param part of the step, behind the block's name: what is narrowed where memory is short
     */
    public void tiles(ChannelSource source, String part, Consumer<Tile> operations) {
        if (source.tileable()) {
            step.widths.run(name(part), source.channels(), step.program, operations);
        } else {
            operations.accept(Tile.all(source.channels()));
        }
    }

    /**
     * The real values of an edge, to be pulled once.
     *
     * @throws IllegalArgumentException where the edge has signs
     */
    public ChannelSource reals(Edge edge) {
        return switch (edge.value()) {
            case Value.Reals(ChannelSource source) -> source;
            case Value.Pixels(Buffer bytes) -> pixels(edge, bytes);
            case Value.PackedSigns _,Value.SignsOfReals _ -> throw new IllegalArgumentException(
                    "%s takes real values, but its input %s gives signs; put it before the sign.".formatted(block,
                            edge.name()));
        };
    }

    /** 8-bit numbers as float32, which all who ask for them share. */
    private ChannelSource pixels(Edge edge, Buffer bytes) {
        Buffer reals = step.converted.computeIfAbsent(bytes, _ -> {
            Buffer made = step.program.temporary(edge.name(), Variable.X, ElementType.FLOAT32,
                    step.batch * edge.shape().height() * edge.shape().width(), edge.shape().channels());
            trainAndInfer(Operations.pixels(edge.name(), bytes, made));
            return made;
        });
        return new ChannelSource.Whole(reals.columns()) {
            @Override
            protected Form make(Want want) {
                return new Form.Values(reals, false);
            }
        };
    }

    /** The same numbers as float32. */
    public Form.Values float32(Form.Values values) {
        if (values.buffer().type() == ElementType.FLOAT32) {
            return values;
        }
        Buffer from = values.buffer();
        Buffer to = step.program.temporary(unique(".float32"), from.variable(), ElementType.FLOAT32, from.rows(),
                from.columns());
        train(Operations.convert(to.name(), from, to));
        return new Form.Values(to, true);
    }

    /** The same gradient as float32 numbers that may be written over. */
    public Buffer ownGradient(Form.Values values) {
        Form.Values reals = float32(values);
        if (reals.own()) {
            return reals.buffer();
        }
        Buffer copy = like(".backward.copy", reals.buffer());
        train(Operations.copy(copy.name(), reals.buffer(), copy));
        return copy;
    }
}
