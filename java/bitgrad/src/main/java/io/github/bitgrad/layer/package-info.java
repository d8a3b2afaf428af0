/** The kinds of layers, a file each: the shape of a layer's output, what it computes forward and in the way back, and its form in files. */
package io.github.bitgrad.layer;
