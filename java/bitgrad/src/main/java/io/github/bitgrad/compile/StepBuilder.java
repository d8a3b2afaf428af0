package io.github.bitgrad.compile;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.optim.Adam;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.GradientSum;
import io.github.bitgrad.step.Operation;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Builds a step, for one of its nodes. A layer asks it for buffers and parameters, and gives it operations. The names
 * of buffers and operations begin with the name of the node's block.
 *
 * <p>
 * The name of a block is the part of a node's name before the first dot. For example, the nodes {@code conv2},
 * {@code conv2.norm} and {@code conv2.sign} belong to the block {@code conv2}, and the biases of this block are named
 * {@code conv2.beta}.
 */
public final class StepBuilder {
    /** The state that all nodes of a step share. */
    private static final class Step {
        final Program program = new Program();
        final long batch;
        final Policy policy;
        final Optimizer optimizer;
        final TrainingClock clock;
        final TileWidths widths;
        final List<Parameter> parameters = new ArrayList<>();
        /** For each name that {@link #unique} was asked for, how often that was. */
        final Map<String, Integer> names = new HashMap<>();
        /** The number of nodes so far that draw random numbers to round gradients. */
        int roundings;
        final Map<Buffer, Buffer> converted = new HashMap<>();
        final List<String> refusals = new ArrayList<>();
        final boolean inferenceOnly;

        Step(boolean inferenceOnly, long batch, Policy policy, Optimizer optimizer, TrainingClock clock,
                TileWidths widths) {
            this.inferenceOnly = inferenceOnly;
            this.batch = batch;
            this.policy = policy;
            this.optimizer = optimizer;
            this.clock = clock;
            this.widths = widths;
        }
    }

    private final Step step;
    private final String block;
    /** The number of images that the node takes at a time. */
    private final long batch;
    /** Whether the node is used as it is, while other nodes are trained. */
    private final boolean frozen;

    private StepBuilder(Step step, String block, long batch, boolean frozen) {
        this.step = step;
        this.block = block;
        this.batch = batch;
        this.frozen = frozen;
    }

    /**
     * Begins a step that has no operations yet.
     *
     * @param batch the number of images that the network takes at a time
     * @param policy how values are stored
     * @param optimizer what updates the parameters
     * @param widths how wide tiles are
     * @param clock tells operations the number of the step and the learning rate, and how many parts a step has
     */
    public static StepBuilder begin(long batch, Policy policy, Optimizer optimizer, TileWidths widths,
            TrainingClock clock) {
        return new StepBuilder(new Step(false, batch, policy, optimizer, clock, widths), "", batch, false);
    }

    /**
     * Begins a step for a network that is only used, not trained: {@link #train} adds nothing.
     *
     * @param batch the number of images in a step
     * @param products what computes the products of binary layers
     */
    public static StepBuilder beginInference(long batch, Products products) {
        // Inference reads the same buffers whatever optimizer filled them, so any optimizer serves to compile it.
        return new StepBuilder(new Step(true, batch, Policy.ofInference(products), Adam.DEFAULT, new TrainingClock(),
                TileWidths.whole()), "", batch, false);
    }

    /** A builder of this step for the node of this name. */
    public StepBuilder node(String name) {
        return new StepBuilder(step, block(name), step.batch, false);
    }

    /**
     * A builder of this step for a node that is frozen: it is used as it is, while other nodes are trained. Its layer
     * compiles as in a network that is only used ({@link #inferenceOnly}), and what it adds to inference also runs in
     * the forward pass of the training step. So it has no gradients, no latent weights and nothing of the optimizer.
     *
     * @param name the name of the node
     * @param images the number of images that the node takes at a time
     */
    public StepBuilder frozenNode(String name, long images) {
        return new StepBuilder(step, block(name), images, true);
    }

    /** The name of the block that a node, a buffer or an operation belongs to: the part of its name before the first dot. */
    public static String block(String name) {
        return name.split("\\.", 2)[0];
    }

    /** The number of images that the node takes at a time: usually those of a step, or of one of its parts. */
    public long batch() {
        return batch;
    }

    /** The number of images whose gradients update the weights together. */
    public long imagesInStep() {
        return step.batch * step.clock.parts();
    }

    /** Whether a step has several parts, so that gradients are added up before they update the weights. */
    public boolean hasParts() {
        return step.clock.parts() > 1;
    }

    /**
     * Whether the node is only used, not trained. Its parameters are then given, and a layer may add operations that
     * prepare them ({@link #prepare}).
     */
    public boolean inferenceOnly() {
        return step.inferenceOnly || frozen;
    }

    /** How values are stored. */
    public Policy policy() {
        return frozen ? Policy.ofInference(step.policy.products()) : step.policy;
    }

    /** The number that the gradient of the summed loss is multiplied by before the backward pass. */
    public float lossScale() {
        return step.policy.lossScale(imagesInStep());
    }

    /** The optimizer, which updates the parameters. */
    public Optimizer optimizer() {
        return step.optimizer;
    }

    /** Tells operations, while they run, the number of the step and the learning rate. */
    public TrainingClock clock() {
        return step.clock;
    }

    /** The program that the operations and buffers of this step are added to. */
    public Program program() {
        return step.program;
    }

    /** The name of the block, followed by the suffix. */
    public String name(String suffix) {
        return block + suffix;
    }

    /**
     * The name of the block, followed by the suffix. From the second call with the same suffix on, a number follows, so
     * that the names differ.
     */
    public String unique(String suffix) {
        int number = step.names.merge(name(suffix), 1, Integer::sum);
        return name(suffix) + (number == 1 ? "" : Integer.toString(number));
    }

    /** The suffix; from the second call with the same suffix on, a number follows, so that the suffixes differ. */
    public String unused(String suffix) {
        return unique(suffix).substring(block.length());
    }

    /**
     * Makes a buffer that keeps its contents from its first use in a step to its last use.
     *
     * @param suffix the name of the buffer, after the name of the block
     */
    public Buffer temporary(String suffix, Variable variable, ElementType type, long rows, long columns) {
        return step.program.temporary(name(suffix), variable, type, rows, columns);
    }

    /**
     * Makes a buffer with a {@linkplain #unique unique name} and with the type and shape of another buffer. It keeps
     * its contents from its first use in a step to its last use.
     */
    public Buffer like(String suffix, Buffer other) {
        return step.program.temporary(unique(suffix), other.variable(), other.type(), other.rows(), other.columns());
    }

    /**
     * Makes a buffer float32 [1, channels], with one value for each channel. It keeps its contents from its first use
     * in a step to its last use.
     */
    public Buffer perChannel(String suffix, long channels) {
        return temporary(suffix, Variable.OTHER, ElementType.FLOAT32, 1, channels);
    }

    /**
     * Makes a buffer that keeps its contents from step to step. Checkpoints of a training contain it. Floats in it must
     * stay finite: a training that keeps other numbers is ended, because it has diverged. Inference may only read it.
     */
    public Buffer persistent(String suffix, Variable variable, ElementType type, long rows, long columns) {
        return step.program.persistent(name(suffix), variable, type, rows, columns);
    }

    /**
     * Adds an operation to the training step. Adds nothing if the node is only used. The operations of the forward pass
     * also run when statistics are measured, so they must not change what is kept from step to step.
     */
    public void train(Operation operation) {
        if (!inferenceOnly()) {
            step.program.train(operation);
        }
    }

    /**
     * Adds an operation that keeps a statistic of the forward pass for inference. It runs after what was added before
     * it, for some batches of training images, before the network is used or saved; it does not run in training steps.
     * {@link TrainingClock} tells it the number of the batch.
     */
    public void measure(Operation operation) {
        if (!frozen) {
            step.program.measure(operation);
        }
    }

    /** Adds an operation to the training step that updates what is learned. Only the last part of a step runs it. */
    public void update(Operation operation) {
        if (!inferenceOnly()) {
            step.program.update(operation);
        }
    }

    /**
     * Adds the operation that updates real numbers: biases, or the weights of a real product.
     *
     * @param suffix the name of the numbers, after the name of the block
     * @param values the numbers: float32
     * @param gradient their gradient over the whole step, of the summed loss times {@link #lossScale}: float32
     */
    void updateReal(String suffix, Buffer values, Buffer gradient) {
        float scale = 1 / (imagesInStep() * lossScale());
        TrainingClock clock = optimizer().biasLearningRate().map(clock()::withRate).orElse(clock());
        update(optimizer().forBiases().update(step.program,
                new WeightUpdate(name(suffix), values, gradient, scale, Float.POSITIVE_INFINITY, clock)));
    }

    /**
     * The gradient of the whole step: the sum over the parts of the step, to which each part adds. If a step has one
     * part only, this is the gradient itself.
     *
     * @param suffix the name of the sum, after the name of the block
     * @param gradient the gradient of a part: float32
     */
    Buffer overParts(String suffix, Buffer gradient) {
        if (!hasParts()) {
            return gradient;
        }
        Buffer sum = gradientSum(suffix, gradient.rows(), gradient.columns());
        train(GradientSum.add(sum.name(), gradient, sum, clock()));
        return sum;
    }

    /** A buffer for a sum over the parts of a step: float32. */
    Buffer gradientSum(String suffix, long rows, long columns) {
        return step.program.buffer(name(suffix), Variable.DW, ElementType.FLOAT32, rows, columns, Buffer.Life.STEP);
    }

    /** Adds an operation to inference. If the node is frozen, the training step has this operation too. */
    public void infer(Operation operation) {
        step.program.infer(operation);
        if (frozen) {
            step.program.train(operation);
        }
    }

    /**
     * Adds an operation that makes, of what was learned, what inference reads. It runs once before inference. If the
     * node is frozen, it also runs in every training step, where other buffers use that memory meanwhile.
     */
    public void prepare(Operation operation) {
        step.program.beforeInference(operation);
        if (frozen) {
            step.program.train(operation);
        }
    }

    /** Adds an operation to the training step and to inference. */
    public void trainAndInfer(Operation operation) {
        train(operation);
        infer(operation);
    }

    /**
     * Makes the weights of a binary product. The policy says how they are stored, and the optimizer says whether there
     * are latent weights behind the signs.
     *
     * @param channels the number of output channels
     * @param taps the number of positions of the kernel; 1 for a dense layer
     * @param inputs the number of input channels
     */
    public BinaryWeights binaryWeights(long channels, long taps, long inputs) {
        return binaryWeights(channels, taps, inputs, LatentWeights.USUAL);
    }

    /**
     * Makes the weights of a binary product, as {@link #binaryWeights(long, long, long)} does, with latent weights that
     * are not the usual ones.
     *
     * @throws IllegalArgumentException if the weights are scaled, but the optimizer has no latent weights
     */
    public BinaryWeights binaryWeights(long channels, long taps, long inputs, LatentWeights latent) {
        BinaryWeights.Shape shape = new BinaryWeights.Shape(channels, taps, inputs);
        return binaryWeights(shape, shape, latent);
    }

    /**
     * Makes the weights of a binary product in which each output channel is computed from the input channel of the same
     * number, by a kernel of its own.
     *
     * @param channels the number of channels
     * @param taps the number of positions of the kernels
     * @param clip the limit of latent weights, in multiples of the usual one
     */
    public BinaryWeights depthwiseWeights(long channels, long taps, double clip) {
        return binaryWeights(new BinaryWeights.Shape(taps, 1, channels), new BinaryWeights.Shape(1, taps, 1),
                LatentWeights.USUAL.withClip(clip));
    }

    private BinaryWeights binaryWeights(BinaryWeights.Shape matrix, BinaryWeights.Shape product,
            LatentWeights latent) {
        int number = (int) step.parameters.stream().filter(BinaryWeights.class::isInstance).count();
        BinaryWeights weights = new BinaryWeights(this, number, matrix, product, latent);
        step.parameters.add(weights);
        return weights;
    }

    /**
     * Makes the weights of a real product.
     *
     * @param channels the number of output channels
     * @param taps the number of positions of the kernel; 1 for a dense layer
     * @param inputs the number of input channels
     */
    public RealWeights realWeights(long channels, long taps, long inputs) {
        RealWeights weights = new RealWeights(this, channels, taps, inputs);
        step.parameters.add(weights);
        return weights;
    }

    /** Makes a bias for each channel. Its first value is 0. */
    public Bias bias(String suffix, long channels) {
        return bias(suffix, channels, 0);
    }

    /** Makes a number for each channel that is learned as biases are. All begin with the given value. */
    public Bias bias(String suffix, long channels, float first) {
        Bias bias = new Bias(this, suffix, channels, first);
        step.parameters.add(bias);
        return bias;
    }

    /** Everything that is learned, in the order of the nodes. */
    public List<Parameter> parameters() {
        return List.copyOf(step.parameters);
    }

    /**
     * States that this step must not be trained. It can still be planned, and used for inference. A layer calls this
     * where its training would run but could not learn anything.
     *
     * @param sentence why, and what to do
     */
    public void refuseTraining(String sentence) {
        if (!frozen) {
            step.refusals.add(sentence);
        }
    }

    /** The reasons why this step must not be trained, in the order of the nodes. */
    public List<String> refusals() {
        return List.copyOf(step.refusals);
    }

    /** A number for a node that rounds gradients at random: each call returns the next number, beginning with 0. */
    public int roundingStream() {
        return step.roundings++;
    }

    /**
     * Calls a function for each tile of channels in ascending order, so that it adds the operations of the tile. If the
     * source has no tiles, the function is called once, for all channels. The caller must finish the source afterwards.
     *
     * @param source the source that the operations pull from
     * @param part a name for this part of the step, after the name of the block. If memory is short, each part gets
     *            narrower tiles on its own
     * @param operations adds the operations of a tile
     */
    public void tiles(ChannelSource source, String part, Consumer<Tile> operations) {
        if (source.tileable() && !step.inferenceOnly) {
            step.widths.run(name(part), source.channels(), step.program, operations);
        } else {
            operations.accept(Tile.all(source.channels()));
        }
    }

    /**
     * Whether a part of the step computes some images at a time, again for each pass over them, and not tiles of channels
     * once. It does so if memory is too short for the narrowest tiles.
     *
     * @param part a name for this part of the step, after the name of the block
     */
    public boolean byImages(String part) {
        return step.widths.byImages(name(part));
    }

    /**
     * The real values of an edge as a source that gives matrices of numbers. Pull from it once.
     *
     * @throws IllegalArgumentException if the edge carries signs
     */
    public ChannelSource reals(Edge edge) {
        ChannelSource source = source(edge);
        return source.givesMatrices() ? source : new Matrices(source);
    }

    /** The tiles of a source as matrices. */
    private static final class Matrices extends ChannelSource.Derived {
        Matrices(ChannelSource source) {
            super(source);
        }

        @Override
        public Form tile(Tile tile, Want want) {
            return source.tile(tile, want).values();
        }

        @Override
        public Form whole(Want want) {
            return source.whole(want).values();
        }

        @Override
        public Optional<ChannelSource> again() {
            return source.again();
        }

        @Override
        public Optional<ImageSource> byImages() {
            return source.byImages();
        }
    }

    /**
     * The real values of an edge in the form in which its source gives them. Pull from it once.
     *
     * @throws IllegalArgumentException if the edge carries signs
     */
    public ChannelSource source(Edge edge) {
        return switch (edge.value()) {
            case Value.Reals(ChannelSource source) -> source;
            case Value.Pixels(Buffer bytes) -> pixels(edge, bytes);
            case Value.ScaledSums _ -> throw new IllegalArgumentException(
                    "%s takes the sums of %s, whose weights are scaled; put batch normalisation between them."
                            .formatted(block, edge.name()));
            case Value.PackedSigns _,Value.SignsOfReals _ -> throw new IllegalArgumentException(
                    "%s takes real values, but its input %s gives signs; put it before the sign.".formatted(block,
                            edge.name()));
        };
    }

    /** The network's input as float32. All layers that ask for it share one buffer. */
    private ChannelSource pixels(Edge edge, Buffer bytes) {
        Buffer reals = step.converted.computeIfAbsent(bytes, _ -> {
            Buffer made = step.program.temporary(edge.name(), Variable.X, ElementType.FLOAT32,
                    batch * edge.shape().height() * edge.shape().width(), edge.shape().channels());
            trainAndInfer(ElementwiseOperations.pixels(edge.name(), bytes, made));
            return made;
        });
        return new ChannelSource.Whole(reals.columns()) {
            @Override
            protected Form make(Want want) {
                return new Form.Values(reals, false);
            }
        };
    }

    /** Converts a matrix to float32 in the training step. A matrix that is float32 already is returned as it is. */
    public Form.Values float32(Form.Values values) {
        if (values.buffer().type() == ElementType.FLOAT32) {
            return values;
        }
        Buffer from = values.buffer();
        Buffer to = step.program.temporary(unique(".float32"), from.variable(), ElementType.FLOAT32, from.rows(),
                from.columns());
        train(ElementwiseOperations.convert(to.name(), from, to));
        return new Form.Values(to, true);
    }

    /**
     * A gradient as a float32 matrix that may be overwritten. Adds a conversion or a copy to the training step if that
     * is needed.
     */
    public Buffer ownGradient(Form.Values values) {
        Form.Values reals = float32(values);
        if (reals.own()) {
            return reals.buffer();
        }
        Buffer copy = like(".backward.copy", reals.buffer());
        train(ElementwiseOperations.copy(copy.name(), reals.buffer(), copy));
        return copy;
    }
}
