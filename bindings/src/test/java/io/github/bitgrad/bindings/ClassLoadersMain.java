package io.github.bitgrad.bindings;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads bitgrad several times, each time with a class loader of its own. The argument {@code drop} drops all class
 * loaders and waits until their libraries are unloaded. Any other argument loads bitgrad once: {@code PROPERTY=VALUE}
 * sets a property before, a folder is put before the class path, and an empty text does neither. At the end, a line for
 * each class loader that is left gives the version of its library, the threads of its OpenBLAS, and its two files.
 */
final class ClassLoadersMain {
    private static final String BINDINGS = ClassLoadersMain.class.getPackageName() + ".";

    private ClassLoadersMain() {
    }

    public static void main(String[] arguments) throws Exception {
        List<ClassLoader> loaders = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.equals("drop")) {
                loaders.clear();
                awaitUnloading();
            } else {
                loaders.add(load(argument));
            }
        }
        for (ClassLoader loader : loaders) {
            MemorySegment version = (MemorySegment) call(loader, "kernels.Bitgrad", "bg_version");
            System.out.printf("%s %s %s %s%n", version.getString(0),
                    call(loader, "cblas.Cblas", "openblas_get_num_threads"),
                    call(loader, "NativeLibraries", "load"), call(loader, "NativeLibraries", "loadOpenBlas"));
        }
    }

    private static ClassLoader load(String argument) throws Exception {
        List<String> path = new ArrayList<>(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
        if (argument.contains("=")) {
            String[] setting = argument.split("=");
            System.setProperty(setting[0], setting[1]);
        } else if (!argument.isEmpty()) {
            path.addFirst(argument);
        }
        URL[] urls = new URL[path.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = Path.of(path.get(i)).toUri().toURL();
        }
        ClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
        call(loader, "kernels.Bitgrad", "bg_version");
        call(loader, "cblas.Cblas", "openblas_get_num_threads");
        return loader;
    }

    private static Object call(ClassLoader loader, String type, String method) throws ReflectiveOperationException {
        return loader.loadClass(BINDINGS + type).getMethod(method).invoke(null);
    }

    private static void awaitUnloading() throws IOException, InterruptedException {
        while (mapped().anyMatch(line -> line.matches(".*/lib(bitgrad|openblas)\\.so.*"))) {
            System.gc();
            Thread.sleep(10);
        }
    }

    private static Stream<String> mapped() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream();
    }
}
