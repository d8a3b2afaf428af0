/**
 * What all of the library shares: its exception, and how names are found. Training begins at
 * {@link io.github.bitgrad.train.Trainer#of}.
 */
package io.github.bitgrad;
