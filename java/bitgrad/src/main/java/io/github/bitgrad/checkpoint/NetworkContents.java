package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.memory.Buffer;
import io.github.bitgrad.model.Network;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What the file of a trained network contains, which {@link Checkpoint} reads.
 *
 * @param origin how the network was trained
 * @param meaning what its input and its outputs stand for
 * @param learned the buffers that inference reads, in the order in which it reads them
 * @param latent the latent weights; empty if the file is only for inference
 */
public record NetworkContents(Network network, Checkpoint.Origin origin, Meaning meaning, List<Buffer> learned,
        List<Buffer> latent) {
    /**
     * Writes the file. An existing file is replaced in one moment, when the new file is completely on the disk. Until
     * then, and if anything fails, it stays as it was. A file that the system does not let anybody replace is
     * overwritten, while a complete copy is kept.
     *
     * @throws BitgradException if the file cannot be written
     */
    public void save(Path file) {
        FileKind.NETWORK.write(file, this::write);
    }

    /** Writes all bytes of the file. */
    void writeAll(OutputStream stream) throws IOException {
        FileKind.NETWORK.writeAll(stream, this::write);
    }

    private void write(DataOutputStream out) throws IOException {
        NetworkDescription.write(out, network);
        out.writeUTF(origin.algorithm());
        out.writeUTF(origin.products().name().toLowerCase(Locale.ROOT));
        out.writeUTF(origin.optimizer());
        out.writeUTF(origin.loss().name());
        meaning.write(out);
        BufferContents.write(out, learned);
        BufferContents.write(out, latent);
    }
}
