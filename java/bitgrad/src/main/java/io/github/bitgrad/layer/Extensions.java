package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The layer kinds and losses that names in files stand for: the library's own, those that are given here, and those that are
 * found as services ({@link ServiceLoader}) of {@link LayerKind} and {@link Loss}. Where names are the same, the first counts.
 *
 * @param kinds layer kinds that need not be found
 * @param losses losses that need not be found
 */
public record Extensions(List<LayerKind> kinds, List<Loss> losses) {
    /** The library's own layer kinds: a line for each. */
    private static final List<LayerKind> OWN_KINDS = List.of(
            BinaryConvolution.KIND,
            Dense.KIND,
            MaxPool.KIND,
            BatchNorm.KIND,
            Sign.KIND,
            Add.KIND);

    /** The library's own losses: a line for each. */
    private static final List<Loss> OWN_LOSSES = List.of(
            new SoftmaxCrossEntropy());

    /** Nothing is given. */
    public static final Extensions NONE = new Extensions(List.of(), List.of());

    public Extensions {
        kinds = List.copyOf(kinds);
        losses = List.copyOf(losses);
    }

    /** These layer kinds are given. */
    public static Extensions of(LayerKind... kinds) {
        return new Extensions(List.of(kinds), List.of());
    }

    /**
     * The layer kind of this name.
     *
     * @throws IllegalArgumentException where there is none
     */
    public LayerKind kind(String name) {
        return find("layer kind", name, all(OWN_KINDS, kinds, LayerKind.class), LayerKind::name);
    }

    /**
     * The loss of this name.
     *
     * @throws IllegalArgumentException where there is none
     */
    public Loss loss(String name) {
        return find("loss", name, all(OWN_LOSSES, losses, Loss.class), Loss::name);
    }

    private static <T> List<T> all(List<T> own, List<T> given, Class<T> service) {
        List<T> all = new ArrayList<>(own);
        all.addAll(given);
        ServiceLoader.load(service).forEach(all::add);
        return all;
    }

    private static <T> T find(String what, String name, List<T> known, Function<T, String> nameOf) {
        return known.stream().filter(one -> nameOf.apply(one).equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "There is no %s \"%s\" among %s; put its JAR on the class path, or give it where the file is read."
                                .formatted(what, name,
                                        known.stream().map(nameOf).distinct().collect(Collectors.joining(", ")))));
    }
}
