/**
 * What layers are compiled with: the step under construction, the values between nodes, and the policy that says how each is
 * kept. A layer's file, here or in a program of your own, needs nothing else than this package and the factories of
 * {@link io.github.bitgrad.step}.
 */
package io.github.bitgrad.compile;
