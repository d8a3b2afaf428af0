/**
 * What is used of OpenBLAS's {@code cblas.h}, as jextract sees it. Nothing is checked here, so a wrong argument can end
 * the process; {@link io.github.bitgrad.bindings.NativeLibraries#loadOpenBlas()} comes before the first call.
 */
package io.github.bitgrad.bindings.cblas;
