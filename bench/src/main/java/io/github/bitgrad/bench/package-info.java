/** JMH head-to-heads. */
package io.github.bitgrad.bench;
