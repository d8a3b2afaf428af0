package io.github.bitgrad.data;

/**
 * One sample of a data set with its class.
 *
 * @param bytes as many unsigned bytes as an image of the data set has values, height × width × channels
 * @param label its class, from 0
 */
public record Sample(byte[] bytes, int label) {
}
