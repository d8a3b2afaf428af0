package io.github.bitgrad.cli;

import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.ReadingOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say which data a command reads, and how. */
final class DataOptions {
    @Option(names = "--data", paramLabel = "PATH", description = "Folder or file with the data: MNIST's or CIFAR-10's "
            + "files, or a folder of pictures or recordings (WAV) for each class, or a table (FILE.csv), or time series "
            + "(NAME_TRAIN.ts and NAME_TEST.ts); or " + Datasets.DEMO + " for digits that bitgrad draws itself.")
    private String data;

    @Mixin
    private HowToRead howToRead;

    /** Whether data was named. */
    boolean isGiven() {
        return data != null;
    }

    /** What is read: a folder or a file, or the demo. */
    String source() {
        return data == null ? Datasets.DEMO : data;
    }

    /** How it is to be read. */
    ReadingOptions reading() {
        return howToRead.options();
    }
}
