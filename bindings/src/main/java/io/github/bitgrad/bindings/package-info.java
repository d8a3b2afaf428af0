/** The one loader of native libraries. */
package io.github.bitgrad.bindings;
