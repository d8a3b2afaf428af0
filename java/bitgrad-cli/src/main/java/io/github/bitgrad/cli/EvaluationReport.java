package io.github.bitgrad.cli;

import io.github.bitgrad.ConfusionMatrix;
import io.github.bitgrad.ConfusionMatrix.Cell;
import io.github.bitgrad.ConfusionMatrix.ClassScores;
import io.github.bitgrad.ConfusionMatrix.Mean;
import io.github.bitgrad.Evaluation;
import io.github.bitgrad.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/** Says how well a network tells each class apart, and which classes it confuses. */
final class EvaluationReport {
    /** Up to so many classes, the report for people has a row for each class, and the whole confusion matrix. */
    private static final int MOST_ROWS = 20;
    /** With more classes, it has so many of the worst classes, and of the largest confusions. */
    private static final int WORST = 10;
    private static final int WIDEST_NAME = 24;
    private static final String NOT_DEFINED = "-";
    private static final String OVER = "over classes";

    private final Evaluation evaluation;
    private final List<String> names;

    /** @param names the name of each class */
    EvaluationReport(Evaluation evaluation, List<String> names) {
        this.evaluation = evaluation;
        this.names = names;
    }

    /** The mean F1 over all classes of which images were tested; null if there are none. */
    static Double macroF1(Evaluation evaluation) {
        return orNull(evaluation.confusion().mean(ClassScores::f1).value());
    }

    /**
     * Puts the report for programs into an object: accuracies, means of the scores, the scores of each class, and for
     * each pair of classes that occurred the label, the predicted class and the number of images.
     */
    void putInto(Map<String, Object> object) {
        ConfusionMatrix confusion = evaluation.confusion();
        object.put("testLoss", evaluation.loss());
        object.put("testAccuracy", evaluation.accuracy());
        object.put("topClasses", evaluation.top().classes());
        object.put("testTopAccuracy", evaluation.top().accuracy());
        object.put("macroPrecision", mean(ClassScores::precision));
        object.put("macroRecall", mean(ClassScores::recall));
        object.put("macroF1", mean(ClassScores::f1));
        object.put("classScores", confusion.scores().stream().map(this::object).toList());
        object.put("confusions", confusion.cells().stream()
                .map(cell -> List.of(cell.label(), cell.predicted(), cell.images())).toList());
    }

    private Map<String, Object> mean(Function<ClassScores, OptionalDouble> score) {
        Mean mean = evaluation.confusion().mean(score);
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("mean", orNull(mean.value()));
        object.put("classes", mean.classes());
        return object;
    }

    private Map<String, Object> object(ClassScores scores) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("class", scores.label());
        object.put("name", names.get(scores.label()));
        object.put("images", scores.images());
        object.put("predicted", scores.predicted());
        object.put("correct", scores.correct());
        object.put("precision", orNull(scores.precision()));
        object.put("recall", orNull(scores.recall()));
        object.put("f1", orNull(scores.f1()));
        return object;
    }

    private static Double orNull(OptionalDouble number) {
        return number.isPresent() ? number.getAsDouble() : null;
    }

    /** The report for people. */
    String text(int images) {
        StringBuilder text = new StringBuilder(Units.format("test accuracy  %s of %d images%n",
                Units.percent(evaluation.accuracy()), images));
        if (evaluation.top().classes() < names.size()) {
            text.append("top %s accuracy %s%n".formatted(evaluation.top().classes(),
                    Units.percent(evaluation.top().accuracy())));
        }
        text.append(Units.format("test loss      %.4f%n%n", evaluation.loss()));
        boolean all = names.size() <= MOST_ROWS;
        List<ClassScores> rows =
                all ? evaluation.confusion().scores() : evaluation.confusion().worstClasses(WORST);
        if (!all) {
            text.append("The %s classes with the smallest F1, of %s:%n%n".formatted(rows.size(), names.size()));
        }
        scores(text, rows);
        return text.append(all ? matrix() : largestConfusions()).toString();
    }

    private void scores(StringBuilder text, List<ClassScores> rows) {
        String row = "%-" + nameWidth() + "s %9s %10s %10s %10s%n";
        text.append(row.formatted("class", "images", "precision", "recall", "F1"));
        for (ClassScores scores : rows) {
            text.append(row.formatted(name(scores.label()), scores.images(), percent(scores.precision()),
                    percent(scores.recall()), percent(scores.f1())));
        }
        text.append(row.formatted("mean", "", percent(ClassScores::precision), percent(ClassScores::recall),
                percent(ClassScores::f1)));
        text.append(row.formatted(OVER, "", classes(ClassScores::precision), classes(ClassScores::recall),
                classes(ClassScores::f1)));
    }

    private String percent(Function<ClassScores, OptionalDouble> score) {
        return percent(evaluation.confusion().mean(score).value());
    }

    private static String percent(OptionalDouble fraction) {
        return fraction.isPresent() ? Units.percent(fraction.getAsDouble()) : NOT_DEFINED;
    }

    private int classes(Function<ClassScores, OptionalDouble> score) {
        return evaluation.confusion().mean(score).classes();
    }

    /** A row for each class, with the number of its images that were taken for each class. */
    private String matrix() {
        long[][] counts = new long[names.size()][names.size()];
        evaluation.confusion().cells().forEach(cell -> counts[cell.label()][cell.predicted()] = cell.images());
        long most = evaluation.confusion().cells().stream().mapToLong(Cell::images).max().orElse(0);
        int numberWidth = Integer.toString(names.size() - 1).length();
        String count = " %" + Math.max(numberWidth, Long.toString(most).length()) + "s";
        StringBuilder text = new StringBuilder("%nHow many images of a class (row) were taken for a class (column):%n%n"
                .formatted()).append(" ".repeat(numberWidth + 1 + nameWidth()));
        for (int predicted = 0; predicted < names.size(); predicted++) {
            text.append(count.formatted(predicted));
        }
        for (int label = 0; label < names.size(); label++) {
            text.append(("%n%" + numberWidth + "s %-" + nameWidth() + "s").formatted(label, name(label)));
            for (long images : counts[label]) {
                text.append(count.formatted(images));
            }
        }
        return text.toString();
    }

    private String largestConfusions() {
        StringBuilder text = new StringBuilder("%nThe classes that were confused most often:%n%n".formatted());
        String row = "%-" + nameWidth() + "s %-" + nameWidth() + "s %9s%n";
        text.append(row.formatted("class", "taken for", "images"));
        for (Cell cell : evaluation.confusion().largestConfusions(WORST)) {
            text.append(row.formatted(name(cell.label()), name(cell.predicted()), cell.images()));
        }
        return text.toString();
    }

    private int nameWidth() {
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        return Math.clamp(longest, OVER.length(), WIDEST_NAME);
    }

    private String name(int label) {
        String name = Names.printable(names.get(label));
        return name.length() <= WIDEST_NAME ? name : name.substring(0, WIDEST_NAME - 1) + "…";
    }
}
