package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioFormat.Encoding;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * A recording from a WAV file, as Java decodes it: whole numbers of 8, 16, 24 or 32 bits, floats of 32 or 64 bits, A-law
 * or µ-law. Channels are averaged.
 *
 * @param samples from −1 to 1; floats may be beyond
 * @param rate samples in a second
 */
record WavFile(float[] samples, float rate) {
    /** Ten minutes of 16-bit sound at 16 kHz have 19 MB. */
    private static final int MOST_BYTES = 32 << 20;
    private static final float LOWEST_RATE = 1000;
    private static final float HIGHEST_RATE = 400_000;
    private static final int MOST_CHANNELS = 64;
    /** Of the distance between the highest and the lowest sample; 16-bit sound that ever changes has 3e-5. */
    private static final float SILENCE = 1e-6f;
    private static final String RIFF = "RIFF";

    static boolean isNamedAsSound(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".wav");
    }

    /**
     * Reads a file.
     *
     * @throws BitgradException if it cannot be read, is not a WAV file, is damaged, is too long, or is silent
     */
    static WavFile read(Path file) {
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
            requireWav(file, bytes);
            try (AudioInputStream sound = AudioSystem.getAudioInputStream(bytes)) {
                return of(file, linear(sound));
            }
        } catch (NoSuchFileException missing) {
            throw new BitgradException("There is no recording %s: check its name.".formatted(file), missing);
        } catch (UnsupportedAudioFileException unknown) {
            throw new BitgradException(
                    "%s is a WAV file of a kind that Java does not decode: save it as 16-bit PCM.".formatted(file),
                    unknown);
        } catch (IOException failure) {
            throw new BitgradException("%s cannot be read (%s): put a whole WAV file there.".formatted(file,
                    Names.printable(String.valueOf(failure.getMessage()))), failure);
        } catch (RuntimeException damaged) { // the decoder meets numbers that it does not expect
            if (damaged instanceof BitgradException told) {
                throw told;
            }
            throw new BitgradException("%s is a damaged WAV file (%s): put a whole copy there.".formatted(file,
                    Names.printable(String.valueOf(damaged.getMessage()))), damaged);
        }
    }

    private static void requireWav(Path file, InputStream bytes) throws IOException {
        bytes.mark(RIFF.length());
        String magic = new String(bytes.readNBytes(RIFF.length()), StandardCharsets.ISO_8859_1);
        bytes.reset();
        if (magic.isEmpty()) {
            throw new BitgradException("%s is empty: put a recording there.".formatted(file));
        }
        if (!magic.equals(RIFF)) {
            throw new BitgradException(
                    "%s is not a WAV file (it begins with \"%s\" instead of \"%s\"): convert it to WAV."
                            .formatted(file, Names.printable(magic), RIFF));
        }
    }

    /** A-law and µ-law become whole numbers. */
    private static AudioInputStream linear(AudioInputStream sound) {
        Encoding encoding = sound.getFormat().getEncoding();
        return encoding.equals(Encoding.ALAW) || encoding.equals(Encoding.ULAW)
                ? AudioSystem.getAudioInputStream(Encoding.PCM_SIGNED, sound)
                : sound;
    }

    private static WavFile of(Path file, AudioInputStream sound) throws IOException {
        AudioFormat format = sound.getFormat();
        requirePossible(file, format);
        byte[] bytes = bytes(file, sound);
        int frames = bytes.length / format.getFrameSize();
        if (sound.getFrameLength() > frames) {
            throw new BitgradException("%s is cut off (expected %s samples, found %s): put a whole copy there."
                    .formatted(file, sound.getFrameLength(), frames));
        }
        float[] samples = samples(bytes, frames, format);
        requireSound(file, samples);
        return new WavFile(samples, format.getSampleRate());
    }

    /** Reads all that is there. The decoder says again and again that there are 0 bytes where no whole sample is left. */
    private static byte[] bytes(Path file, AudioInputStream sound) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[1 << 16];
        int buffer = some.length - some.length % sound.getFormat().getFrameSize();
        for (int found = sound.read(some, 0, buffer); found > 0; found = sound.read(some, 0, buffer)) {
            all.write(some, 0, found);
            if (all.size() > MOST_BYTES) {
                throw new BitgradException("%s has more than %s MiB of sound: cut it into shorter recordings."
                        .formatted(file, MOST_BYTES >> 20));
            }
        }
        return all.toByteArray();
    }

    private static void requirePossible(Path file, AudioFormat format) {
        int bytes = format.getChannels() < 1 ? 0 : format.getFrameSize() / format.getChannels();
        boolean isFloat = format.getEncoding().equals(Encoding.PCM_FLOAT);
        if (format.getSampleRate() < LOWEST_RATE || format.getSampleRate() > HIGHEST_RATE
                || format.getChannels() > MOST_CHANNELS || format.getFrameSize() != bytes * format.getChannels()
                || format.getSampleSizeInBits() != Byte.SIZE * bytes
                || (isFloat ? bytes != Float.BYTES && bytes != Double.BYTES : bytes < 1 || bytes > Integer.BYTES)) {
            throw new BitgradException("%s holds sound of a kind that is not read (%s): save it as 16-bit PCM."
                    .formatted(file, format));
        }
    }

    private static void requireSound(Path file, float[] samples) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float sample : samples) {
            if (!Float.isFinite(sample)) {
                throw new BitgradException(
                        "%s has samples that are not finite numbers: record it again.".formatted(file));
            }
            low = Math.min(low, sample);
            high = Math.max(high, sample);
        }
        if (!(high - low > SILENCE)) {
            throw new BitgradException("%s is %s: record it again.".formatted(file,
                    samples.length == 0 ? "a recording of no length" : "silent"));
        }
    }

    private static float[] samples(byte[] bytes, int frames, AudioFormat format) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes)
                .order(format.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int channels = format.getChannels();
        int size = format.getFrameSize() / channels;
        boolean isFloat = format.getEncoding().equals(Encoding.PCM_FLOAT);
        boolean isUnsigned = format.getEncoding().equals(Encoding.PCM_UNSIGNED);
        float[] samples = new float[frames];
        for (int frame = 0; frame < frames; frame++) {
            double sum = 0;
            for (int channel = 0; channel < channels; channel++) {
                int at = (frame * channels + channel) * size;
                if (isFloat) {
                    sum += size == Float.BYTES ? buffer.getFloat(at) : buffer.getDouble(at);
                } else {
                    double value = whole(buffer, at, size) * Math.scalb(1.0, 1 - Byte.SIZE * size);
                    sum += isUnsigned ? (value < 0 ? value + 1 : value - 1) : value;
                }
            }
            samples[frame] = (float) (sum / channels);
        }
        return samples;
    }

    /** A signed whole number of 1 to 4 bytes. */
    private static int whole(ByteBuffer buffer, int at, int size) {
        boolean big = buffer.order() == ByteOrder.BIG_ENDIAN;
        int value = buffer.get(big ? at : at + size - 1);
        for (int i = 1; i < size; i++) {
            value = value << Byte.SIZE | Byte.toUnsignedInt(buffer.get(big ? at + i : at + size - 1 - i));
        }
        return value;
    }
}
