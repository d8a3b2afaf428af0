package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.Names;
import io.github.bitgrad.bindings.Platform;
import io.github.bitgrad.checkpoint.Checkpoint;
import io.github.bitgrad.checkpoint.Meaning;
import io.github.bitgrad.checkpoint.ReplayFile;
import io.github.bitgrad.kernel.Blas;
import io.github.bitgrad.kernel.Isa;
import io.github.bitgrad.layer.Extensions;
import io.github.bitgrad.train.ReplayMemory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code bitgrad info}. */
@Command(name = "info", description = "Reports what bitgrad found on this machine and what it chose, or what a "
        + "saved network is.")
final class InfoCommand implements Runnable {
    private static final String AVAILABLE = "available";

    @Parameters(arity = "0..1", paramLabel = "FILE",
            description = "A network that train --save has written, or samples that train --replay has written, to report "
                    + "on them instead of the machine.")
    private Path file;

    @Mixin
    private Output output;

    @Override
    public void run() {
        Map<String, Object> object = file == null ? machine() : ReplayFile.isIn(file) ? samples() : network();
        output.report(object, text("", object));
    }

    private Map<String, Object> network() {
        Checkpoint checkpoint = Checkpoint.read(file, Extensions.NONE);
        Meaning meaning = checkpoint.meaning();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("file", file.toString());
        object.put("model", checkpoint.network().name());
        object.put("input", checkpoint.network().input().toString());
        object.put("classes", checkpoint.network().classes());
        object.put("classNames", meaning.classNames());
        object.put("preprocessing", meaning.kind().isEmpty() ? "none" : Names.printable(meaning.kind()));
        object.put("algorithm", checkpoint.origin().algorithm());
        object.put("optimizer", checkpoint.origin().optimizer());
        object.put("latentWeights", checkpoint.isComplete() ? "yes" : "no, signs only");
        return object;
    }

    /** What a replay memory holds; whoever has the file has these samples. */
    private Map<String, Object> samples() {
        try (ReplayMemory memory = ReplayMemory.load(file)) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("file", file.toString());
            object.put("holds", "samples of trainings, for replay");
            object.put("place", memory.place().orElseThrow());
            object.put("samples", memory.size());
            object.put("capacity", memory.capacity());
            object.put("bytes", memory.bytes());
            object.put("classNames", memory.classNames());
            object.put("samplesOfClasses", Arrays.stream(memory.samplesOfClasses()).boxed().toList());
            return object;
        }
    }

    private static Map<String, Object> machine() {
        Platform platform = Platform.current();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("version", Main.Version.text());
        object.put("os", platform.os());
        object.put("arch", platform.arch());
        object.put("libc", platform.libc());
        object.put("java", Runtime.version().toString());
        object.put("cpuFeatures", Isa.cpuFeatureNames());
        object.put("isa", Isa.selected().name());
        object.put("isaReason", Isa.reason());
        object.put("isaAvailable", Isa.available().stream().map(Isa::name).toList());
        object.put("kernels", Isa.variants());
        object.put("library", Isa.library().toString());
        object.put("libraryVersion", Isa.nativeVersion());
        object.put("openblas", openBlas());
        return object;
    }

    /** Only standard training needs OpenBLAS, so it may be missing. */
    private static Map<String, Object> openBlas() {
        Map<String, Object> object = new LinkedHashMap<>();
        try {
            String file = Blas.library().toString();
            object.put(AVAILABLE, true);
            object.put("version", Blas.version());
            object.put("core", Blas.core());
            object.put("library", file);
        } catch (BitgradException missing) {
            object.put(AVAILABLE, false);
            object.put("reason", missing.getMessage());
        }
        return object;
    }

    /** One line for each entry. The entries of a nested map follow its own line, indented. */
    private static String text(String indent, Map<?, ?> object) {
        StringBuilder text = new StringBuilder();
        object.forEach((key, value) -> {
            String label = indent + key;
            switch (value) {
                case Map<?, ?> entries when Boolean.FALSE.equals(entries.get(AVAILABLE)) -> text.append(
                        "%-28s not available, and only standard training needs it: %s%n".formatted(label,
                                entries.get("reason")));
                case Map<?, ?> entries ->
                    text.append(label).append(System.lineSeparator()).append(text(indent + "  ", entries));
                case List<?> list -> text.append(
                        "%-28s %s%n".formatted(label, String.join(", ", list.stream().map(Object::toString).toList())));
                default -> text.append("%-28s %s%n".formatted(label, value));
            }
        });
        return text.toString();
    }
}
