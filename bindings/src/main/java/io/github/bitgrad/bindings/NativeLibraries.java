package io.github.bitgrad.bindings;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Loads the native libraries when they are first used: {@code libbitgrad.so} from this JAR, and OpenBLAS from its own
 * JAR, which the artifact {@code bitgrad-openblas} brings in. The operating system can load a library only from a file,
 * so libraries are unpacked first. They are unpacked into the folder that the system property
 * {@code bitgrad.cache.directory} or the environment variable {@code BITGRAD_CACHE_DIR} names, or into the user's
 * cache. The property {@code bitgrad.library} or the variable {@code BITGRAD_LIBRARY} names a {@code libbitgrad.so} to
 * load instead of the packed one.
 *
 * <p>
 * If several class loaders of a process have this class, each of them loads the libraries. The system gives them the
 * same copy if they load the same file. A library is unloaded with the last class loader that has loaded it.
 */
public final class NativeLibraries {
    static final Setting LIBRARY = new Setting("bitgrad.library", "BITGRAD_LIBRARY");
    static final FunctionDescriptor SET_THREADS = FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT);

    /** Lives as long as this class, and with it as long as its class loader. */
    private static final Arena ARENA = Arena.ofAuto();

    private static final Lazy BITGRAD = new Lazy(NativeLibraries::loadBitgrad);
    private static final Lazy OPENBLAS = new Lazy(NativeLibraries::loadOpenBlasWithOneThread);

    /** A library that is loaded when it is first wanted. If that fails, it is tried again the next time. */
    private static final class Lazy {
        private final Supplier<LoadedLibrary> loader;
        private volatile LoadedLibrary library;

        Lazy(Supplier<LoadedLibrary> loader) {
            this.loader = loader;
        }

        LoadedLibrary get() {
            if (library == null) {
                load();
            }
            return library;
        }

        private synchronized void load() {
            if (library == null) {
                library = loader.get();
            }
        }
    }

    private NativeLibraries() {
    }

    /**
     * Loads {@code libbitgrad.so} if it is not loaded yet.
     *
     * @return the file from which it was loaded. A file for temporary use no longer exists
     * @throws UnsatisfiedLinkError if it cannot be loaded; the message says what was tried and what to do
     */
    public static Path load() {
        return BITGRAD.get().file();
    }

    /** Finds functions of {@code libbitgrad.so}, which is loaded for the first one, as {@link #load()} does. */
    public static SymbolLookup symbols() {
        return name -> BITGRAD.get().symbols().find(name);
    }

    /**
     * Makes a C function callable. Each generated class of a function uses this method, and is smaller by it.
     *
     * @param library finds the function, and may load its library for it
     * @param name the name of the function in the library
     * @param types its result and its parameters
     * @return what calls the function
     * @throws UnsatisfiedLinkError if the library cannot be loaded; the message says what was tried and what to do
     * @throws java.util.NoSuchElementException if the library has no such function
     */
    public static MethodHandle function(SymbolLookup library, String name, FunctionDescriptor types) {
        return Linker.nativeLinker().downcallHandle(library.find(name).orElseThrow(), types);
    }

    /**
     * Loads OpenBLAS if it is not loaded yet, and makes it compute in the calling thread only, without threads of its
     * own.
     *
     * @return the file from which it was loaded. A file for temporary use no longer exists
     * @throws UnsatisfiedLinkError if it cannot be loaded; the message says what was tried and what to do
     */
    public static Path loadOpenBlas() {
        return OPENBLAS.get().file();
    }

    /** Finds functions of OpenBLAS, which is loaded for the first one, as {@link #loadOpenBlas()} does. */
    public static SymbolLookup openBlasSymbols() {
        return name -> OPENBLAS.get().symbols().find(name);
    }

    private static LoadedLibrary loadBitgrad() {
        Platform platform = usablePlatform();
        Optional<Path> named = LIBRARY.value().map(Path::of);
        return named.isPresent() ? loadNamed(platform, named.get(), ARENA)
                : LibraryCache.load(platform, packedBitgrad(platform), LibraryCache.places(), ARENA);
    }

    private static LoadedLibrary loadOpenBlasWithOneThread() {
        Platform platform = usablePlatform();
        LoadedLibrary library = LibraryCache.load(platform, packedOpenBlas(platform), LibraryCache.places(), ARENA);
        setThreads(library, 1);
        return library;
    }

    /** Does what {@code Cblas.openblas_set_num_threads} does, which can only be called once OpenBLAS is loaded. */
    private static void setThreads(LoadedLibrary library, int threads) {
        try {
            function(library.symbols(), "openblas_set_num_threads", SET_THREADS).invokeExact(threads);
        } catch (Throwable impossible) { // the function always succeeds
            throw new AssertionError(impossible);
        }
    }

    private static Platform usablePlatform() {
        Platform platform = Platform.current();
        platform.requireSupported();
        requireNativeAccess();
        return platform;
    }

    /**
     * Checks that Java allows native access. Java refuses at the first call of any restricted method; the one called
     * here has no other effect.
     */
    private static void requireNativeAccess() {
        try {
            MemorySegment.NULL.reinterpret(0);
        } catch (IllegalCallerException refused) {
            Module module = NativeLibraries.class.getModule();
            UnsatisfiedLinkError error = new UnsatisfiedLinkError(
                    "Java does not let bitgrad call native code; start it with --enable-native-access=%s."
                            .formatted(module.isNamed() ? module.getName() : "ALL-UNNAMED"));
            error.initCause(refused);
            throw error;
        }
    }

    static LoadedLibrary loadNamed(Platform platform, Path file, Arena arena) {
        try {
            return LoadedLibrary.of(file.toRealPath(), arena);
        } catch (IOException missing) {
            throw namedError(platform, file, missing, "correct the path or unset it");
        } catch (UnsatisfiedLinkError failure) {
            throw namedError(platform, file, failure, platform.remedy(List.of(failure),
                    "move it to a folder that you may read and that is not mounted noexec"));
        }
    }

    private static UnsatisfiedLinkError namedError(Platform platform, Path file, Throwable failure, String remedy) {
        return platform.linkError("The library %s that %s names cannot be loaded (%s); %s"
                .formatted(file, LIBRARY, LoadedLibrary.reason(failure), remedy), List.of(failure));
    }

    static List<PackedLibrary> packedBitgrad(Platform platform) {
        return find(platform, List.of(platform.bitgradResource()),
                "build it on this machine and name it in %s".formatted(LIBRARY));
    }

    static List<PackedLibrary> packedOpenBlas(Platform platform) {
        return find(platform, platform.openBlasResources(),
                "the algorithm standard needs it: add the artifact io.github.bitgrad:bitgrad-openblas");
    }

    /**
     * Finds a library, which is the last of the resources, and the libraries that it needs, which are the resources
     * before it. A needed library that this platform does not have is left out.
     */
    private static List<PackedLibrary> find(Platform platform, List<String> resources, String remedy) {
        List<PackedLibrary> libraries = new ArrayList<>();
        Optional<PackedLibrary> library = Optional.empty();
        for (String resource : resources) {
            try {
                library = PackedLibrary.find(resource);
            } catch (IOException failure) {
                throw platform.linkError(
                        "%s cannot be read (%s); get its JAR again".formatted(resource, failure), List.of(failure));
            }
            library.ifPresent(libraries::add);
        }
        if (library.isEmpty()) {
            throw platform.linkError("There is no %s on the class path or the module path; %s"
                    .formatted(resources.getLast(), remedy), List.of());
        }
        return libraries;
    }
}
