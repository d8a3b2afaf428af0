/** Benchmarks with JMH, most of them beside OpenBLAS. */
package io.github.bitgrad.bench;
