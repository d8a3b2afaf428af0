package io.github.bitgrad.layer;

import io.github.bitgrad.compile.Loss;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The layer kinds and losses that can be found by the names in files. These are, in this order: those of the library,
 * those that this object contains, and those that are declared as services ({@link ServiceLoader}) of {@link LayerKind}
 * and {@link Loss}. If several have the same name, the first one is used.
 *
 * @param kinds layer kinds in addition to those of the library and to services
 * @param losses losses in addition to those of the library and to services
 */
public record Extensions(List<LayerKind> kinds, List<Loss> losses) {
    /** Thrown if a name in a file is not the name of a known layer kind or loss. */
    public static final class UnknownName extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        private UnknownName(String message) {
            super(message);
        }
    }

    /** The layer kinds of the library, one line for each. */
    private static final List<LayerKind> OWN_KINDS = List.of(
            BinaryConvolution.KIND,
            DepthwiseConvolution.KIND,
            Dense.KIND,
            RealConvolution.KIND,
            RealDense.KIND,
            MaxPool.KIND,
            BatchNorm.KIND,
            Sign.KIND,
            Add.KIND,
            Concat.KIND,
            AveragePool.KIND,
            GlobalAveragePool.KIND,
            Relu.KIND,
            Prelu.KIND);

    /** The losses of the library, one line for each. */
    private static final List<Loss> OWN_LOSSES = List.of(
            new SoftmaxCrossEntropy());

    /** Only the layer kinds and losses of the library and those that are services. */
    public static final Extensions NONE = new Extensions(List.of(), List.of());

    public Extensions {
        kinds = List.copyOf(kinds);
        losses = List.copyOf(losses);
    }

    /** These layer kinds, in addition to those of the library and to services. */
    public static Extensions of(LayerKind... kinds) {
        return new Extensions(List.of(kinds), List.of());
    }

    /** All layer kinds that can be found by their names: those of the library, those of this object, and services. */
    public List<LayerKind> allKinds() {
        return all(OWN_KINDS, kinds, LayerKind.class);
    }

    /**
     * Finds a layer kind by its name.
     *
     * @throws UnknownName if no known layer kind has the name; the message lists the known names
     */
    public LayerKind kind(String name) {
        return find("layer kind", name, allKinds(), LayerKind::name);
    }

    /**
     * Finds a loss by its name.
     *
     * @throws UnknownName if no known loss has the name; the message lists the known names
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
                .orElseThrow(() -> new UnknownName(
                        "There is no %s \"%s\" among %s; put its JAR on the class path, or give it where the file is read."
                                .formatted(what, name,
                                        known.stream().map(nameOf).distinct().collect(Collectors.joining(", ")))));
    }
}
