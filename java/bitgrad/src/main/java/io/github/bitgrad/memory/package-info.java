/**
 * The memory plan: every buffer of a step with its lifetime and its offset in one arena. The arena is exactly as large
 * as the plan's peak, so the reported memory is the memory that is used.
 */
package io.github.bitgrad.memory;
