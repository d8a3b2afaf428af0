/** What operands are made of: element types and how they lie in memory. */
package io.github.bitgrad.tensor;
