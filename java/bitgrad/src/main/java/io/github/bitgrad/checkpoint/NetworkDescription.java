package io.github.bitgrad.checkpoint;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.Numbers;
import io.github.bitgrad.model.Network;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A network in a file:
 *
 * <pre>
 * string name, int height, int width, int channels, int nodes, each:
 *     string name, string layer kind
 *     int    inputs,  each: string name of an earlier node, or "input"
 *     int    numbers, each: string name, double number
 * </pre>
 *
 * Before networks were graphs, files had:
 *
 * <pre>
 * string name, int height, int width, int channels, int layers, each:
 *     string "dense", int units; or
 *     string "convolution", int channels, int kernel, int stride, string padding, int window, string place
 * </pre>
 */
final class NetworkDescription {
    private NetworkDescription() {
    }

    static void write(DataOutputStream out, Network network) throws IOException {
        out.writeUTF(network.name());
        out.writeInt(network.input().height());
        out.writeInt(network.input().width());
        out.writeInt(network.input().channels());
        out.writeInt(network.nodes().size());
        for (Network.Node node : network.nodes()) {
            out.writeUTF(node.name());
            out.writeUTF(node.layer().kind().name());
            out.writeInt(node.inputs().size());
            for (String input : node.inputs()) {
                out.writeUTF(input);
            }
            Map<String, Double> numbers = node.layer().numbers().byName();
            out.writeInt(numbers.size());
            for (Map.Entry<String, Double> number : numbers.entrySet()) {
                out.writeUTF(number.getKey());
                out.writeDouble(number.getValue());
            }
        }
    }

    /** @throws IOException or IllegalArgumentException where there is no such description */
    static Network read(DataInputStream in, Extensions extensions) throws IOException {
        Network.Graph network = Network.graph(in.readUTF(), readShape(in));
        for (int nodes = in.readInt(); nodes > 0; nodes--) {
            String name = in.readUTF();
            String kind = in.readUTF();
            List<String> inputs = new ArrayList<>();
            for (int count = in.readInt(); count > 0; count--) {
                inputs.add(in.readUTF());
            }
            Numbers numbers = Numbers.NONE;
            for (int count = in.readInt(); count > 0; count--) {
                numbers = numbers.and(in.readUTF(), in.readDouble());
            }
            Layer layer = extensions.kind(kind).layer(numbers);
            network.node(name, layer, inputs.toArray(String[]::new));
        }
        return network.build();
    }

    private static ImageShape readShape(DataInputStream in) throws IOException {
        return new ImageShape(in.readInt(), in.readInt(), in.readInt());
    }

    /** The same of a file from before networks were graphs. */
    static Network readSequential(DataInputStream in) throws IOException {
        Network.Sequential network = Network.sequential(in.readUTF(), readShape(in));
        for (int layers = in.readInt(); layers > 0; layers--) {
            String kind = in.readUTF();
            switch (kind) {
                case "dense" -> network.dense(in.readInt());
                case "convolution" -> readConvolution(in, network);
                default -> throw new IOException("unknown layer " + kind);
            }
        }
        return network.build();
    }

    private static void readConvolution(DataInputStream in, Network.Sequential network) throws IOException {
        int channels = in.readInt();
        int kernel = in.readInt();
        int stride = in.readInt();
        network.binaryConv(channels, kernel, Network.Padding.valueOf(in.readUTF()), stride);
        int window = in.readInt();
        Network.Place place = Network.Place.valueOf(in.readUTF());
        if (window > 1) {
            network.maxPool(window, place);
        }
    }
}
