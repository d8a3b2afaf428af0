package example;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A data format of a user's that is given where data is opened: a line for each image, its label and its pixels. */
record CsvFolder(ImageShape shape, int classes) implements FolderFormat {
    @Override
    public String files() {
        return "train.csv and test.csv";
    }

    @Override
    public boolean isIn(Path folder) {
        return Files.exists(file(folder, Split.TRAIN)) || Files.exists(file(folder, Split.TEST));
    }

    static Path file(Path folder, Split split) {
        return folder.resolve(split.toString().toLowerCase(Locale.ROOT) + ".csv");
    }

    @Override
    public Dataset read(Path folder, Split split, ReadingOptions options) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file(folder, split));
        } catch (IOException failure) {
            throw new BitgradException("%s cannot be read.".formatted(file(folder, split)), failure);
        }
        return Dataset.create(folder.toString(), shape, classes, lines.size(), (images, labels) -> {
            for (int image = 0; image < lines.size(); image++) {
                String[] numbers = lines.get(image).split(",");
                labels.set(image, Integer.parseInt(numbers[0]));
                for (int pixel = 0; pixel < shape.values(); pixel++) {
                    images.set(ValueLayout.JAVA_BYTE, (long) image * shape.values() + pixel,
                            (byte) Integer.parseInt(numbers[1 + pixel]));
                }
            }
        });
    }
}
