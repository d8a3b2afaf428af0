package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Form;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.compile.StepBuilder;
import io.github.bitgrad.compile.TileWidths;
import io.github.bitgrad.compile.Value;
import io.github.bitgrad.compile.Want;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.step.ElementwiseOperations;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ElementType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Compiles a network into the operations of a step: all nodes forward in their order, then the loss, then all nodes
 * backward in reverse order. The layer of a node says what the node computes, and the policy says how its values are
 * stored.
 */
public final class Compiler {
    /**
     * A little memory above the least saves the most time. By default a step may take an eleventh of the least memory
     * in addition.
     */
    private static final long SPARE = 11;

    /**
     * By default, a step has buffers for the next batch if they take at most a twentieth of the least memory. In an MLP
     * they would take more.
     */
    private static final long STAGING_SPARE = 20;

    /** A node whose forward pass has been compiled. */
    private record Compiled(Edge output, Layer.Backward backward) {
    }

    private final TrainedPart part;
    private final Network network;
    private final Loss loss;
    private final StepBuilder step;
    private final Program program;
    private final Map<String, Edge> edges = new LinkedHashMap<>();
    private final Map<String, ImageShape> shapes;
    /** What the frozen nodes give to the trained ones, if that is one matrix of signs. */
    private Optional<CompiledNetwork.FrozenSigns> frozenSigns = Optional.empty();

    private Compiler(TrainedPart part, Loss loss, StepBuilder step) {
        this.part = part;
        this.network = part.network();
        this.loss = loss;
        this.step = step;
        program = step.program();
        shapes = network.shapes();
    }

    /**
     * Compiles a network. The result has no memory for its buffers yet.
     *
     * @param part the network, and which part of it is trained
     * @param batch the number of images that the trained part takes at a time, at least one
     * @param optimizer what updates the weights; its numbers should suit the policy's kind of weight gradients
     * @param policy how values are stored
     * @param loss what training minimises
     * @param memory the number of bytes that the peak of the memory plan may reach. More memory makes a step faster, up
     *            to a limit. If the network needs more than this number, the plan takes the least that is possible;
     *            {@link TileWidths#LEAST_MEMORY} always asks for the least. Results do not depend on this parameter
     * @param clock tells the operations the number of the step and the learning rate
     * @throws IllegalArgumentException if a layer does not support the policy or its inputs; the message says what to
     *             do
     */
    public static CompiledNetwork compile(TrainedPart part, int batch, Optimizer optimizer, Policy policy, Loss loss,
            long memory, TrainingClock clock) {
        CompiledNetwork compiled = compileTiled(part, batch, optimizer, policy, loss, memory, clock);
        return memory == TileWidths.LEAST_MEMORY ? compiled : compiled.stagedWithin(memory);
    }

    private static CompiledNetwork compileTiled(TrainedPart part, int batch, Optimizer optimizer, Policy policy,
            Loss loss, long memory, TrainingClock clock) {
        Function<TileWidths, CompiledNetwork> compile = widths -> new Compiler(part, loss,
                StepBuilder.begin(batch, policy, optimizer, widths, clock)).compile();
        return policy.tiled() ? TileWidths.widest(compile, memory) : compile.apply(TileWidths.whole());
    }

    /**
     * Compiles a network as {@link #compile(TrainedPart, int, Optimizer, Policy, Loss, long, TrainingClock)} does, with
     * little more memory than the least that it needs.
     */
    public static CompiledNetwork compile(TrainedPart part, int batch, Optimizer optimizer, Policy policy, Loss loss,
            TrainingClock clock) {
        long least = compile(part, batch, optimizer, policy, loss, TileWidths.LEAST_MEMORY, clock).program()
                .plan().peakBytes();
        long memory = least + least / SPARE;
        CompiledNetwork compiled = compileTiled(part, batch, optimizer, policy, loss, memory, clock);
        long staged = compiled.program().plan().peakBytes() + least / STAGING_SPARE;
        return compiled.stagedWithin(Math.min(memory, staged));
    }

    /**
     * Compiles a network that is only used, not trained. The result has no memory for its buffers yet.
     *
     * @param network the network
     * @param batch the number of images that it takes at a time, at least one
     * @param products what computed the products in training
     * @param loss what training minimised; it says which class is predicted
     * @throws IllegalArgumentException if a layer does not support the products or its inputs; the message says what to
     *             do
     */
    public static CompiledNetwork compileInference(Network network, int batch, Products products, Loss loss) {
        return new Compiler(TrainedPart.whole(network), loss, StepBuilder.beginInference(batch, products)).compile();
    }

    private CompiledNetwork compile() {
        Buffer pixels = program.buffer("input.pixels", Variable.X, UINT8, step.batch() - part.replayed(),
                network.input().values(), Life.INPUT);
        edges.put(Network.INPUT, edge(Network.INPUT, new Value.Pixels(pixels), false));
        Map<String, Compiled> compiled = new LinkedHashMap<>();
        part.frozenNodes().forEach(this::frozen);
        network.nodes().subList(part.frozen(), network.nodes().size())
                .forEach(node -> compiled.put(node.name(), forward(node)));

        String last = network.nodes().getLast().name();
        Loss.Targets targets = new Loss.Targets(image("loss.labels", INT32), image("loss.losses", FLOAT32),
                image("loss.predictions", INT32));
        StepBuilder ofLoss = step.node("loss");
        Buffer outputs = ofLoss.reals(edges.get(last)).whole(Want.KEPT).values().buffer();
        if (outputs.type() != FLOAT32) {
            throw new IllegalArgumentException(
                    "Network %s ends with %s, which gives sums of integers; put batch normalisation after it."
                            .formatted(network.name(), last));
        }
        Buffer kept = keep(outputs);
        program.endForward();
        Buffer gradient = loss.compile(ofLoss, outputs, targets);
        if (!step.inferenceOnly()) {
            edges.get(last).gradient(ChannelSource.of(gradient));
            compiled.entrySet().stream().toList().reversed().forEach(node -> backward(node.getKey(), node.getValue()));
        }
        return new CompiledNetwork(program, new CompiledNetwork.Batch(pixels, targets.labels(), frozenSigns),
                Optional.empty(), targets.losses(), kept, targets.predictions(), step.parameters(), step.refusals());
    }

    /** A copy of the outputs that the loss cannot change. Only inference makes it, so a training step has none. */
    private Buffer keep(Buffer outputs) {
        Buffer kept = program.buffer("outputs", Variable.OTHER, FLOAT32, outputs.rows(), outputs.columns(),
                Life.RESULT);
        step.infer(ElementwiseOperations.copy(kept.name(), outputs, kept));
        return kept;
    }

    private Buffer image(String name, ElementType type) {
        return program.buffer(name, Variable.OTHER, type, 1, step.batch(), Life.STEP);
    }

    private Edge edge(String name, Value value, boolean needsGradient) {
        return new Edge(name, shapes.get(name), value, edges.size(), network.consumers(name), needsGradient);
    }

    private Compiled forward(Network.Node node) {
        List<Edge> inputs = node.inputs().stream().map(edges::get).toList();
        int learned = step.parameters().size();
        Layer.Forward forward = node.layer().compile(step.node(node.name()), inputs);
        boolean learns = step.parameters().size() > learned || inputs.stream().anyMatch(Edge::needsGradient);
        Edge output = edge(node.name(), forward.value(), learns);
        edges.put(node.name(), output);
        return new Compiled(output, forward.backward());
    }

    /** Compiles a node that is only used. The last ones give their output in a form that does not depend on tiles. */
    private void frozen(Network.Node node) {
        StepBuilder builder = step.frozenNode(node.name(), step.batch() - part.replayed());
        List<Edge> inputs = node.inputs().stream().map(edges::get).toList();
        Value value = node.layer().compile(builder, inputs).value();
        if (part.isBoundary(node)) {
            value = switch (value) {
                case Value.PackedSigns signs -> {
                    Buffer all = behindFrozen(builder, signs.bits());
                    yield new Value.PackedSigns(all, all);
                }
                case Value.SignsOfReals(Buffer reals) -> new Value.SignsOfReals(behindFrozen(builder, reals));
                case Value.Reals(ChannelSource source) -> {
                    Form.Values reals = source.whole(Want.REAL).values();
                    source.finish();
                    yield new Value.Reals(ChannelSource.of(reals));
                }
                case Value.Pixels pixels -> pixels;
                case Value.ScaledSums _ -> throw new IllegalArgumentException(
                        ("%s has scaled weights and cannot be frozen without the batch normalisation behind it; freeze "
                                + "fewer or more products.").formatted(node.name()));
            };
        }
        edges.put(node.name(), edge(node.name(), value, false));
    }

    /**
     * The signs that a frozen node gives to trained ones. Where they are all that trained nodes take, those of replayed
     * images come after them.
     */
    private Buffer behindFrozen(StepBuilder builder, Buffer signs) {
        if (part.boundaries().size() != 1) {
            return signs;
        }
        if (part.replayed() == 0) {
            frozenSigns = Optional.of(new CompiledNetwork.FrozenSigns(signs, Optional.empty()));
            return signs;
        }
        long rows = signs.rows() / builder.batch();
        Buffer all = program.buffer(builder.name(".frozenSigns"), Variable.X, signs.type(), step.batch() * rows,
                signs.columns(), Life.STEP);
        builder.infer(ElementwiseOperations.copy(all.name(), signs, all.rows(0, signs.rows())));
        frozenSigns = Optional.of(
                new CompiledNetwork.FrozenSigns(all, Optional.of(all.rows(signs.rows(), all.rows()))));
        return all;
    }

    private void backward(String name, Compiled node) {
        if (node.output().needsGradient()) {
            node.backward().from(node.output().gradient(step.node(name)));
        }
    }
}
