/** Running compiled networks on images: what {@code Classifier} and {@code Trainer} have in common. Not exported. */
package io.github.bitgrad.evaluate;
