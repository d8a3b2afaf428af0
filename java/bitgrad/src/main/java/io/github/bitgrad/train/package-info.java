/** Training: batches from a data set, steps of a compiled network, and what is told of them. */
package io.github.bitgrad.train;
