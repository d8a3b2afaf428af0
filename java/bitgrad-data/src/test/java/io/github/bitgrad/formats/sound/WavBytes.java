package io.github.bitgrad.formats.sound;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.IntToDoubleFunction;

/**
 * Makes the bytes of WAV files.
 *
 * @param format 1 for whole numbers, 3 for floats
 * @param bits of a sample
 */
record WavBytes(int format, int bits, int channels, int rate) {
    static final WavBytes USUAL = new WavBytes(1, 16, 1, 8000);

    /** @param wave gives the value of each sample, from −1 to 1 */
    byte[] of(int samples, IntToDoubleFunction wave) {
        int bytes = bits / 8;
        int size = samples * channels * bytes;
        ByteBuffer file = ByteBuffer.allocate(44 + size).order(ByteOrder.LITTLE_ENDIAN);
        file.put(text("RIFF")).putInt(36 + size).put(text("WAVE")).put(text("fmt ")).putInt(16).putShort((short) format)
                .putShort((short) channels).putInt(rate).putInt(rate * channels * bytes)
                .putShort((short) (channels * bytes)).putShort((short) bits).put(text("data")).putInt(size);
        for (int i = 0; i < samples; i++) {
            for (int channel = 0; channel < channels; channel++) {
                put(file, wave.applyAsDouble(i));
            }
        }
        return file.array();
    }

    private static byte[] text(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    private void put(ByteBuffer file, double value) {
        if (format == 3) {
            if (bits == 32) {
                file.putFloat((float) value);
            } else {
                file.putDouble(value);
            }
            return;
        }
        long whole = Math.round(value * ((1L << bits - 1) - 1)) + (bits == 8 ? 128 : 0);
        for (int i = 0; i < bits / 8; i++) {
            file.put((byte) (whole >> 8 * i));
        }
    }

    /** A tone of so many Hz, half as loud as can be. */
    byte[] tone(double seconds, double hertz) {
        return of((int) (seconds * rate), i -> 0.5 * Math.sin(2 * Math.PI * hertz * i / rate));
    }
}
