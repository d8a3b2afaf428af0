/**
 * Training. {@link io.github.bitgrad.train.Trainer#of} begins to describe a training, and a
 * {@link io.github.bitgrad.train.TrainerBuilder} collects its settings. A {@link io.github.bitgrad.train.Trainer} takes
 * batches from a data set, runs the steps of a compiled network, and tells a
 * {@link io.github.bitgrad.train.TrainingListener} how it goes. A {@link io.github.bitgrad.train.MemoryPlanner} decides
 * on settings that fit into a limit of memory.
 */
package io.github.bitgrad.train;
