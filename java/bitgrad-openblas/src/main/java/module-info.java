/**
 * OpenBLAS for standard training. This module has no code: the artifact brings in the JARs that contain the library,
 * and bitgrad reads it from them. Nothing needs to require this module.
 */
module io.github.bitgrad.openblas {
}
