/**
 * Numbers: tables (CSV), time series, and streams of sensors, which networks learn from as bytes.
 *
 * {@snippet :
 * try (TrainAndTest flowers = Datasets.open("iris.csv");
 *         Trainer trainer = Trainer.suiting(flowers.train()).build()) {
 *     trainer.train(flowers.train());
 *     trainer.save(Path.of("iris.bitgrad"));
 * }
 * try (Classifier classifier = Classifier.load(Path.of("iris.bitgrad"))) {
 *     byte[] bytes = classifier.preprocessing().orElseThrow().bytes(new float[]{5.1f, 3.5f, 1.4f, 0.2f});
 *     int label = classifier.classify(MemorySegment.ofArray(bytes));
 *     System.out.println(classifier.classNames().get(label));
 * }
 * }
 *
 * <p>
 * Time series are read from {@code NAME_TRAIN.ts} and {@code NAME_TEST.ts}, and windows of a stream from a table whose
 * lines are steps in time:
 *
 * {@snippet :
 * Datasets.open("watch.csv", ReadingOptions.NONE.with(ReadingOptions.WINDOW, 100).with(ReadingOptions.HOP, 50));
 * }
 */
package io.github.bitgrad.formats.table;
