package example;

import io.github.bitgrad.data.Augmentation;
import io.github.bitgrad.data.ImageShape;
import java.util.SequencedMap;

/** An augmentation of a user's: makes each image brighter or darker as a whole, by up to so many grey levels. */
record Brightness(int levels) implements Augmentation {
    @Override
    public String name() {
        return "brightness";
    }

    @Override
    public SequencedMap<String, Number> numbers() {
        SequencedMap<String, Number> numbers = Augmentation.super.numbers();
        numbers.put("levels", levels);
        return numbers;
    }

    @Override
    public void change(byte[] pixels, ImageShape shape, int image, long seed) {
        long mixed = (seed + image) * 0x9e3779b97f4a7c15L;
        int more = (int) ((mixed >>> 33) % (2 * levels + 1)) - levels;
        for (int i = 0; i < shape.values(); i++) {
            pixels[i] = (byte) Math.clamp(Byte.toUnsignedInt(pixels[i]) + more, 0, 255);
        }
    }
}
