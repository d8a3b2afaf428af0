/**
 * What all packages of the library share: the exception, the description of choices, and the search for choices by
 * name. Training begins at {@link io.github.bitgrad.train.Trainer#of}.
 */
package io.github.bitgrad;
