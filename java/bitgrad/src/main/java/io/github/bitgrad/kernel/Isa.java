package io.github.bitgrad.kernel;

import io.github.bitgrad.BitgradException;
import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An instruction-set level of this machine's architecture and the kernels that go with it. The highest level that the
 * machine has is chosen at start, unless the system property {@code bitgrad.isa} or, after it, the environment variable
 * {@code BITGRAD_ISA} names another. An empty text names none. One level serves the whole process.
 *
 * @param name as {@code avx2}; {@code scalar} is the reference that every machine has
 * @param features the CPU features that it needs, as {@code bg_cpu_feature} bits
 */
public record Isa(String name, long features) {
    /** The system property that names a level. */
    public static final String PROPERTY = "bitgrad.isa";
    /** The environment variable that names a level. */
    public static final String ENVIRONMENT = "BITGRAD_ISA";

    private static Isa selected;
    private static String reason;

    /**
     * The level in use; at the first call the native library is loaded and the level chosen.
     *
     * @throws BitgradException if the native library cannot be loaded, or if the property or the variable names a level
     *             that this machine does not have
     */
    public static synchronized Isa selected() {
        if (selected == null) {
            String property = System.getProperty(PROPERTY);
            String environment = System.getenv(ENVIRONMENT);
            if (property != null && !property.isEmpty()) {
                select(property, "system property " + PROPERTY);
            } else if (environment != null && !environment.isEmpty()) {
                select(environment, "environment variable " + ENVIRONMENT);
            } else {
                select(available().getLast().name(), "the highest that this machine has");
            }
        }
        return selected;
    }

    /** Why this level is in use. */
    public static synchronized String reason() {
        selected();
        return reason;
    }

    /** The levels that this machine has, from scalar upwards. */
    public static List<Isa> available() {
        return all().stream().filter(isa -> (isa.features & ~Bitgrad.bg_cpu_features()) == 0).toList();
    }

    private static List<Isa> all() {
        Natives.bitgrad();
        List<Isa> levels = new ArrayList<>();
        for (int i = 0; i < Bitgrad.bg_isa_count(); i++) {
            levels.add(new Isa(text(Bitgrad.bg_isa_name(i)), Bitgrad.bg_isa_features(i)));
        }
        return levels;
    }

    /**
     * Chooses the kernels of a level, for the whole process; not while a kernel runs.
     *
     * @param name the level's
     * @param why what asked for it, for {@link #reason()}
     * @throws BitgradException where this machine has no such level
     */
    public static synchronized void select(String name, String why) {
        List<Isa> available = available();
        Isa isa = available.stream().filter(level -> level.name.equals(name)).findFirst().orElseThrow(() -> {
            String levels = available.stream().map(Isa::name).collect(Collectors.joining(", "));
            boolean known = all().stream().anyMatch(level -> level.name.equals(name));
            String problem = known ? "This CPU does not have the" : "There is no";
            return new BitgradException(
                    "%s instruction-set level %s (%s); choose one of %s.".formatted(problem, name, why, levels));
        });
        Bitgrad.bg_select_kernels(isa.features);
        selected = isa;
        reason = why;
    }

    /** The names of what this CPU has. */
    public static List<String> cpuFeatureNames() {
        Natives.bitgrad();
        List<String> names = new ArrayList<>();
        for (long rest = Bitgrad.bg_cpu_features(); rest != 0; rest &= rest - 1) {
            names.add(text(Bitgrad.bg_feature_name(Long.lowestOneBit(rest))));
        }
        return names;
    }

    /** The variant in use of every operation. */
    public static Map<String, String> variants() {
        selected();
        Map<String, String> variants = new LinkedHashMap<>();
        for (int i = 0; i < Bitgrad.bg_operation_count(); i++) {
            variants.put(text(Bitgrad.bg_operation_name(i)), text(Bitgrad.bg_operation_variant(i)));
        }
        return variants;
    }

    /** The file from which the native library was loaded. */
    public static Path library() {
        return Natives.bitgrad();
    }

    /** The version of the native library. */
    public static String nativeVersion() {
        Natives.bitgrad();
        return text(Bitgrad.bg_version());
    }

    private static String text(MemorySegment string) {
        return string.getString(0);
    }
}
