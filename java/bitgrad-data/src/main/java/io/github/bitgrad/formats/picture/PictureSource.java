package io.github.bitgrad.formats.picture;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.data.ImageSource;
import io.github.bitgrad.formats.ClassFolders;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * Decodes pictures when they are wanted. Those that are announced are decoded by several threads ahead, at most
 * {@value #MOST_AHEAD} of them, and wait until they are read.
 */
final class PictureSource implements ImageSource {
    static final int MOST_AHEAD = 1024;
    private static final Logger LOGGER = System.getLogger("io.github.bitgrad");

    private final ClassFolders classes;
    private final PicturePreprocessing preprocessing;
    private final boolean strict;
    private final ExecutorService decoders;
    private final Map<Integer, Future<byte[]>> ahead = new ConcurrentHashMap<>();
    /** The pictures that were found to be damaged. */
    private final Set<Integer> damaged = ConcurrentHashMap.newKeySet();

    /** @param strict whether a damaged picture is an error */
    PictureSource(ClassFolders classes, PicturePreprocessing preprocessing, boolean strict) {
        this.classes = classes;
        this.preprocessing = preprocessing;
        this.strict = strict;
        decoders = decoders();
    }

    /** As many threads as there are processors; they do not keep the program from ending. */
    static ExecutorService decoders() {
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().daemon().name("bitgrad-pictures-", 1).factory());
    }

    @Override
    public void expect(int index) {
        if (ahead.size() < MOST_AHEAD) {
            try {
                ahead.computeIfAbsent(index, wanted -> decoders.submit(() -> decode(wanted)));
            } catch (RejectedExecutionException _) {
                // closed, which the thread that reads is told
            }
        }
    }

    @Override
    public void read(int index, byte[] pixels) {
        if (decoders.isShutdown()) {
            throw new IllegalStateException("Already closed"); // as memory says that has been freed
        }
        Future<byte[]> decoded = ahead.remove(index);
        byte[] bytes = decoded == null ? decode(index) : await(decoded);
        System.arraycopy(bytes, 0, pixels, 0, bytes.length);
    }

    private static byte[] await(Future<byte[]> decoded) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return decoded.get();
                } catch (InterruptedException _) {
                    interrupted = true;
                } catch (ExecutionException failure) {
                    if (failure.getCause() instanceof BitgradException sentence) {
                        throw sentence;
                    }
                    throw new IllegalStateException("A picture could not be decoded", failure.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The bytes of a picture, or where it is damaged those of the next one of its class that is not. */
    private byte[] decode(int index) {
        int next = index;
        do {
            try {
                return preprocessing.read(classes.file(next)).getFirst().bytes();
            } catch (BitgradException sentence) {
                if (strict) {
                    throw sentence;
                }
                if (damaged.add(next)) {
                    LOGGER.log(Level.WARNING, "{0} It is left out.", sentence.getMessage());
                }
            }
            next = classes.next(next);
        } while (next != index);
        throw new BitgradException(
                "No picture of class %s can be read, such as %s: put other pictures there.".formatted(
                        classes.classNames().get(classes.label(index)), classes.file(index)));
    }

    @Override
    public void close() {
        decoders.shutdownNow();
        if (!damaged.isEmpty()) {
            LOGGER.log(Level.WARNING, "{0} of {1} pictures could not be read.", Integer.toString(damaged.size()),
                    Integer.toString(classes.size()));
        }
    }
}
