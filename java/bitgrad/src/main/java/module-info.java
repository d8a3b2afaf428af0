/** Training binary neural networks with packed bits. */
module io.github.bitgrad {
    requires io.github.bitgrad.bindings;

    uses io.github.bitgrad.data.FolderFormat;

    exports io.github.bitgrad;
    exports io.github.bitgrad.algorithm;
    exports io.github.bitgrad.checkpoint;
    exports io.github.bitgrad.compile;
    exports io.github.bitgrad.data;
    exports io.github.bitgrad.infer;
    exports io.github.bitgrad.kernel;
    exports io.github.bitgrad.layer;
    exports io.github.bitgrad.memory;
    exports io.github.bitgrad.model;
    exports io.github.bitgrad.optim;
    exports io.github.bitgrad.step;
    exports io.github.bitgrad.tensor;
    exports io.github.bitgrad.train;

    uses io.github.bitgrad.compile.Loss;
    uses io.github.bitgrad.layer.LayerKind;
}
