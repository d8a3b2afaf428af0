/**
 * Pictures: photographs and drawings in files, which a network takes at one size.
 *
 * {@snippet :
 * try (TrainAndTest flowers = Datasets.open("flowers"); // holds train/rose/1.jpg, train/tulip/1.jpg, test/rose/1.jpg, …
 *         Trainer trainer = Trainer.of(Models.CNV.build(flowers.train())).build()) {
 *     trainer.train(flowers.train());
 *     trainer.save(Path.of("flowers.bitgrad"));
 * }
 * }
 */
package io.github.bitgrad.formats.picture;
