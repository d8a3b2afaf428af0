/** How weights follow their gradients: optimizers, and the schedules of their learning rate. */
package io.github.bitgrad.optim;
