/**
 * How weights follow their gradients: {@linkplain io.github.bitgrad.optim.Optimizer optimizers}, and the
 * {@linkplain io.github.bitgrad.optim.Schedule schedules} of their learning rate. Both are interfaces that anybody may
 * implement. {@link io.github.bitgrad.optim.Optimizers} knows the library's own by their names.
 */
package io.github.bitgrad.optim;
