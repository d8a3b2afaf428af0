/** The benchmark kit: runs the benchmarks on a machine, and reports what they measured there. */
package io.github.bitgrad.bench.kit;
