/**
 * The memory plan: every buffer of a step with its lifetime and its offset in one arena. The plan's peak is the arena's
 * size, so what is reported is what is used.
 */
package io.github.bitgrad.memory;
