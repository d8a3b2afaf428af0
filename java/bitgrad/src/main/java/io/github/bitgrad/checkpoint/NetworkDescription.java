package io.github.bitgrad.checkpoint;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.model.Network;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A network in a file:
 *
 * <pre>
 * string name, int height, int width, int channels, int layers, each:
 *     string "dense", int units; or
 *     string "convolution", int channels, int kernel, int stride, string padding, int window, string place
 * </pre>
 */
final class NetworkDescription {
    private static final String DENSE = "dense";
    private static final String CONVOLUTION = "convolution";

    private NetworkDescription() {
    }

    static void write(DataOutputStream out, Network network) throws IOException {
        out.writeUTF(network.name());
        out.writeInt(network.input().height());
        out.writeInt(network.input().width());
        out.writeInt(network.input().channels());
        out.writeInt(network.layers().size());
        for (Network.Layer layer : network.layers()) {
            switch (layer) {
                case Network.Dense dense -> {
                    out.writeUTF(DENSE);
                    out.writeInt(dense.units());
                }
                case Network.Convolution convolution -> {
                    out.writeUTF(CONVOLUTION);
                    out.writeInt(convolution.channels());
                    out.writeInt(convolution.kernel());
                    out.writeInt(convolution.stride());
                    out.writeUTF(convolution.padding().name());
                    out.writeInt(convolution.pooling().size());
                    out.writeUTF(convolution.pooling().place().name());
                }
            }
        }
    }

    /** @throws IOException or IllegalArgumentException where there is no such description */
    static Network read(DataInputStream in) throws IOException {
        Network.Builder network =
                Network.sequential(in.readUTF(), new ImageShape(in.readInt(), in.readInt(), in.readInt()));
        for (int layers = in.readInt(); layers > 0; layers--) {
            network.layer(readLayer(in));
        }
        return network.build();
    }

    private static Network.Layer readLayer(DataInputStream in) throws IOException {
        String kind = in.readUTF();
        return switch (kind) {
            case DENSE -> new Network.Dense(in.readInt());
            case CONVOLUTION -> new Network.Convolution(in.readInt(), in.readInt(), in.readInt(),
                    Network.Padding.valueOf(in.readUTF()),
                    new Network.Pooling(in.readInt(), Network.Pooling.Place.valueOf(in.readUTF())));
            default -> throw new IOException("unknown layer " + kind);
        };
    }
}
