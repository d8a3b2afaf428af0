/**
 * A training step as data: a list of operations on buffers, compiled once, run many times. Operations know the buffers
 * that they use, which gives the memory plan its lifetimes, and are run in ranges that do not depend on the number of
 * threads, which keeps results the same on any number of them.
 */
package io.github.bitgrad.step;
