/** Trained networks, and trainings to be continued, in files: written whole or not at all. */
package io.github.bitgrad.checkpoint;
