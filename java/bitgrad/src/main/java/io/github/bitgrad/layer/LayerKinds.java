package io.github.bitgrad.layer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** The kinds of layers by their names: the library's own, those that are found as services, and those that are given. */
public final class LayerKinds {
    /** The library's own: a line for each. */
    private static final List<LayerKind> OWN = List.of(
            BinaryConvolution.KIND,
            Dense.KIND,
            MaxPool.KIND,
            BatchNorm.KIND,
            Sign.KIND);

    private final Map<String, LayerKind> byName = new LinkedHashMap<>();

    private LayerKinds(Collection<LayerKind> kinds) {
        kinds.forEach(kind -> byName.putIfAbsent(kind.name(), kind));
    }

    /**
     * The library's kinds, these, and those that are found as services, in this order where names are the same.
     *
     * @param given kinds that need not be found
     */
    public static LayerKinds with(List<LayerKind> given) {
        List<LayerKind> kinds = new ArrayList<>(OWN);
        kinds.addAll(given);
        Stream.of(ServiceLoader.load(LayerKind.class), ServiceLoader.load(LayerKind.class,
                LayerKinds.class.getClassLoader())).forEach(found -> found.forEach(kinds::add));
        return new LayerKinds(kinds);
    }

    /**
     * The kind of this name.
     *
     * @throws IllegalArgumentException where there is none
     */
    public LayerKind named(String name) {
        LayerKind kind = byName.get(name);
        if (kind == null) {
            throw new IllegalArgumentException(
                    "There is no layer kind \"%s\"; give it where the file is loaded, or put its JAR on the class path. Known are %s."
                            .formatted(name, String.join(", ", byName.keySet())));
        }
        return kind;
    }
}
