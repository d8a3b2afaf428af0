/** Trained networks in files: what inference reads, written whole or not at all. */
package io.github.bitgrad.checkpoint;
