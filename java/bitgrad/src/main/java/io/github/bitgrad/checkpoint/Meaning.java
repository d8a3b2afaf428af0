package io.github.bitgrad.checkpoint;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.data.DataDescription;
import io.github.bitgrad.data.Preprocessing;
import io.github.bitgrad.data.PreprocessingKind;
import io.github.bitgrad.model.Network;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the input and the outputs of a network stand for. It has this form in a file:
 *
 * <pre>
 * int      names, each: string name
 * string   kind of the preprocessing     int bytes, the UTF-8 bytes of its text
 * </pre>
 *
 * There are no names where the classes are named by their numbers. Without a preprocessing, its kind and its text are
 * empty. The text is kept as it is, so that a network can be used where nobody knows the kind.
 *
 * @param classNames the name of each class, in the order of the labels
 * @param kind the kind of the preprocessing; empty if there is none
 * @param text the text of the preprocessing
 */
public record Meaning(List<String> classNames, String kind, String text) {
    public Meaning {
        classNames = List.copyOf(classNames);
    }

    /** What a data set gives to the networks that are trained on it. */
    public static Meaning of(DataDescription description) {
        Optional<Preprocessing> preprocessing = description.preprocessing();
        return new Meaning(description.classNames(), preprocessing.map(Preprocessing::kind).orElse(""),
                preprocessing.map(Preprocessing::text).orElse(""));
    }

    /** Classes that are named by their numbers, and images that are the bytes of the input. */
    public static Meaning none(Network network) {
        return new Meaning(DataDescription.numbers(network.classes()), "", "");
    }

    /** Whether the classes have names that are not their numbers. */
    public boolean hasNames() {
        return !classNames.equals(DataDescription.numbers(classNames.size()));
    }

    /**
     * The preprocessing; empty if there is none.
     *
     * @param source where the network comes from, as messages have it
     * @throws BitgradException if nobody here knows its kind, or its text is none of this kind
     */
    public Optional<Preprocessing> preprocessing(String source) {
        if (kind.isEmpty()) {
            return Optional.empty();
        }
        PreprocessingKind found = PreprocessingKind.named(kind).orElseThrow(() -> new BitgradException(
                "The network in %s was trained on samples that preprocessing \"%s\" made, which nothing here can make: add io.github.bitgrad:bitgrad-data to the program, or whatever else the network was trained with."
                        .formatted(source, Names.printable(kind))));
        try {
            return Optional.of(found.preprocessing(text));
        } catch (IllegalArgumentException refused) {
            throw new BitgradException(
                    "The preprocessing \"%s\" of the network in %s cannot be used (%s): take a network that bitgrad has saved."
                            .formatted(Names.printable(kind), source, Names.printable(refused.getMessage())),
                    refused);
        }
    }

    void write(DataOutputStream out) throws IOException {
        List<String> names = hasNames() ? classNames : List.of();
        out.writeInt(names.size());
        for (String name : names) {
            out.writeUTF(name);
        }
        out.writeUTF(kind);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** @throws IOException or IllegalArgumentException if there is no such meaning, or it is not that of the network */
    static Meaning read(DataInputStream in, Network network) throws IOException {
        int count = in.readInt();
        if (count != 0 && count != network.classes()) {
            throw new IOException("%s names of %s classes".formatted(count, network.classes()));
        }
        List<String> names = new ArrayList<>();
        while (names.size() < count) {
            names.add(in.readUTF());
        }
        String kind = in.readUTF();
        int length = in.readInt();
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            throw new IOException("a text of %s bytes ends after %s".formatted(length, text.length));
        }
        return new Meaning(count == 0 ? DataDescription.numbers(network.classes()) : names, kind,
                new String(text, StandardCharsets.UTF_8));
    }
}
