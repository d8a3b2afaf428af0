package io.github.bitgrad.cli;

import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.train.TrainerBuilder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitgrad evaluate}. */
@Command(name = "evaluate", description = "Tests a network that train --save has written.")
final class EvaluateCommand implements Runnable {
    @Parameters(paramLabel = "FILE", description = "File with the network.")
    private Path file;

    @Mixin
    private DataOptions data;

    @Option(names = "--batch", paramLabel = "N", converter = PositiveInteger.class,
            description = "Images that are tested at a time; " + TrainerBuilder.DEFAULT_BATCH
                    + " by default. Results do not depend on it.")
    private Integer batch;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private Output output;

    @Override
    public void run() {
        String isa = machine.selectIsa();
        try (Classifier classifier = Classifier.load(file, batch == null ? TrainerBuilder.DEFAULT_BATCH : batch,
                machine.threads()); Dataset test = open(classifier)) {
            requireBatchIn(test);
            Evaluation evaluation = classifier.evaluate(test);
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("file", file.toString());
            object.put("model", classifier.network().name());
            object.put("data", data.source());
            object.put("algorithm", classifier.algorithm());
            object.put("optimizer", classifier.optimizer());
            object.put("threads", machine.threads());
            object.put("isa", isa);
            object.put("images", test.size());
            object.put("classNames", classifier.classNames());
            EvaluationReport report = new EvaluationReport(evaluation, classifier.classNames());
            report.putInto(object);
            output.report(object, report.text(test.size()));
        }
    }

    /** The test images, with the classes and the preprocessing of the network. */
    private Dataset open(Classifier classifier) {
        return Datasets.open(data.source(), Split.TEST,
                data.reading().forNetwork(classifier.classNames(), classifier.preprocessing()));
    }

    private void requireBatchIn(Dataset test) {
        if (batch != null && batch > test.size()) {
            throw new IllegalArgumentException(
                    "A batch of %s is larger than the test part of %s, which has %s images; choose a smaller batch."
                            .formatted(batch, test.name(), test.size()));
        }
    }
}
