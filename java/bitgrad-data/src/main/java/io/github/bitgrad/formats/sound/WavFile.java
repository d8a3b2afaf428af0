package io.github.bitgrad.formats.sound;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import java.io.BufferedInputStream;
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
 * A recording in a WAV file, as Java decodes it: whole numbers of 8, 16, 24 or 32 bits, floats of 32 or 64 bits, A-law or
 * µ-law. Samples are read as they are wanted, so that a long recording takes no more memory than a short one. Channels
 * are averaged; samples are from −1 to 1, and floats may be beyond.
 */
final class WavFile implements Samples, AutoCloseable {
    private static final float LOWEST_RATE = 1000;
    private static final float HIGHEST_RATE = 400_000;
    private static final int MOST_CHANNELS = 64;
    /** Of the distance between the highest and the lowest sample; 16-bit sound that ever changes has 3e-5. */
    private static final float SILENCE = 1e-6f;
    private static final int BLOCK_BYTES = 1 << 16;
    private static final String RIFF = "RIFF";

    private final Path file;
    private final AudioInputStream sound;
    private final AudioFormat format;
    /** How many samples of all channels the file can have by its size. */
    private final long most;
    /** A part of the sound, decoded: as many whole samples as fit. */
    private final byte[] bytes;
    private long found;
    private float low = Float.POSITIVE_INFINITY;
    private float high = Float.NEGATIVE_INFINITY;

    /** What reads something of a file. */
    @FunctionalInterface
    private interface Reading<T> {
        T read() throws IOException, UnsupportedAudioFileException;
    }

    private WavFile(Path file, AudioInputStream sound, long most) {
        this.file = file;
        this.sound = sound;
        this.most = most;
        format = sound.getFormat();
        bytes = new byte[BLOCK_BYTES - BLOCK_BYTES % format.getFrameSize()];
    }

    static boolean isNamedAsSound(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".wav");
    }

    /** {@return whether a sound whose samples are between these two is silent} */
    static boolean isSilent(float low, float high) {
        return !(high - low > SILENCE);
    }

    /**
     * Opens a file, and reads its header.
     *
     * @return the recording, which the caller closes
     * @throws BitgradException if the file cannot be read or is not a WAV file, or sound of this kind is not read
     */
    static WavFile open(Path file) {
        return told(file, () -> {
            InputStream in = new BufferedInputStream(Files.newInputStream(file));
            try {
                requireWav(file, in);
                AudioInputStream coded = AudioSystem.getAudioInputStream(in);
                requirePossible(file, coded.getFormat());
                AudioInputStream linear = linear(coded);
                requirePossible(file, linear.getFormat());
                return new WavFile(file, linear, Files.size(file) / coded.getFormat().getFrameSize());
            } catch (Throwable failure) {
                in.close();
                throw failure;
            }
        });
    }

    private static <T> T told(Path file, Reading<T> reading) {
        try {
            return reading.read();
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
            if (damaged instanceof BitgradException sentence) {
                throw sentence;
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

    private static void requirePossible(Path file, AudioFormat format) {
        if (!(format.getSampleRate() >= LOWEST_RATE && format.getSampleRate() <= HIGHEST_RATE)) {
            throw new BitgradException(
                    "%s cannot have %s samples in a second, as its header says: put a recording with %s to %s there."
                            .formatted(file, Integer.toUnsignedLong((int) format.getSampleRate()), (int) LOWEST_RATE,
                                    (int) HIGHEST_RATE));
        }
        int bytes = format.getChannels() < 1 ? 0 : format.getFrameSize() / format.getChannels();
        boolean isFloat = format.getEncoding().equals(Encoding.PCM_FLOAT);
        if (format.getChannels() > MOST_CHANNELS || format.getFrameSize() != bytes * format.getChannels()
                || format.getSampleSizeInBits() != Byte.SIZE * bytes
                || (isFloat ? bytes != Float.BYTES && bytes != Double.BYTES : bytes < 1 || bytes > Integer.BYTES)) {
            throw new BitgradException("%s holds sound of a kind that is not read (%s): save it as 16-bit PCM."
                    .formatted(file, format));
        }
    }

    /** {@return samples in a second} */
    int rate() {
        return Math.round(format.getSampleRate());
    }

    /** {@return how long the recording is by its header, but not longer than the file can hold} */
    double seconds() {
        long header = sound.getFrameLength();
        return (double) (header < 0 ? most : Math.min(header, most)) / rate();
    }

    /**
     * {@inheritDoc} Where the recording ends, it is looked at as a whole.
     *
     * @throws BitgradException if the file cannot be read, is damaged or cut off, or ends and all of it is silent
     */
    @Override
    public int read(float[] to, int begin, int count) {
        return told(file, () -> {
            int done = 0;
            while (done < count) {
                int wanted = (int) Math.min((long) (count - done) * format.getFrameSize(), bytes.length);
                // The decoder says again and again that there are 0 bytes where no whole sample is left.
                int frames = Math.max(0, sound.read(bytes, 0, wanted)) / format.getFrameSize();
                if (frames == 0) {
                    requireWhole();
                    break;
                }
                decode(frames, to, begin + done);
                found += frames;
                done += frames;
            }
            return done;
        });
    }

    private void requireWhole() {
        if (sound.getFrameLength() > found) {
            throw new BitgradException("%s is cut off (expected %s samples, found %s): put a whole copy there."
                    .formatted(file, sound.getFrameLength(), found));
        }
        if (isSilent(low, high)) {
            throw new BitgradException("%s is %s: record it again.".formatted(file,
                    found == 0 ? "a recording of no length" : "silent"));
        }
    }

    private void decode(int frames, float[] to, int begin) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes)
                .order(format.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int channels = format.getChannels();
        int size = format.getFrameSize() / channels;
        boolean isFloat = format.getEncoding().equals(Encoding.PCM_FLOAT);
        boolean isUnsigned = format.getEncoding().equals(Encoding.PCM_UNSIGNED);
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
            float sample = (float) (sum / channels);
            if (!Float.isFinite(sample)) {
                throw new BitgradException(
                        "%s has samples that are not finite numbers: record it again.".formatted(file));
            }
            low = Math.min(low, sample);
            high = Math.max(high, sample);
            to[begin + frame] = sample;
        }
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

    @Override
    public void close() {
        told(file, () -> {
            sound.close();
            return null;
        });
    }
}
