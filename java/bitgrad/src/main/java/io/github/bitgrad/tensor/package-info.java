/** Element types, and the geometry of convolutions and of max pooling. */
package io.github.bitgrad.tensor;
