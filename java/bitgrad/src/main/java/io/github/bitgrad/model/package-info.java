/** What a network is made of, as a description: compiling it is an algorithm's work. */
package io.github.bitgrad.model;
