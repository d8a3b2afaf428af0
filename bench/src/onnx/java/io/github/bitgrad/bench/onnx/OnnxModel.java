package io.github.bitgrad.bench.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.BatchNorm;
import io.github.bitgrad.layer.BinaryConvolution;
import io.github.bitgrad.layer.Dense;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.MaxPool;
import io.github.bitgrad.layer.Sign;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.memory.MemoryPlan.Placement;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.train.Trainer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * A trained chain of layers as a file of ONNX with float32 weights of ±1. Its input is float32 [1, channels, height,
 * width] in [−1, 1]; its output is float32 [1, classes], the network's outputs.
 *
 * <p>
 * A file of ONNX is a message of Protocol Buffers; the numbers of fields are those of {@code onnx.proto}, version 8 of
 * the format with operators of version 13 ({@code ModelProto}, {@code GraphProto}, {@code NodeProto},
 * {@code AttributeProto}, {@code TensorProto}).
 */
final class OnnxModel {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final float UNITS_OF_PIXELS = 255;

    /** Writes the fields of a message. */
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private final Map<String, Buffer> buffers = new HashMap<>();
    private final ByteArrayOutputStream graph = new ByteArrayOutputStream();
    private final Network network;

    private OnnxModel(Trainer trainer) {
        network = trainer.settings().step().network();
        for (Placement placement : trainer.plan().placements()) {
            buffers.put(placement.buffer().name(), placement.buffer());
        }
    }

    /**
     * Converts a network whose statistics have been measured: one that was tested or saved after its last step.
     *
     * @param trainer has trained a chain of layers on bits
     */
    static byte[] of(Trainer trainer) {
        return new OnnxModel(trainer).bytes();
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.write(out);
            out.flush();
        } catch (IOException impossible) { // in memory
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static void put(CodedOutputStream out, int field, byte[] message) throws IOException {
        out.writeBytes(field, ByteString.copyFrom(message));
    }

    private byte[] bytes() {
        String last = Network.INPUT;
        ImageShape shape = network.input();
        for (Network.Node node : network.nodes()) {
            add(node, last, shape);
            last = node.name();
            shape = network.shapes().get(last);
        }
        String output = last;
        int classes = network.classes();
        ImageShape input = network.input();
        add("Reshape", "outputs", message(_ -> {
        }), output, tensor("outputs.shape", new long[] {1, classes}));
        byte[] body = message(out -> {
            out.writeRawBytes(graph.toByteArray());
            out.writeString(2, network.name());
            put(out, 11, value(Network.INPUT, 1, input.channels(), input.height(), input.width()));
            put(out, 12, value("outputs", 1, classes));
        });
        return message(out -> {
            out.writeInt64(1, 8); // the version of the format
            put(out, 7, body);
            put(out, 8, message(operators -> operators.writeInt64(2, 13)));
        });
    }

    private void add(Network.Node node, String input, ImageShape shape) {
        String name = node.name();
        Layer layer = node.layer();
        switch (layer) {
            case BinaryConvolution c -> convolve(name, input, shape, c);
            // a convolution with a kernel as large as the image
            case Dense dense -> convolve(name, input, shape, BinaryConvolution.of(dense.units())
                    .kernel(shape.height(), shape.width()));
            case MaxPool pool -> add("MaxPool", name, message(out -> {
                put(out, 5, integers("kernel_shape", pool.height(), pool.width()));
                put(out, 5, integers("strides", pool.height(), pool.width()));
            }), input);
            case BatchNorm _ -> normalise(name, input, shape.channels());
            case Sign _ -> add("Sign", name, message(_ -> {
            }), input);
            default -> throw new IllegalArgumentException("There is no operator for %s.".formatted(layer));
        }
    }

    private void convolve(String name, String input, ImageShape shape, BinaryConvolution c) {
        int taps = c.kernelHeight() * c.kernelWidth();
        float[] weights = new float[c.channels() * taps * shape.channels()];
        for (int n = 0; n < c.channels(); n++) {
            for (int tap = 0; tap < taps; tap++) {
                for (int channel = 0; channel < shape.channels(); channel++) {
                    // a dense layer has its pixels in one row
                    long index = ((long) n * taps + tap) * shape.channels() + channel;
                    weights[(n * shape.channels() + channel) * taps + tap] = sign(name, index);
                }
            }
        }
        add("Conv", name, message(out -> {
            put(out, 5, integers("kernel_shape", c.kernelHeight(), c.kernelWidth()));
            put(out, 5, integers("strides", c.strideHeight(), c.strideWidth()));
            put(out, 5, integers("pads", c.paddingHeight(), c.paddingWidth(), c.paddingHeight(), c.paddingWidth()));
        }), input, tensor(name + ".weights", weights, c.channels(), shape.channels(), c.kernelHeight(),
                c.kernelWidth()));
    }

    private float sign(String name, long index) {
        Buffer weights = buffers.get(name + ".weights");
        double weight = switch (weights.type()) {
            case FLOAT16 -> Float.float16ToFloat(weights.segment().getAtIndex(ValueLayout.JAVA_SHORT, index));
            case INT8 -> weights.segment().get(ValueLayout.JAVA_BYTE, index);
            default -> throw new IllegalArgumentException("%s are no weights of bits.".formatted(weights));
        };
        return weight < 0 ? -1 : 1;
    }

    /** x = (y − mean) / deviation + β, of sums y that the first layer has in units of 1/255. */
    private void normalise(String name, String input, int channels) {
        String block = name.split("\\.", 2)[0];
        float unit = block.equals(network.nodes().getFirst().name()) ? UNITS_OF_PIXELS : 1;
        float[] scale = new float[channels];
        float[] mean = new float[channels];
        float[] variance = new float[channels];
        for (int c = 0; c < channels; c++) {
            scale[c] = 1;
            mean[c] = number(block + ".runningMean", c) / unit;
            float deviation = number(block + ".runningDeviation", c) / unit;
            variance[c] = deviation * deviation;
        }
        add("BatchNormalization", name, message(out -> put(out, 5, message(attribute -> {
            attribute.writeString(1, "epsilon");
            attribute.writeFloat(2, 0);
            attribute.writeInt32(20, 1); // the type FLOAT
        }))), input, tensor(name + ".scale", scale, channels), tensor(name + ".beta", numbers(block + ".beta",
                channels), channels), tensor(name + ".mean", mean, channels),
                tensor(name + ".variance", variance, channels));
    }

    private float number(String name, long index) {
        Buffer buffer = buffers.get(name);
        return switch (buffer.type()) {
            case FLOAT32 -> buffer.segment().getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case FLOAT16 -> Float.float16ToFloat(buffer.segment().getAtIndex(ValueLayout.JAVA_SHORT, index));
            default -> throw new IllegalArgumentException("%s are no real numbers.".formatted(buffer));
        };
    }

    private float[] numbers(String name, int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = number(name, i);
        }
        return numbers;
    }

    /** An operator with one output, which has the name of the node. */
    private void add(String operator, String name, byte[] attributes, String... inputs) {
        append(1, message(out -> {
            for (String input : inputs) {
                out.writeString(1, input);
            }
            out.writeString(2, name);
            out.writeString(3, name);
            out.writeString(4, operator);
            out.writeRawBytes(attributes);
        }));
    }

    private void append(int field, byte[] message) {
        graph.writeBytes(message(out -> put(out, field, message)));
    }

    private static byte[] integers(String name, long... values) {
        return message(out -> {
            out.writeString(1, name);
            for (long value : values) {
                out.writeInt64(8, value);
            }
            out.writeInt32(20, 7); // the type INTS
        });
    }

    /** Adds a constant, and returns its name. */
    private String tensor(String name, float[] values, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor(name, FLOAT, bytes.array(), sizes);
    }

    private String tensor(String name, long[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return tensor(name, INT64, bytes.array(), values.length);
    }

    private String tensor(String name, int type, byte[] values, long... sizes) {
        append(5, message(out -> {
            for (long size : sizes) {
                out.writeInt64(1, size);
            }
            out.writeInt32(2, type);
            out.writeString(8, name);
            put(out, 9, values);
        }));
        return name;
    }

    /** The description of an input or output of the graph. */
    private static byte[] value(String name, long... sizes) {
        byte[] shape = message(out -> {
            for (long size : sizes) {
                put(out, 1, message(dimension -> dimension.writeInt64(1, size)));
            }
        });
        byte[] tensor = message(out -> {
            out.writeInt32(1, FLOAT);
            put(out, 2, shape);
        });
        return message(out -> {
            out.writeString(1, name);
            put(out, 2, message(type -> put(type, 1, tensor)));
        });
    }
}
