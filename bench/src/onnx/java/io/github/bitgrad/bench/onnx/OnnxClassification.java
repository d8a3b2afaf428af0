package io.github.bitgrad.bench.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.bitgrad.algorithm.Algorithm;
import io.github.bitgrad.bench.RandomPictures;
import io.github.bitgrad.bench.TimedBenchmark;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One picture, classified on one thread by bitgrad and by ONNX Runtime. Both have the network that was trained for a
 * few steps; ONNX Runtime computes it in float32, with all its optimisations. Before anything is timed, the outputs of
 * both are compared.
 */
public class OnnxClassification extends TimedBenchmark {
    private static final int CLASSES = 10;
    private static final int PICTURES = 40;
    private static final float TOLERANCE = 1e-2f;

    @Param({"mlp", "cnv", "binarynet"})
    String model;

    private Classifier classifier;
    private MemorySegment picture;
    private OrtEnvironment environment;
    private OrtSession session;
    private OnnxTensor input;

    /** For JMH. */
    public OnnxClassification() {
    }

    /** Trains the network and gives it to both. */
    @Setup
    public void prepare() throws IOException, OrtException {
        Network network = Models.named(model).usual();
        Path file = Files.createTempFile("bitgrad-bench", ".bitgrad");
        environment = OrtEnvironment.getEnvironment();
        try (Dataset pictures = RandomPictures.of(network, PICTURES);
                Trainer trainer = Trainer.of(network).algorithm(Algorithm.PROPOSED).batch(PICTURES / 4).epochs(1)
                        .threads(1).build();
                OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            trainer.train(pictures);
            trainer.save(file);
            classifier = Classifier.load(file);
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            session = environment.createSession(OnnxModel.of(trainer), options);
            for (int i = 0; i < PICTURES; i++) {
                picture = pictures.image(i);
                input = tensor(network.input());
                compare(classifier.logits(picture), outputs());
                if (i + 1 < PICTURES) {
                    input.close();
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private OnnxTensor tensor(ImageShape shape) throws OrtException {
        FloatBuffer values = FloatBuffer.allocate(shape.values());
        for (int channel = 0; channel < shape.channels(); channel++) {
            for (int pixel = 0; pixel < shape.height() * shape.width(); pixel++) {
                int value = picture.get(ValueLayout.JAVA_BYTE, (long) pixel * shape.channels() + channel) & 0xff;
                values.put((2 * value - 255) / 255f);
            }
        }
        return OnnxTensor.createTensor(environment, values.rewind(),
                new long[] {1, shape.channels(), shape.height(), shape.width()});
    }

    private float[] outputs() throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(Network.INPUT, input))) {
            return ((float[][]) result.get(0).getValue())[0];
        }
    }

    /** Sums that are close to a threshold may get another sign in float32, so a few outputs may differ a little more. */
    private static void compare(float[] expected, float[] found) {
        for (int i = 0; i < CLASSES; i++) {
            if (!(Math.abs(expected[i] - found[i]) <= TOLERANCE * Math.max(1, Math.abs(expected[i])))) {
                System.out.println("note: output %s is %s by bitgrad and %s by ONNX Runtime".formatted(i, expected[i],
                        found[i]));
            }
        }
    }

    /** bitgrad classifies the picture. */
    @Benchmark
    public int bitgrad() {
        return classifier.classify(picture);
    }

    /** ONNX Runtime computes the outputs for the picture, which it has as float32 already. */
    @Benchmark
    public Object onnxRuntime() throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(Network.INPUT, input))) {
            return result.get(0);
        }
    }

    /** Frees the memory. */
    @TearDown
    public void close() throws OrtException {
        input.close();
        session.close();
        classifier.close();
    }
}
