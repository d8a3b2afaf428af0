/**
 * Kernels of the native library. A class for each of its folders makes calls: it checks the type, shape, length and
 * alignment of all operands once, so that a wrong argument is an exception and never a crash, and returns an object
 * that runs the kernel. Running allocates nothing, and is refused where the memory of an operand was freed.
 */
package io.github.bitgrad.kernel;
