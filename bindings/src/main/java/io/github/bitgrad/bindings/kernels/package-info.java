/**
 * {@code bitgrad.h} as jextract sees it: one static method a function, one a constant. Nothing is checked here, so a
 * wrong argument can end the process; {@link io.github.bitgrad.bindings.NativeLibraries#load()} comes before the first
 * call.
 */
package io.github.bitgrad.bindings.kernels;
