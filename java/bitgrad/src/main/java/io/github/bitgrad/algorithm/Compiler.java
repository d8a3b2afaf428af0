package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.compile.ChannelSource;
import io.github.bitgrad.compile.CompiledNetwork;
import io.github.bitgrad.compile.Edge;
import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.compile.Policy;
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
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import io.github.bitgrad.tensor.ElementType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Compiles a network into the operations of a step: all nodes forward in their order, the loss, and all nodes backward in
 * reverse order. What a node computes is its layer's affair, and how it is kept is the policy's.
 */
public final class Compiler {
    /** The first few bytes above the least save the most time: an 11th of it more, unless told otherwise. */
    private static final long SPARE = 11;

    /** A node under compilation. */
    private record Compiled(Edge output, Layer.Backward backward) {
    }

    private final Network network;
    private final Loss loss;
    private final StepBuilder step;
    private final Program program;
    private final Map<String, Edge> edges = new LinkedHashMap<>();
    private final Map<String, ImageShape> shapes;

    private Compiler(Network network, Loss loss, StepBuilder step) {
        this.network = network;
        this.loss = loss;
        this.step = step;
        program = step.program();
        shapes = network.shapes();
    }

    /**
     * Compiles a network, which takes no memory for buffers yet.
     *
     * @param batch images in a step, at least one
     * @param optimizer what the weights follow their gradients by, as it suits the policy's kind of weight gradients
     * @param policy how values are kept
     * @param loss what is made small
     * @param memory bytes that the plan's peak may come to where there is a choice: more makes for a faster step, up to
     *            a point. Where the least is more, it is the least ({@link TileWidths#LEAST_MEMORY}). Results do not depend on
     *            it
     * @param clock tells the operations the step and the learning rate
     * @throws IllegalArgumentException where a layer cannot be compiled so
     */
    public static CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Policy policy, Loss loss,
            long memory, TrainingClock clock) {
        Function<TileWidths, CompiledNetwork> compile = widths -> new Compiler(network, loss,
                StepBuilder.begin(batch, policy, optimizer, widths, clock)).compile();
        CompiledNetwork compiled = policy.tiled()
                ? TileWidths.widest(compile, memory)
                : compile.apply(TileWidths.whole());
        return memory == TileWidths.LEAST_MEMORY ? compiled : compiled.stagedWithin(memory);
    }

    /** The same with little more memory than the least. */
    public static CompiledNetwork compile(Network network, int batch, Optimizer optimizer, Policy policy, Loss loss,
            TrainingClock clock) {
        long least = compile(network, batch, optimizer, policy, loss, TileWidths.LEAST_MEMORY, clock).program()
                .plan().peakBytes();
        return compile(network, batch, optimizer, policy, loss, least + least / SPARE, clock);
    }

    private CompiledNetwork compile() {
        Buffer pixels = program.buffer("input.pixels", Variable.X, UINT8, step.batch(), network.input().values(),
                Life.INPUT);
        edges.put(Network.INPUT, edge(Network.INPUT, new Value.Pixels(pixels), false));
        Map<String, Compiled> compiled = new LinkedHashMap<>();
        network.nodes().forEach(node -> compiled.put(node.name(), forward(node)));

        String last = network.nodes().getLast().name();
        Loss.Targets targets = new Loss.Targets(image("loss.labels", INT32), image("loss.losses", FLOAT32),
                image("loss.predictions", INT32));
        StepBuilder ofLoss = step.node("loss");
        Buffer outputs = ofLoss.reals(edges.get(last)).whole(Want.ANY).values().buffer();
        Buffer gradient = loss.compile(ofLoss, outputs, targets);
        edges.get(last).gradient(ChannelSource.of(gradient));
        compiled.entrySet().stream().toList().reversed().forEach(node -> backward(node.getKey(), node.getValue()));
        return new CompiledNetwork(program, new CompiledNetwork.Batch(pixels, targets.labels()), Optional.empty(),
                targets.losses(), targets.predictions(), step.parameters());
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

    private void backward(String name, Compiled node) {
        if (node.output().needsGradient()) {
            node.backward().from(node.output().gradient(step.node(name)));
        }
    }
}
