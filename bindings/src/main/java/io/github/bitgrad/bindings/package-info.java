/** The loader of the native libraries, and the properties of the machine that it depends on. */
package io.github.bitgrad.bindings;
