/**
 * What a layer uses when it is compiled: the builder of the step, the values between nodes, and the policy that says
 * how values are stored. A layer, in the library or in a program of your own, needs only this package and the factories
 * of operations in {@link io.github.bitgrad.step}.
 */
package io.github.bitgrad.compile;
