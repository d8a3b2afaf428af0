package io.github.bitgrad.formats.table;

import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Dataset;

/** Makes data sets of time series. */
final class SeriesData {
    private SeriesData() {
    }

    /** @throws io.github.bitgrad.BitgradException if a series does not fit the preprocessing */
    static Dataset dataset(SeriesSamples samples, SeriesPreprocessing preprocessing) {
        preprocessing.requireFitting(samples);
        DataDescription description = DataDescription
                .of(samples.name(), preprocessing.shape(), samples.classNames()).with(preprocessing)
                .with(new NumberNoise(preprocessing.bytesOfNumber()));
        return Dataset.of(description, samples.samples().stream().map(preprocessing::bytes).toArray(byte[][]::new),
                samples.labels());
    }
}
