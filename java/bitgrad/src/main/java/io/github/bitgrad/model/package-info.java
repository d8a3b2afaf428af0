/**
 * Networks as descriptions, without weights and without memory. Package {@link io.github.bitgrad.algorithm} compiles
 * them.
 */
package io.github.bitgrad.model;
