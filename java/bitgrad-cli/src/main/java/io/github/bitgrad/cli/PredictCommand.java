package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.formats.picture.PicturePreprocessing;
import io.github.bitgrad.infer.Classifier;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitgrad predict}. */
@Command(name = "predict", description = "Classifies samples by a network that train --save has written.")
final class PredictCommand implements Runnable {
    /** In place of a file: the bytes of images come from standard input. */
    private static final String STANDARD_INPUT = "-";

    @Parameters(index = "0", paramLabel = "FILE", description = "File with the network.")
    private Path file;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "SAMPLE",
            description = "Files with samples such as those that the network was trained on: pictures (JPEG, PNG, GIF, "
                    + "BMP or WebP), which are cropped and scaled to the images of the network, or what else it was "
                    + "trained on. Or " + STANDARD_INPUT + " for the bytes of images on standard input, one image "
                    + "behind the other: row by row, with all channels of a pixel side by side.")
    private List<String> samples;

    @Option(names = "--top", paramLabel = "N", converter = PositiveInteger.class,
            description = "How many classes to report for each sample, the likeliest first.")
    private int top = 1;

    @Option(names = "--isa", paramLabel = "NAME", description = MachineOptions.ISA_DESCRIPTION)
    private String isa;

    @Mixin
    private Output output;

    @Override
    public void run() {
        MachineOptions.selectIsa(isa);
        try (Classifier classifier = Classifier.load(file)) {
            for (String sample : samples) {
                if (sample.equals(STANDARD_INPUT)) {
                    readStandardInput(classifier);
                } else {
                    for (Preprocessing.Input input : preprocessing(classifier).read(Path.of(sample))) {
                        report(classifier, input.name(), input.bytes());
                    }
                }
            }
        }
    }

    /** That of the network; without one, it was trained on images, and pictures are brought to their shape. */
    private static Preprocessing preprocessing(Classifier classifier) {
        return classifier.preprocessing().orElseGet(() -> {
            try {
                return new PicturePreprocessing(classifier.network().input());
            } catch (IllegalArgumentException noPicture) {
                throw new BitgradException("No file can be classified by network %s: %s".formatted(
                        classifier.network().name(), noPicture.getMessage()), noPicture);
            }
        });
    }

    private void readStandardInput(Classifier classifier) {
        int size = classifier.network().input().values();
        InputStream in = System.in;
        try {
            int number = 1;
            for (byte[] image = in.readNBytes(size); image.length > 0; image = in.readNBytes(size)) {
                if (image.length < size) {
                    throw new BitgradException(
                            ("Image %s on standard input ends after %s bytes, but network %s takes %s (%s); give the "
                                    + "bytes of whole images.").formatted(number, image.length,
                                            classifier.network().name(), size, classifier.network().input()));
                }
                report(classifier, STANDARD_INPUT + number, image);
                number++;
            }
            if (number == 1) {
                throw new BitgradException("There is no image on standard input; give the bytes of at least one.");
            }
        } catch (IOException failure) {
            throw new BitgradException("Standard input cannot be read: %s; try again."
                    .formatted(BitgradException.reason(failure)), failure);
        }
    }

    private void report(Classifier classifier, String image, byte[] bytes) {
        List<Classifier.Candidate> candidates = classifier.top(MemorySegment.ofArray(bytes), top);
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("image", image);
        object.put("class", candidates.getFirst().label());
        object.put("name", name(classifier, candidates.getFirst()));
        object.put("probability", candidates.getFirst().probability());
        object.put("top", candidates.stream().map(candidate -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("class", candidate.label());
            entry.put("name", name(classifier, candidate));
            entry.put("probability", candidate.probability());
            return entry;
        }).toList());
        output.report(object, image + candidates.stream()
                .map(candidate -> Units.format("  class %s  %s", name(classifier, candidate),
                        Units.percent(candidate.probability())))
                .collect(Collectors.joining()));
    }

    private static String name(Classifier classifier, Classifier.Candidate candidate) {
        return classifier.classNames().get(candidate.label());
    }
}
