import io.github.bitgrad.compile.Loss;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.layer.LayerKind;

/**
 * Training binary neural networks with packed bits. The packages {@code kernel} (native calls), {@code archive} (files
 * in archives), {@code checkpoint} (file formats) and {@code evaluate} (what {@code Classifier} and {@code Trainer} have
 * in common) are not exported, so they can change without notice.
 */
module io.github.bitgrad {
    requires io.github.bitgrad.bindings;

    exports io.github.bitgrad;
    exports io.github.bitgrad.algorithm;
    exports io.github.bitgrad.compile;
    exports io.github.bitgrad.data;
    exports io.github.bitgrad.infer;
    exports io.github.bitgrad.layer;
    exports io.github.bitgrad.memory;
    exports io.github.bitgrad.model;
    exports io.github.bitgrad.optim;
    exports io.github.bitgrad.step;
    exports io.github.bitgrad.tensor;
    exports io.github.bitgrad.train;

    uses FolderFormat;
    uses LayerKind;
    uses Loss;
}
