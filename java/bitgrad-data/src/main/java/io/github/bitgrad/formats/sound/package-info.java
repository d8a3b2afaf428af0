/**
 * Sounds: recordings in WAV files, which networks take as log-mel pictures.
 *
 * {@snippet :
 * try (TrainAndTest words = Datasets.open("words"); // holds yes/1.wav, yes/2.wav, no/1.wav, …
 *         Trainer trainer = Trainer.suiting(words.train()).build()) {
 *     trainer.train(words.train());
 *     trainer.save(Path.of("words.bitgrad"));
 * }
 * }
 *
 * <p>
 * Long recordings are cut into windows, here of one second, of which two begin in each second:
 *
 * {@snippet :
 * Datasets.open("streets", ReadingOptions.NONE.with(ReadingOptions.WINDOW, 1).with(ReadingOptions.HOP, 0.5));
 * }
 */
package io.github.bitgrad.formats.sound;
