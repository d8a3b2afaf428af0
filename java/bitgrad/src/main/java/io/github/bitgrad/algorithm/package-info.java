/**
 * The compiler, which turns a network, a batch size, an optimizer and a policy into a
 * {@link io.github.bitgrad.step.Program}; the policies that have a name; and the paper's accounting of memory.
 */
package io.github.bitgrad.algorithm;
