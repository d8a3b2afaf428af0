/**
 * The native side of bitgrad: what jextract makes of its headers, and the loader of its libraries. It is this module
 * that needs native access.
 */
module io.github.bitgrad.bindings {
    exports io.github.bitgrad.bindings;
    exports io.github.bitgrad.bindings.cblas;
    exports io.github.bitgrad.bindings.kernels;
}
