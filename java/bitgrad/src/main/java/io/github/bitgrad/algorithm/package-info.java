/**
 * Training algorithms: each compiles a network, a batch size and an optimizer into a
 * {@link io.github.bitgrad.step.Program}, and says what the paper's accounting makes of it.
 */
package io.github.bitgrad.algorithm;
