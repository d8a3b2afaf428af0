/** Archives in which data sets are distributed. */
package io.github.bitgrad.archive;
