/**
 * The native side of bitgrad: the classes that jextract generates from C headers, and the loader of the native
 * libraries. This is the only module that needs native access.
 */
module io.github.bitgrad.bindings {
    exports io.github.bitgrad.bindings;
    exports io.github.bitgrad.bindings.cblas;
    exports io.github.bitgrad.bindings.kernels;
}
