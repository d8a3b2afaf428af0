package io.github.bitgrad.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads Python's pickle format as far as CIFAR's files for Python use it: dictionaries with texts as keys, lists, tuples,
 * texts, whole numbers, none and truth values, and numpy's arrays. A pickle is a program for a machine with a stack. Here
 * its steps only put values together: what it names is compared with a list of names, and never looked up or run. The
 * number of steps and the size of texts are limited.
 *
 * <p>
 * Values become a {@code Map<String, Object>}, {@link Items}, {@link Made}, {@link Long} and {@link String}; a text of
 * more than {@value #LONGEST_TEXT} bytes is not read, but becomes its {@link Place}.
 */
final class Pickle {
    private static final int LONGEST_TEXT = 256;
    private static final int MOST_TEXT_BYTES = 8 << 20;
    private static final int MOST_STEPS = 1 << 20;
    private static final int MOST_KEPT = 1 << 18;
    private static final int NEWEST_PROTOCOL = 2;
    /** Functions and classes, of which numpy's arrays are made. */
    private static final Set<String> KNOWN =
            Set.of("numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype");

    /** A list or a tuple. */
    record Items(List<Object> values, boolean isTuple) {
    }

    /** What a function would make, with its arguments, and behind them the state that it is given. */
    record Made(String function, List<Object> parts) {
    }

    /** Where a long text is in the file. */
    record Place(long begin, long bytes) {
    }

    /** Values that are there without meaning anything here. */
    private enum Constant {
        MARK, NONE, TRUE, FALSE
    }

    private final DataInputStream in;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> kept = new HashMap<>();
    private long position;
    private long textBytes;

    private Pickle(InputStream bytes) {
        in = new DataInputStream(bytes);
    }

    /**
     * Reads a file whose only value is a dictionary.
     *
     * @throws IOException if it cannot be read, is cut off, or is not such a file
     */
    static Map<String, Object> read(Path file) throws IOException {
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            return new Pickle(bytes).dictionary();
        }
    }

    private Map<String, Object> dictionary() throws IOException {
        for (int steps = 0; steps < MOST_STEPS; steps++) {
            int opcode = unsignedByte();
            if (opcode == '.') {
                return map(pop());
            }
            step(opcode);
        }
        throw new IOException("it has too many values");
    }

    private void step(int opcode) throws IOException {
        switch (opcode) {
            case 0x80 -> require(unsignedByte() <= NEWEST_PROTOCOL, "its protocol is newer");
            case '}' -> stack.add(new HashMap<String, Object>());
            case ']' -> stack.add(new Items(new ArrayList<>(), false));
            case ')' -> stack.add(new Items(List.of(), true));
            case '(' -> stack.add(Constant.MARK);
            case 'N' -> stack.add(Constant.NONE);
            case 0x88 -> stack.add(Constant.TRUE);
            case 0x89 -> stack.add(Constant.FALSE);
            case 'K' -> stack.add((long) unsignedByte());
            case 'M' -> stack.add((long) (unsignedByte() | unsignedByte() << Byte.SIZE));
            case 'J' -> stack.add((long) integer());
            case 'U' -> stack.add(text(unsignedByte()));
            case 'T', 'X' -> stack.add(text(integer()));
            case 'q' -> keep(unsignedByte());
            case 'r' -> keep(integer());
            case 'h' -> get(unsignedByte());
            case 'j' -> get(integer());
            case 0x85, 0x86, 0x87 -> tuple(opcode - 0x84);
            case 't' -> stack.add(new Items(sinceMark(), true));
            case 'a' -> {
                Object value = pop();
                list(top()).add(value);
            }
            case 'e' -> {
                List<Object> values = sinceMark();
                list(top()).addAll(values);
            }
            case 's' -> {
                Object value = pop();
                put(pop(), value);
            }
            case 'u' -> {
                List<Object> values = sinceMark();
                require(values.size() % 2 == 0, "a value is missing");
                for (int i = 0; i < values.size(); i += 2) {
                    put(values.get(i), values.get(i + 1));
                }
            }
            case 'c' -> {
                String name = line() + " " + line();
                require(KNOWN.contains(name), "it names a function that is not numpy's");
                stack.add(new Made(name, new ArrayList<>()));
            }
            case 'R' -> {
                Items arguments = tuple(pop());
                stack.add(new Made(made(pop()).function(), new ArrayList<>(arguments.values())));
            }
            case 'b' -> {
                Object state = pop();
                made(top()).parts().add(state);
            }
            default -> throw new IOException("it has the step %s, which is not known".formatted(opcode));
        }
    }

    private int unsignedByte() throws IOException {
        position++;
        return in.readUnsignedByte();
    }

    private int integer() throws IOException {
        position += Integer.BYTES;
        return Integer.reverseBytes(in.readInt());
    }

    /** A text of one byte for each character, or where it is. */
    private Object text(int bytes) throws IOException {
        require(bytes >= 0, "a size is negative");
        long begin = position;
        position += bytes;
        if (bytes > LONGEST_TEXT) {
            in.skipNBytes(bytes);
            return new Place(begin, bytes);
        }
        textBytes += bytes;
        require(textBytes <= MOST_TEXT_BYTES, "it has too many texts");
        byte[] text = new byte[bytes];
        in.readFully(text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = unsignedByte(); c != '\n'; c = unsignedByte()) {
            require(line.length() < LONGEST_TEXT, "a name is too long");
            line.append((char) c);
        }
        return line.toString();
    }

    private void keep(int number) throws IOException {
        require(kept.size() < MOST_KEPT, "it has too many values");
        kept.put(number, top());
    }

    private void get(int number) throws IOException {
        Object value = kept.get(number);
        require(value != null, "a value is missing");
        stack.add(value);
    }

    private Object top() throws IOException {
        require(!stack.isEmpty(), "a value is missing");
        return stack.getLast();
    }

    private Object pop() throws IOException {
        Object value = top();
        stack.removeLast();
        return value;
    }

    /** Takes the values away that were added after the last mark, and the mark. */
    private List<Object> sinceMark() throws IOException {
        int mark = stack.lastIndexOf(Constant.MARK);
        require(mark >= 0, "a mark is missing");
        List<Object> tail = stack.subList(mark, stack.size());
        List<Object> values = new ArrayList<>(tail.subList(1, tail.size()));
        tail.clear();
        return values;
    }

    private void tuple(int count) throws IOException {
        require(stack.size() >= count, "a value is missing");
        List<Object> tail = stack.subList(stack.size() - count, stack.size());
        Items tuple = new Items(List.copyOf(tail), true);
        tail.clear();
        stack.add(tuple);
    }

    private void put(Object key, Object value) throws IOException {
        require(key instanceof String, "a key is not a text");
        map(top()).put((String) key, value);
    }

    @SuppressWarnings("unchecked") // the only maps are those of step '}', whose keys put checks
    private static Map<String, Object> map(Object value) throws IOException {
        require(value instanceof Map, "there is no dictionary where one is needed");
        return (Map<String, Object>) value;
    }

    private static List<Object> list(Object value) throws IOException {
        require(value instanceof Items items && !items.isTuple(), "there is no list where one is needed");
        return ((Items) value).values();
    }

    static Items tuple(Object value) throws IOException {
        require(value instanceof Items items && items.isTuple(), "there is no tuple where one is needed");
        return (Items) value;
    }

    static Made made(Object value) throws IOException {
        require(value instanceof Made, "there is no array where one is needed");
        return (Made) value;
    }

    static void require(boolean holds, String fault) throws IOException {
        if (!holds) {
            throw new IOException(fault);
        }
    }

    /** {@return where the bytes of an array of rows of bytes are} */
    static Place rows(Object array, int bytesOfRow) throws IOException {
        List<Object> parts = made(array).parts();
        require(!parts.isEmpty(), "an array has no contents");
        List<Object> state = tuple(parts.getLast()).values(); // version, shape, type, whether by columns, contents
        require(state.size() == 5 && state.get(3) == Constant.FALSE, "an array is not in rows");
        List<Object> type = made(state.get(2)).parts();
        List<Object> shape = tuple(state.get(1)).values();
        require(!type.isEmpty() && type.getFirst().equals("u1") && shape.size() == 2
                && shape.get(1).equals((long) bytesOfRow), "an array does not consist of images of bytes");
        require(state.get(4) instanceof Place place && shape.getFirst() instanceof Long rows && rows > 0
                && rows <= Integer.MAX_VALUE && place.bytes() == rows * bytesOfRow,
                "an array is not as long as it says");
        return (Place) state.get(4);
    }

    /** {@return whole numbers from 0 to 255, as bytes} */
    static byte[] bytes(Object numbers) throws IOException {
        List<Object> values = list(numbers);
        byte[] bytes = new byte[values.size()];
        for (int i = 0; i < bytes.length; i++) {
            require(values.get(i) instanceof Long number && number >= 0 && number <= 255, "a label cannot be");
            bytes[i] = ((Long) values.get(i)).byteValue();
        }
        return bytes;
    }

    /** {@return texts} */
    static List<String> texts(Object texts) throws IOException {
        List<String> found = new ArrayList<>();
        for (Object text : list(texts)) {
            require(text instanceof String, "a name is not a text");
            found.add((String) text);
        }
        return found;
    }

    /** {@return what an exception of this class says, as a phrase} */
    static String reason(IOException failure) {
        return failure instanceof EOFException ? "it is cut off" : failure.getMessage();
    }
}
