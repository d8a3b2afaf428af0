package io.github.bitgrad.algorithm;

import static io.github.bitgrad.tensor.ElementType.FLOAT32;
import static io.github.bitgrad.tensor.ElementType.INT32;
import static io.github.bitgrad.tensor.ElementType.UINT8;

import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.Buffer.Life;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.optim.WeightUpdate;
import io.github.bitgrad.step.Operations;
import io.github.bitgrad.step.Program;
import io.github.bitgrad.step.TrainingClock;
import java.util.ArrayList;
import java.util.List;

/**
 * What the algorithms share: a step is all layers forward, the loss, and all layers backward, and what lies outside of
 * the layers is the same. A subclass adds the operations of its layers.
 */
abstract class Compiler {
    /**
     * A layer under compilation.
     *
     * @param name as {@code dense2}; the names of its buffers and operations begin with it
     * @param index from 0
     * @param layer its geometry
     */
    record Shape(String name, int index, Network.LayerShape layer) {
        /** Inputs of each channel. */
        long fanIn() {
            return layer.fanIn();
        }

        /** Outputs a pixel. */
        long channels() {
            return layer.channels();
        }
    }

    final Program program = new Program();
    final long batch;
    final Optimizer optimizer;
    final TrainingClock clock;
    final List<Shape> shapes = new ArrayList<>();
    final Buffer pixels;

    Compiler(Network network, int batch, Optimizer optimizer, TrainingClock clock) {
        this.batch = batch;
        this.optimizer = optimizer;
        this.clock = clock;
        pixels = program.buffer("input.pixels", Variable.X, UINT8, batch, network.input().values(), Life.INPUT);
        for (Network.LayerShape shape : network.shapes()) {
            String kind = network.layers().get(shapes.size()) instanceof Network.Dense ? "dense" : "conv";
            shapes.add(new Shape(kind + (shapes.size() + 1), shapes.size(), shape));
        }
    }

    /** The forward operations of all layers; returns the logits, float32 [batch, classes]. */
    abstract Buffer forward();

    /** The backward operations of all layers, from the gradient at the logits, float32 [batch, classes]. */
    abstract void backward(Buffer logitGradient);

    /** What the gradient of the summed loss is multiplied with before it goes backward. */
    abstract float lossScale();

    /** What is given random values. */
    abstract List<Buffer> weights();

    final CompiledNetwork compile() {
        Buffer logits = forward();
        Buffer labels = program.buffer("loss.labels", Variable.OTHER, INT32, 1, batch, Life.STEP);
        Buffer losses = program.buffer("loss.losses", Variable.OTHER, FLOAT32, 1, batch, Life.STEP);
        Buffer predictions = program.buffer("loss.predictions", Variable.OTHER, INT32, 1, batch, Life.STEP);
        Buffer gradient = program.temporary("loss.gradient", Variable.DXY, FLOAT32, batch, logits.columns());
        program.train(
                Operations.softmaxCrossEntropy("loss", logits, labels, lossScale(), gradient, losses, predictions));
        program.infer(Operations.softmaxCrossEntropy("loss", logits, labels, losses, predictions));
        backward(gradient);
        return new CompiledNetwork(program, pixels, labels, null, null, losses, predictions, weights());
    }

    /** The statistics, biases and running averages of a layer's batch normalisation, each float32 [1, channels]. */
    final class BatchNorm {
        final Buffer beta;
        final Buffer betaGradient;
        final Buffer mean;
        final Buffer deviation;
        final Buffer runningMean;
        final Buffer runningDeviation;
        private final String name;

        BatchNorm(Shape shape) {
            name = shape.name();
            beta = program.persistent(name + ".beta", Variable.OTHER, FLOAT32, 1, shape.channels());
            betaGradient = channels(".betaGradient");
            mean = channels(".mean");
            deviation = channels(".deviation");
            runningMean = program.persistent(name + ".runningMean", Variable.OTHER, FLOAT32, 1, shape.channels());
            runningDeviation = program.persistent(name + ".runningDeviation", Variable.OTHER, FLOAT32, 1,
                    shape.channels());
        }

        /** Another value a channel that lives within a step. */
        final Buffer channels(String suffix) {
            return program.temporary(name + suffix, Variable.OTHER, FLOAT32, 1, beta.columns());
        }

        /** Lets the running averages, which inference uses, follow the step's statistics. */
        void follow() {
            program.train(Operations.movingAverage(name + ".runningMean", mean, runningMean, clock));
            program.train(Operations.movingAverage(name + ".runningDeviation", deviation, runningDeviation, clock));
        }

        /** Updates the biases by the mean over the batch of their gradients, which are sums times the loss scale. */
        void update() {
            float scale = 1 / (batch * lossScale());
            program.train(optimizer.forBiases().update(program, new WeightUpdate(name + ".beta", beta, betaGradient,
                    scale, Float.POSITIVE_INFINITY, clock)));
        }
    }
}
