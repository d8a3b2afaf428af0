package io.github.bitgrad.formats.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.Datasets;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.ReadingOptions;
import io.github.bitgrad.data.Split;
import io.github.bitgrad.data.TrainAndTest;
import io.github.bitgrad.infer.Classifier;
import io.github.bitgrad.train.Trainer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("level-independent")
class TableFormatTest {
    private static final ReadingOptions HALF = ReadingOptions.NONE.with(ReadingOptions.TEST_FRACTION, 0.5);

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** All lines of a table, as numbers with their classes. */
    private Table table(String text, String... labelColumn) throws IOException {
        return Table.read(write("table.csv", text), Arrays.stream(labelColumn).findFirst(), Optional.empty());
    }

    private void requireNumbers(Table table) {
        assertThat(table.samples()).containsExactly(new double[] {5.1, -3}, new double[] {0.25, 4e3});
        assertThat(table.classNames()).containsExactly("ant", "bee");
        assertThat(table.labels()).containsExactly(1, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.1,-3,bee\n0.25,4e3,ant\n", "5.1;-3;bee\n0.25;4e3;ant", "5,1;-3;bee\r\n,25;4e3;ant\r\n",
        "\uFEFF5.1,-3,bee\n.25,4e3,ant\n", "\"5.1\",\"-3\",\"bee\"\n0.25,4e3,\"ant\"\n",
        "5.1\t-3\tbee\n0,25\t4e3\tant\n",
        "length,width,insect\n5.1,-3,bee\n\n0.25, 4e3 , ant\n", "\"le;ng\nth\",width,insect\n5.1,-3,bee\n0.25,4e3,ant",
        "2,2,ant,bee\n5.1,-3,1\n0.25,4e3,0\n"})
    void everyWayToWriteATableGivesTheSameNumbers(String text) throws IOException {
        requireNumbers(table(text));
    }

    @Test
    void aTableMayBeGzipped() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream packed = new GZIPOutputStream(bytes)) {
            packed.write("5.1,-3,bee\n0.25,4e3,ant\n".getBytes(StandardCharsets.UTF_8));
        }
        Path file = Files.write(folder.resolve("table.csv.gz"), bytes.toByteArray());
        requireNumbers(Table.read(file, Optional.empty(), Optional.empty()));
        Files.write(file, Arrays.copyOf(bytes.toByteArray(), bytes.size() - 12));
        assertThatThrownBy(() -> Table.read(file, Optional.empty(), Optional.empty()))
                .isInstanceOf(BitgradException.class)
                .hasMessage("%s is gzipped, but cut off: put a whole copy there.", file);
    }

    @Test
    void theColumnOfClassesHasANameOrANumber() throws IOException {
        requireNumbers(table("insect,length,width\nbee,5.1,-3\nant,0.25,4e3\n", "insect"));
        requireNumbers(table("insect,length,width\nbee,5.1,-3\nant,0.25,4e3\n", "1"));
        requireNumbers(table("5.1,bee,-3\n0.25,ant,4e3\n", "2"));
        assertThat(table("1,2,10\n1,2,9\n1,2,-1\n").classNames()).containsExactly("-1", "9", "10");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "1,2,a~1,?,b | - | line 2: column 2 has no value (\"?\"): fill it in, or leave the line out.",
        "x,y,z~1,2,a~1,,b | - | line 3: y has no value (\"\"): fill it in, or leave the line out.",
        "1,2,a~NaN,2,b | - | line 2: column 1 is NaN, which is not a finite number: mend it, or leave the line out.",
        "1,-inf,a~1,2,b | - | line 1: column 2 is -inf, which is not a finite number: mend it, or leave the line out.",
        "1,1e99,a~1,2,b | - | line 1: column 2 is 1e99, which is not a finite number: mend it, or leave the line out.",
        "1,2,a~1,red,b | - | line 2: column 2 is \"red\", which is not a number: give numbers.",
        "1,2,a~1,1f,b | - | line 2: column 2 is \"1f\", which is not a number: give numbers.",
        "1,2,a~1,2 | - | line 2: there are 2 values, but line 1 has 3: mend the line.",
        "1,2,a~1,2,b,c | - | line 2: there are 4 values, but line 1 has 3: mend the line.",
        "1,2,a~1,2, | - | line 2: there is no class in column 3: fill it in, or leave the line out.",
        "1,2,a~1,2,a | - | All lines of FILE have \"a\" as their class (column 3), so there is nothing to tell apart: name another column.",
        "x,x,z~1,2,a | - | line 1: columns 1 and 2 are both named \"x\": give each a name of its own.",
        "x,y,z~1,2,a | w | line 1: there is no column \"w\": give a number from 1 to 3, or a name such as \"x\".",
        "1,2,a~1,2,b | 4 | line 1: there is no column \"4\": give a number from 1 to 3, or a name such as \"column 1\".",
        "a~b | - | line 1: there is only one column, but a table has numbers and a class in each line: separate them by commas, semicolons or tabs.",
        "x,y,z | - | FILE has no line with numbers: put a table there.",
        "red,1,a~red,1,b~3,1,b | - | line 3: column 1 is 3, a number, but holds texts in other lines: give texts or numbers alone.",
        "red,1,a~,1,b | - | line 2: column 1 has no value (\"\"): fill it in, or leave the line out.",
        "red,a~blue,b~red,b | - | line 1: \"red\" is taken as the name of a column, but is a value of the column too: put a line with the names of the columns first.",
        "3,2,ant,bee~5,3,1~1,4,0 | - | line 1: it says that 3 lines follow, but 2 do: put a whole copy there.",
        "2,2,ant,bee~5,3,1~1,4,2 | - | line 3: there is no class 2: line 1 names 2, from 0."})
    void whatIsWrongIsToldWithItsLine(String text, String labelColumn, String sentence) throws IOException {
        Path file = write("table.csv", text.replace("~", "\n"));
        String expected = sentence.startsWith("line") ? "FILE, " + sentence : sentence;
        assertThatThrownBy(() -> Table.read(file, Optional.ofNullable(labelColumn), Optional.empty()))
                .isInstanceOf(BitgradException.class).hasMessage(expected.replace("FILE", file.toString()));
    }

    @Test
    void filesThatAreNoTablesAreRefused() throws IOException {
        assertThatThrownBy(() -> table("")).hasMessage("%s has no line with values: put a table there.",
                folder.resolve("table.csv"));
        Files.write(folder.resolve("table.csv"), new byte[] {'1', ',', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> Datasets.open(folder.resolve("table.csv").toString(), HALF)).hasMessage(
                "%s is not a text in UTF-8: save it as UTF-8.", folder.resolve("table.csv"));
        assertThatThrownBy(() -> table(IntStream.range(0, 30).mapToObj("1,2,%s\n"::formatted)
                .collect(Collectors.joining()))).hasMessageContaining("a class of its own (column 3)");
    }

    @Test
    void aMillionColumnsAreRead() throws IOException {
        int columns = 1_000_000;
        Table table = table(("1,".repeat(columns) + "a\n") + ("2,".repeat(columns) + "b\n"));
        assertThat(table.samples().get(1)).hasSize(columns).contains(2.0).doesNotContain(1.0);
        assertThatThrownBy(() -> table("1,".repeat(3_000_000) + "a\n")).isInstanceOf(BitgradException.class)
                .hasMessageContaining("is not a table that can be read");
    }

    @Test
    void columnsOfTextsAreFoundByTheirFirstValue() throws IOException {
        for (String text : List.of("red,1,a\ngreen,2,b\nred,3,a\n",
                "colour,size,kind\nred,1,a\ngreen,2,b\n red ,3,a\n")) {
            Table table = table(text);
            assertThat(table.columns().texts()).isEqualTo(Map.of(0, List.of("green", "red")));
            assertThat(table.samples()).containsExactly(new double[] {1, 1}, new double[] {0, 2}, new double[] {1, 3});
        }
        assertThat(table("colour,form,kind\nred,round,a\ngreen,flat,b\n").samples())
                .containsExactly(new double[] {1, 1}, new double[] {0, 0});
        String many = IntStream.range(0, 33).mapToObj(i -> "name %s,1,%s\n".formatted(i, i % 2))
                .collect(Collectors.joining());
        assertThatThrownBy(() -> table("name,size,kind\n" + many)).isInstanceOf(BitgradException.class).hasMessage(
                "%s, line 34: name has more than 32 different texts, such as \"name 32\", from which nothing can be learned: take the column out of the table, or give numbers.",
                folder.resolve("table.csv"));
    }

    /** A text that only one line has is known, wherever the line is; a new one is told. */
    @Test
    void textsOfAColumnAreKeptWithTheNetwork() throws IOException {
        String lines = IntStream.range(0, 40).mapToObj(i -> "%s,%s,%s\n"
                .formatted(i == 7 ? "black" : i % 2 == 0 ? "red" : "green", i / 10.0, i % 2 == 0 ? "rose" : "leaf"))
                .collect(Collectors.joining());
        Path file = write("plants.csv", "colour,size,kind\n" + lines);
        Preprocessing kept;
        try (TrainAndTest plants = Datasets.open(file.toString(), HALF);
                Trainer trainer = Trainer.suiting(plants.train()).epochs(20).threads(1).build()) {
            trainer.train(plants.train());
            assertThat(trainer.evaluate(plants.test()).accuracy()).isGreaterThan(0.9);
            assertThat(plants.train().shape()).hasToString("1x4x6");
            kept = plants.train().preprocessing().orElseThrow();
        }
        Preprocessing again = new TableKind().preprocessing(kept.text());
        assertThat(again).isEqualTo(kept);
        Path lines2 = write("new.csv", "size,colour\n1.5,green\n1.5,red\n");
        assertThat(again.read(lines2)).hasSize(2);
        byte[] green = again.read(lines2).get(0).bytes();
        byte[] red = again.read(lines2).get(1).bytes();
        assertThat(green).isEqualTo(again.bytes(new float[] {1, 1.5f})).isNotEqualTo(red);
        assertThat(Arrays.copyOfRange(green, 0, 6)).isEqualTo(Arrays.copyOfRange(red, 0, 6)); // neither is black
        assertThat(Arrays.copyOfRange(green, 18, 24)).isEqualTo(Arrays.copyOfRange(red, 18, 24)); // the size
        write("new.csv", "green,1.5\n");
        assertThat(again.read(lines2).getFirst().bytes()).isEqualTo(green); // without names
        write("new.csv", "size,colour\n1.5,pink\n");
        assertThatThrownBy(() -> again.read(lines2)).isInstanceOf(BitgradException.class).hasMessage(
                "%s, line 2: colour is \"pink\", which no training line has; texts are black, green, red: mend it, or leave the line out.",
                lines2);
        assertThatThrownBy(() -> again.bytes(new float[] {3,
            1})).isInstanceOf(IllegalArgumentException.class).hasMessage(
                    "Number 1 of a sample is 3.0, but must be a whole number from 0 to 2, the place of a text among black, green, red.");
        assertThatThrownBy(() -> Datasets.open(file.toString(), ReadingOptions.NONE.with(ReadingOptions.WINDOW, 2)))
                .isInstanceOf(BitgradException.class).hasMessage(
                        "%s has texts in colour, but a stream consists of numbers: take the column out of the table.",
                        file);
    }

    private static String flowers() {
        SplittableRandom random = new SplittableRandom(1);
        return "length,width,kind\n" + IntStream.range(0, 100).mapToObj(i -> "%s,%s,%s\n".formatted(
                i % 2 * 3 + random.nextDouble(), random.nextDouble(), i % 2 == 0 ? "rose" : "tulip"))
                .collect(Collectors.joining());
    }

    /** The recipe of tables learns a simple table, and the file of the network knows columns by their names. */
    @Test
    void aNetworkThatWasTrainedOnATableClassifiesLines() throws IOException {
        Path file = write("flowers.csv", flowers());
        Path model = folder.resolve("flowers.bitgrad");
        double accuracy;
        try (TrainAndTest flowers = Datasets.open(file.toString());
                Trainer trainer = Trainer.suiting(flowers.train()).epochs(10).threads(1).build()) {
            assertThat(flowers.train().size()).isEqualTo(80);
            assertThat(flowers.train().classNames()).containsExactly("rose", "tulip");
            trainer.train(flowers.train());
            accuracy = trainer.evaluate(flowers.test()).accuracy();
            trainer.save(model);
        }
        assertThat(accuracy).isGreaterThan(0.9);
        Path lines = write("new.csv", "colour,width,length\n7,0.5,0.5\n7,0.5,3.5\n");
        try (Classifier classifier = Classifier.load(model); Dataset test = Datasets.open(file.toString(), Split.TEST,
                ReadingOptions.NONE.forNetwork(classifier.classNames(), classifier.preprocessing()))) {
            assertThat(classifier.evaluate(test).accuracy()).isEqualTo(accuracy);
            List<Preprocessing.Input> inputs = classifier.preprocessing().orElseThrow().read(lines);
            assertThat(inputs).extracting(Preprocessing.Input::name).containsExactly(lines + ", line 2",
                    lines + ", line 3");
            assertThat(inputs).extracting(input -> classifier.classNames()
                    .get(classifier.classify(MemorySegment.ofArray(input.bytes())))).containsExactly("rose", "tulip");
            assertThat(classifier.preprocessing().orElseThrow().bytes(new float[] {0.5f, 0.5f}))
                    .isEqualTo(inputs.getFirst().bytes());

            write("flowers.csv", flowers() + "1,1,lily\n");
            assertThatThrownBy(() -> Datasets.open(file.toString(), Split.TEST,
                    ReadingOptions.NONE.forNetwork(classifier.classNames(), classifier.preprocessing()))).hasMessage(
                            "%s, line 102: no training sample has the class \"lily\"; classes are rose, tulip.", file);
            write("new.csv", "colour,width\n7,0.5\n");
            assertThatThrownBy(() -> classifier.preprocessing().orElseThrow().read(lines)).hasMessage(
                    "%s, line 1: there is no column \"length\", which the network was trained on: add it.", lines);
            write("new.csv", "1,2,3,4\n");
            assertThatThrownBy(() -> classifier.preprocessing().orElseThrow().read(lines)).hasMessage(
                    "%s, line 1: there are 4 columns, but the network was trained on 2, without the class: give these.",
                    lines);
            assertThatThrownBy(() -> classifier.preprocessing().orElseThrow().bytes(new float[] {1}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("A sample must have 2 numbers, but has 1.");
            assertThatThrownBy(() -> classifier.preprocessing().orElseThrow().bytes(new float[] {1, Float.NaN}))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("Number 2 of a sample is NaN");
        }
    }

    /** What is kept for testing must not change the bytes of training. */
    @Test
    void theNormalisationIsLearnedFromTrainingLinesOnly() throws IOException {
        write("train.csv", "x,y,z\n1,2,a\n2,5,b\n3,1,a\n");
        write("test.csv", "y,x,z\n2,1,a\n");
        byte[] one;
        byte[] other;
        try (TrainAndTest both = Datasets.open(folder.toString())) {
            one = both.test().image(0).toArray(ValueLayout.JAVA_BYTE);
            assertThat(one).isEqualTo(both.train().image(0).toArray(ValueLayout.JAVA_BYTE));
        }
        write("test.csv", "y,x,z\n2,1,a\n999,-999,b\n");
        try (Dataset test = Datasets.open(folder.toString(), Split.TEST)) {
            other = test.image(0).toArray(ValueLayout.JAVA_BYTE);
        }
        assertThat(other).isEqualTo(one);
        write("test.csv", "y,x,z\n2,1,c\n");
        assertThatThrownBy(() -> Datasets.open(folder.toString())).hasMessage(
                "%s, line 2: no training sample has the class \"c\"; classes are a, b.", folder.resolve("test.csv"));
        assertThatThrownBy(() -> Datasets.open(folder.toString(), HALF)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("%s has a test part of its own: leave the test fraction out.", folder);
        Files.delete(folder.resolve("test.csv"));
        assertThatThrownBy(() -> Datasets.open(folder.toString()))
                .hasMessage("%s has no table test.csv: put it there.", folder);
    }

    @Test
    void normalisationsAreChosenByName() throws IOException {
        String file = write("flowers.csv", flowers()).toString();
        for (Normalisation normalisation : Normalisation.values()) {
            try (Dataset train = Datasets.open(file, Split.TRAIN,
                    ReadingOptions.NONE.with(ReadingOptions.NORMALISATION, normalisation.toString()))) {
                assertThat(train.shape().channels()).isEqualTo(normalisation == Normalisation.THERMOMETER ? 6 : 1);
                Preprocessing kept = train.preprocessing().orElseThrow();
                assertThat(new TableKind().preprocessing(kept.text())).isEqualTo(kept).hasSameHashCodeAs(kept);
            }
        }
        assertThatThrownBy(() -> Datasets.open(file, ReadingOptions.NONE.with(ReadingOptions.NORMALISATION, "log")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("There is no feature normalisation named 'log'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "2 1 true", "2 5 true\na\nb\n6\n0.0 1.0", "2 1 true\na\nb\n6\n0.0 NaN",
        "2 1 true\na\nb\n6\n1.0 0.0", "2 1 true\na\nb\n0\n0.0 1.0", "2 1 true\na\nb\n6\n0.0 1.0\n0.0 1.0",
        "1 0 true\na\n6\n0.0 1.0", "2 1 true\na\nb\n6\n",
        "2 1 true 1\na\nb\n0\tx\ty\n6\n0.0 1.0", "2 1 true 1\na\nb\n0\n6\n0.0 1.0",
        "2 1 true 1\na\nb\n1\tx\n6\n0.0 1.0",
        "2 1 true 3\na\nb\n0\tx\n6\n0.0 1.0"})
    void damagedTextsOfPreprocessingAreRefused(String text) {
        assertThatThrownBy(() -> new TableKind().preprocessing(text)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SeriesKind().preprocessing(text)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A stream of 10 steps of one class, then 10 of another: 8 train, 2 test of each. */
    @Test
    void windowsOfAStreamDoNotCrossClassesOrParts() throws IOException {
        String text = "t,x,activity\n" + IntStream.range(0, 20)
                .mapToObj(i -> "%s,%s,%s\n".formatted(i, i * i, i < 10 ? "walk" : "run")).collect(Collectors.joining());
        String file = write("stream.csv", text).toString();
        ReadingOptions options = ReadingOptions.NONE.with(ReadingOptions.WINDOW, 2).with(ReadingOptions.HOP, 1);
        try (TrainAndTest both = Datasets.open(file, options)) {
            assertThat(both.train().labels()).containsExactly(1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0);
            assertThat(both.test().labels()).containsExactly(1, 0);
            assertThat(both.train().shape()).hasToString("2x1x24");
            SeriesPreprocessing kept = (SeriesPreprocessing) both.train().preprocessing().orElseThrow();
            assertThat(kept.bytes(new float[] {8, 64, 9, 81}))
                    .isEqualTo(both.test().image(0).toArray(ValueLayout.JAVA_BYTE));
            Path lines = write("new.csv", "x,t\n64,8\n81,9\n100,10\n121,11\n");
            assertThat(kept.read(lines)).hasSize(2);
            assertThat(kept.read(lines).getFirst().bytes()).isEqualTo(kept.bytes(new float[] {8, 64, 9, 81}));
            assertThat(kept.read(lines).get(1).name()).isEqualTo(lines + ", lines 4 to 5");
            write("new.csv", "x,t\n64,8\n81,9\n100,10\n");
            assertThatThrownBy(() -> kept.read(lines)).hasMessage(
                    "%s has 3 lines with values, but a sample has 2 steps: give a multiple of them.", lines);
        }
        assertThatThrownBy(() -> Datasets.open(file, options.with(ReadingOptions.WINDOW, 9))).hasMessage(
                "%s has no 9 lines with one class one after the other in that part of it: choose a smaller window.",
                file);
        assertThatThrownBy(() -> Datasets.open(file, ReadingOptions.NONE.with(ReadingOptions.HOP, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("A hop lies between two windows: give the window too.");
        for (double window : new double[] {2.5, 0.5, 3e9}) {
            assertThatThrownBy(() -> Datasets.open(file, options.with(ReadingOptions.WINDOW, window)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage(
                            "The window of a stream must be a whole number of steps, at most 2147483647, but is %s.",
                            window);
        }
        assertThatThrownBy(() -> Datasets.open(file, options.with(ReadingOptions.HOP, 1.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The hop of a stream must be a whole number of steps");
        assertThatThrownBy(() -> Datasets.open(file, options.with(ReadingOptions.SPLIT_SEED, 2L)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("leave the split seed out");
    }
}
