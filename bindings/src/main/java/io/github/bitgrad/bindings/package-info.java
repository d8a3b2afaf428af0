/** The one loader of native libraries, and what it knows of the machine. */
package io.github.bitgrad.bindings;
