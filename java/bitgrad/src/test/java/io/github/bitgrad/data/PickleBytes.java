package io.github.bitgrad.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Writes pickles as Python 2 has written CIFAR's files, by protocol 2, for tests. */
public final class PickleBytes {
    private static final int IMAGE_BYTES = 3 * 32 * 32;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int kept;

    private PickleBytes() {
        bytes.write(0x80);
        bytes.write(2);
        bytes.write('}');
        keep();
        bytes.write('(');
    }

    /**
     * Images with their labels.
     *
     * @param records as the binary version has them
     * @param labels what the labels of a record are called
     */
    public static byte[] images(byte[] records, List<String> labels) {
        int size = labels.size() + IMAGE_BYTES;
        int count = records.length / size;
        PickleBytes pickle = new PickleBytes();
        pickle.text("batch_label");
        pickle.text("training batch 1 of 5");
        for (int label = 0; label < labels.size(); label++) {
            pickle.text(labels.get(label));
            pickle.begin(']');
            for (int i = 0; i < count; i++) {
                pickle.number(records[i * size + label]);
            }
            pickle.bytes.write('e');
        }
        ByteBuffer images = ByteBuffer.allocate(count * IMAGE_BYTES);
        for (int i = 0; i < count; i++) {
            images.put(records, i * size + labels.size(), IMAGE_BYTES);
        }
        pickle.text("data");
        pickle.array(count, images.array());
        pickle.bytes.writeBytes(new byte[] {'u', '.'});
        return pickle.bytes.toByteArray();
    }

    /** Lists of texts. */
    public static byte[] names(Map<String, List<String>> lists) {
        PickleBytes pickle = new PickleBytes();
        pickle.text("num_vis");
        pickle.bytes.writeBytes(new byte[] {'M', 0, 12});
        lists.forEach((name, texts) -> {
            pickle.text(name);
            pickle.begin(']');
            texts.forEach(pickle::text);
            pickle.bytes.write('e');
        });
        pickle.bytes.writeBytes(new byte[] {'u', '.'});
        return pickle.bytes.toByteArray();
    }

    private void array(int count, byte[] contents) {
        global("numpy.core.multiarray", "_reconstruct");
        global("numpy", "ndarray");
        bytes.writeBytes(new byte[] {'K', 0, (byte) 0x85});
        keep();
        text("b");
        bytes.write(0x87);
        keep();
        bytes.write('R');
        keep();
        bytes.writeBytes(new byte[] {'(', 'K', 1, 'M'});
        bytes.writeBytes(new byte[] {(byte) count, (byte) (count >> 8), 'M', 0, 12, (byte) 0x86});
        keep();
        global("numpy", "dtype");
        text("u1");
        bytes.writeBytes(new byte[] {'K', 0, 'K', 1, (byte) 0x87});
        keep();
        bytes.write('R');
        keep();
        bytes.writeBytes(new byte[] {'(', 'K', 3});
        text("|");
        bytes.writeBytes(new byte[] {'N', 'N', 'N', 'J', -1, -1, -1, -1, 'J', -1, -1, -1, -1, 'K', 0, 't'});
        keep();
        bytes.writeBytes(new byte[] {'b', (byte) 0x89, 'T'});
        integer(contents.length);
        bytes.writeBytes(contents);
        keep();
        bytes.write('t');
        keep();
        bytes.write('b');
    }

    private void begin(int opcode) {
        bytes.write(opcode);
        keep();
        bytes.write('(');
    }

    private void number(byte value) {
        bytes.write('K');
        bytes.write(value);
    }

    private void text(String text) {
        bytes.write('U');
        bytes.write(text.length());
        bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        keep();
    }

    private void global(String module, String name) {
        bytes.write('c');
        bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.ISO_8859_1));
        keep();
    }

    private void integer(int value) {
        bytes.writeBytes(
                ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    /** Numbers each value, with one byte or with four. */
    private void keep() {
        kept++;
        if (kept < 256) {
            bytes.write('q');
            bytes.write(kept);
        } else {
            bytes.write('r');
            integer(kept);
        }
    }
}
