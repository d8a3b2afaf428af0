/**
 * The command line: one class for each command, and what the commands share. Reports go to standard output, and
 * everything else to standard error. The work itself is done by the library.
 */
package io.github.bitgrad.cli;
