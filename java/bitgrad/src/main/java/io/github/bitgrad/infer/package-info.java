/** What a trained network is for: telling what an image shows. */
package io.github.bitgrad.infer;
