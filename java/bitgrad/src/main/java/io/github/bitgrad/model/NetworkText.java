package io.github.bitgrad.model;

import io.github.bitgrad.Names;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.layer.Layer;
import io.github.bitgrad.layer.LayerKind;
import io.github.bitgrad.layer.Numbers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network as text, with a line for each node. It says nothing of the data: the shape of an image and the number of
 * classes are given when the network is built. This is a whole text:
 *
 * <pre>
 * # a block with a shortcut
 * network small
 * input   32x32x3
 *
 * conv1       binaryConvolution channels=64 kernel=3 padding=1
 * conv1.norm  batchNorm
 *             sign
 * conv2       binaryConvolution channels=64 kernel=3 padding=1
 * conv2.norm  batchNorm
 *             add                                               &lt; conv1.norm conv2.norm
 *             sign
 * out         dense units=classes
 * out.norm    batchNorm
 * </pre>
 *
 * <p>
 * A line is a name, a layer kind, the kind's numbers, and after {@code <} the names of the inputs. The name may be left
 * out. A node without inputs takes the output of the line before; the first one takes the network's {@code input}. A
 * node takes outputs only of lines above it, so there are no cycles. The layer kinds, and the names of their numbers,
 * are those of {@link LayerKind}. If a kind has numbers for two axes, such as {@code kernelHeight} and
 * {@code kernelWidth}, then {@code kernel=3} sets both, and {@code kernel=3x5} sets the height and the width; for
 * {@code height} and {@code width} themselves this is {@code size}. The word {@code classes} stands for the number of
 * classes. Some numbers are given as words ({@link LayerKind#words}), as in {@code sign estimator=approx}. What follows {@code #} is a comment.
 *
 * <p>
 * The part of a name before its first dot is the name of a block, by which weights and biases are named, so a block must
 * not have two layers of the same kind.
 */
public final class NetworkText {
    /** Longer texts are no networks. */
    private static final int MOST_BYTES = 1 << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]*");
    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,9})x([0-9]{1,9})x([0-9]{1,9})");
    private static final Pattern PAIR = Pattern.compile("([0-9]{1,9})x([0-9]{1,9})");
    private static final String CLASSES = "classes";

    /** What a line says of a node. The numbers are as they were written; those of two axes are not yet taken apart. */
    private record Line(int number, String node, LayerKind kind, Map<String, String> numbers, List<String> inputs) {
    }

    private final String source;
    private final Extensions extensions;
    private String name;
    private Optional<ImageShape> input = Optional.empty();
    private final List<Line> lines = new ArrayList<>();
    private final Set<String> nodes = new LinkedHashSet<>();

    private NetworkText(String source, String name, Extensions extensions) {
        this.source = source;
        this.name = name;
        this.extensions = extensions;
    }

    /**
     * Reads a file of UTF-8 text.
     *
     * @param file the file; if it does not name the network, the network has the name of the file
     * @throws IllegalArgumentException if the file is not a network; the message names the line and says what to do
     * @throws IOException if the file cannot be read
     */
    public static NetworkText read(Path file) throws IOException {
        return read(file, Extensions.NONE);
    }

    /**
     * Reads a file as {@link #read(Path)} does.
     *
     * @param extensions layer kinds in addition to those of the library and to services
     */
    public static NetworkText read(Path file, Extensions extensions) throws IOException {
        byte[] bytes;
        try (var stream = Files.newInputStream(file)) {
            bytes = stream.readNBytes(MOST_BYTES + 1);
        }
        if (bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "%s is longer than %s bytes, which no network is; name a text file with a line for each layer."
                            .formatted(file, MOST_BYTES));
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException binary) {
            throw new IllegalArgumentException(
                    "%s is not UTF-8 text; name a text file with a line for each layer.".formatted(file), binary);
        }
        String fileName = file.getFileName().toString();
        int dot = fileName.lastIndexOf('.');
        return new NetworkText(file.toString(), dot > 0 ? fileName.substring(0, dot) : fileName, extensions)
                .parsed(text);
    }

    /**
     * Parses a text.
     *
     * @param name the name of the network if the text does not name it
     * @throws IllegalArgumentException if the text is not a network; the message names the line and says what to do
     */
    public static NetworkText parse(String text, String name) {
        return parse(text, name, Extensions.NONE);
    }

    /**
     * Parses a text as {@link #parse(String, String)} does.
     *
     * @param extensions layer kinds in addition to those of the library and to services
     */
    public static NetworkText parse(String text, String name, Extensions extensions) {
        return new NetworkText(name, name, extensions).parsed(text);
    }

    /** The name of the network. */
    public String name() {
        return name;
    }

    /** The shape of images that the text says it is for; empty if it does not say one. */
    public Optional<ImageShape> input() {
        return input;
    }

    @Override
    public String toString() {
        return name;
    }

    private NetworkText parsed(String text) {
        int number = 0;
        for (String line : text.replace("\uFEFF", "").split("\r\n|\r|\n", -1)) {
            number++;
            String code = line.split("#", 2)[0].replaceAll("\\s*=\\s*", "=").replace("<", " < ").strip();
            if (!code.isEmpty()) {
                statement(number, List.of(code.split("\\s+")));
            }
        }
        if (lines.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s has no layers; write a line for each layer, such as: out dense units=classes."
                            .formatted(source));
        }
        requireUsed();
        return this;
    }

    private void statement(int number, List<String> words) {
        switch (words.getFirst()) {
            case "network" -> {
                if (words.size() != 2) {
                    throw refusal(number, "the name of a network is one word, as in: network small");
                }
                requireFirst(number, "network");
                name = name(number, words.get(1));
            }
            case Network.INPUT -> {
                requireFirst(number, Network.INPUT);
                input = Optional.of(shape(number, words));
            }
            default -> lines.add(node(number, words));
        }
    }

    private void requireFirst(int number, String word) {
        if (!lines.isEmpty()) {
            throw refusal(number, "\"%s\" stands above all layers, and no layer may have this name".formatted(word));
        }
    }

    private ImageShape shape(int number, List<String> words) {
        Matcher shape = SHAPE.matcher(words.getLast());
        if (words.size() != 2 || !shape.matches()) {
            throw refusal(number, "the input is height x width x channels, as in: input 32x32x3");
        }
        try {
            return new ImageShape(Integer.parseInt(shape.group(1)), Integer.parseInt(shape.group(2)),
                    Integer.parseInt(shape.group(3)));
        } catch (IllegalArgumentException impossible) {
            throw refusal(number, impossible);
        }
    }

    private String name(int number, String word) {
        if (!NAME.matcher(word).matches()) {
            throw refusal(number,
                    "\"%s\" is not a name; begin with a letter, and go on with letters, digits, dots, - and _"
                            .formatted(Names.printable(word)));
        }
        return word;
    }

    private Line node(int number, List<String> words) {
        int arrow = words.indexOf("<");
        List<String> description = arrow < 0 ? words : words.subList(0, arrow);
        List<String> plain = description.stream().filter(word -> !word.contains("=")).toList();
        if (plain.isEmpty() || plain.size() > 2 || !description.subList(0, plain.size()).equals(plain)) {
            throw refusal(number, "a layer is: NAME KIND number=value ... < INPUT ..., where NAME may be left out");
        }
        LayerKind kind = kind(number, plain.getLast());
        String node = plain.size() == 2 ? name(number, plain.getFirst()) : unused(kind.name());
        if (!nodes.add(node)) {
            throw refusal(number, "there is a layer named %s already; name one of them differently".formatted(node));
        }
        requireOwnBlock(number, node, kind);
        List<String> inputs = arrow < 0
                ? List.of(lines.isEmpty() ? Network.INPUT : lines.getLast().node())
                : words.subList(arrow + 1, words.size());
        if (inputs.isEmpty()) {
            throw refusal(number, "no input stands behind \"<\"; name the layers whose outputs it takes");
        }
        for (String from : inputs) {
            requireKnown(number, node, from);
        }
        return new Line(number, node, kind, numbers(number, kind, description.subList(plain.size(),
                description.size())), List.copyOf(inputs));
    }

    private void requireOwnBlock(int number, String node, LayerKind kind) {
        for (Line line : lines) {
            if (block(line.node()).equals(block(node)) && line.kind().name().equals(kind.name())) {
                throw refusal(number,
                        ("%s and %s are layers of the same kind in block %s; give one of them a name that "
                                + "begins differently").formatted(line.node(), node, block(node)));
            }
        }
    }

    private static String block(String node) {
        return node.split("\\.", 2)[0];
    }

    private LayerKind kind(int number, String word) {
        try {
            return Names.find("layer kind", word, extensions.allKinds(), LayerKind::name);
        } catch (IllegalArgumentException unknown) {
            throw refusal(number, unknown);
        }
    }

    /** A name that no node has yet. */
    private String unused(String kind) {
        int count = 1;
        while (nodes.contains(kind + count)) {
            count++;
        }
        return kind + count;
    }

    private void requireKnown(int number, String node, String from) {
        Set<String> known = new LinkedHashSet<>();
        known.add(Network.INPUT);
        lines.forEach(line -> known.add(line.node()));
        if (from.equals(node)) {
            throw refusal(number, "%s takes its own output; a network has no cycles".formatted(node));
        }
        if (!known.contains(from)) {
            throw refusal(number, "%s takes the output of \"%s\", which is no layer above it; did you mean %s?"
                    .formatted(node, Names.printable(from), Names.similar(from, List.copyOf(known))));
        }
    }

    private Map<String, String> numbers(int number, LayerKind kind, List<String> words) {
        Map<String, String> numbers = new LinkedHashMap<>();
        for (String word : words) {
            String[] parts = word.split("=", -1);
            if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
                throw refusal(number, "\"%s\" is not a number; write its name and value, as in channels=64"
                        .formatted(Names.printable(word)));
            }
            for (Map.Entry<String, String> one : axes(number, kind, parts[0], parts[1]).entrySet()) {
                if (numbers.put(one.getKey(), one.getValue()) != null) {
                    throw refusal(number, "%s is given twice; leave one out".formatted(one.getKey()));
                }
            }
        }
        return numbers;
    }

    /** The numbers that a word sets: the one of this name, or those of both axes. */
    private Map<String, String> axes(int number, LayerKind kind, String word, String value) {
        if (kind.numbers().contains(word)) {
            return Map.of(word, value);
        }
        String height = word.equals("size") ? "height" : word + "Height";
        String width = word.equals("size") ? "width" : word + "Width";
        if (kind.numbers().contains(height) && kind.numbers().contains(width)) {
            Matcher pair = PAIR.matcher(value);
            return pair.matches()
                    ? Map.of(height, pair.group(1), width, pair.group(2))
                    : Map.of(height, value, width, value);
        }
        List<String> known = words(kind);
        throw refusal(number, known.isEmpty()
                ? "%s has no numbers, but %s is given; leave it out".formatted(kind.name(), Names.printable(word))
                : "%s has no number \"%s\"; did you mean %s? Known: %s".formatted(kind.name(), Names.printable(word),
                        Names.similar(word, known), String.join(", ", known)));
    }

    /** The words that set the numbers of a kind. */
    private static List<String> words(LayerKind kind) {
        Set<String> words = new LinkedHashSet<>();
        for (String one : kind.numbers()) {
            String both = one.replaceFirst("(Height|Width)$", "");
            boolean paired = kind.numbers().contains(both + "Height") && kind.numbers().contains(both + "Width");
            boolean size = one.equals("height") || one.equals("width");
            words.add(size ? "size" : paired ? both : one);
        }
        return List.copyOf(words);
    }

    /** A stream must not end before the last line. */
    private void requireUsed() {
        Set<String> used = new HashSet<>();
        lines.forEach(line -> used.addAll(line.inputs()));
        for (Line line : lines.subList(0, lines.size() - 1)) {
            if (!used.contains(line.node())) {
                throw refusal(line.number(), "no layer takes the output of %s; use it, or leave it out"
                        .formatted(line.node()));
            }
        }
    }

    /**
     * Builds the network for the images and the classes of a data set.
     *
     * @throws IllegalArgumentException if the network does not take such images; the message names the line
     */
    public Network build(Dataset dataset) {
        return build(dataset.shape(), dataset.classes());
    }

    /**
     * Builds the network.
     *
     * @param images the shape of one input image
     * @param classes how many classes the network tells apart
     * @throws IllegalArgumentException if a number cannot be right or shapes do not join; the message names the line
     */
    public Network build(ImageShape images, int classes) {
        if (input.isPresent() && !input.get().equals(images)) {
            throw new IllegalArgumentException(
                    "%s takes images of %s, but these are %s; change its line \"input\", or leave that line out."
                            .formatted(source, input.get(), images));
        }
        Map<String, ImageShape> shapes = new LinkedHashMap<>();
        shapes.put(Network.INPUT, images);
        Network.Graph graph = Network.graph(name, images);
        boolean binary = false;
        for (Line line : lines) {
            try {
                Layer layer = line.kind().layer(numbers(line, classes));
                shapes.put(line.node(), layer.shape(line.inputs().stream().map(shapes::get).toList()));
                graph.node(line.node(), layer, line.inputs().toArray(String[]::new));
                binary |= layer.hasBinaryWeights();
            } catch (IllegalArgumentException refused) {
                throw refusal(line.number(), refused);
            }
        }
        if (!binary) {
            throw new IllegalArgumentException(
                    "%s has no layer with binary weights; use at least one, such as binaryConvolution or dense."
                            .formatted(source));
        }
        ImageShape output = shapes.get(lines.getLast().node());
        if (!output.equals(new ImageShape(1, 1, classes))) {
            throw refusal(lines.getLast().number(),
                    "the output is %s, but must be 1x1x%s; end with a dense layer with units=classes"
                            .formatted(output, classes));
        }
        return graph.build();
    }

    private Numbers numbers(Line line, int classes) {
        Numbers numbers = Numbers.NONE;
        for (Map.Entry<String, String> one : line.numbers().entrySet()) {
            numbers = numbers.and(one.getKey(), value(one, line.kind().words(one.getKey()), classes));
        }
        return numbers;
    }

    private static double value(Map.Entry<String, String> one, List<String> words, int classes) {
        if (!words.isEmpty()) {
            return words.indexOf(Names.find(one.getKey(), one.getValue(), words, word -> word));
        }
        if (one.getValue().equals(CLASSES)) {
            return classes;
        }
        if (!one.getValue().matches("-?[0-9]{1,12}(\\.[0-9]{1,12})?")) {
            throw new IllegalArgumentException("%s is \"%s\", but must be a number, or the word classes"
                    .formatted(one.getKey(), Names.printable(one.getValue())));
        }
        return Double.parseDouble(one.getValue());
    }

    private IllegalArgumentException refusal(int number, Exception cause) {
        return new IllegalArgumentException(sentence(number, cause.getMessage()), cause);
    }

    private IllegalArgumentException refusal(int number, String what) {
        return new IllegalArgumentException(sentence(number, what));
    }

    private String sentence(int number, String what) {
        return "%s, line %s: %s%s".formatted(source, number, what, what.endsWith(".") || what.endsWith("?") ? "" : ".");
    }
}
