/** Inference: classifying images with a trained network. */
package io.github.bitgrad.infer;
