/**
 * Calls into native code, checked: every operand's length and alignment is verified before each call, so that a wrong
 * argument is an exception and never a crash. Nothing here allocates.
 */
package io.github.bitgrad.kernel;
