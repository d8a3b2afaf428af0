/**
 * The command line: one class a command, and what commands share. Reports go to standard output, all else to standard
 * error; what a command does is the library's work.
 */
package io.github.bitgrad.cli;
