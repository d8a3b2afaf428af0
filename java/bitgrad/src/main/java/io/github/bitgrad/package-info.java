/**
 * What all packages of the library share: its exception, how choices are described, and how they are found by name.
 * Training begins at {@link io.github.bitgrad.train.Trainer#of}.
 */
package io.github.bitgrad;
