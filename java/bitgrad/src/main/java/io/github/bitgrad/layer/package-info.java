/**
 * The kinds of layers, one file each: the shape of a layer's output, its forward and backward pass, and its form in
 * files.
 */
package io.github.bitgrad.layer;
