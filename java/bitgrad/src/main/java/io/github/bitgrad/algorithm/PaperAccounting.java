package io.github.bitgrad.algorithm;

import io.github.bitgrad.compile.Policy;
import io.github.bitgrad.compile.Products;
import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.layer.PaperTerms;
import io.github.bitgrad.memory.Variable;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizer;
import io.github.bitgrad.tensor.ElementType;
import java.util.EnumMap;
import java.util.Map;

/**
 * The paper's model of training memory (Wang et al., table 2): every variable of a step counted once, as if all lived at
 * the same time, bits without padding. It says what an algorithm needs in principle, comparably between papers; what
 * really is allocated says the {@link io.github.bitgrad.memory.MemoryPlan}.
 *
 * <ul>
 * <li>X: the inputs of all layers, float32 in standard training, one bit a value in the proposed, the first layer's too;
 * <li>∂X and Y share the memory of the largest activation, and so does ∂Y, each of the real type;
 * <li>W: latent weights of the real type, or one bit a weight where the proposed algorithm has none to keep;
 * <li>∂W: float32, or one bit a weight;
 * <li>momenta: of the real type, as many a weight as the optimizer has;
 * <li>pool masks: a value for each that is pooled, float32 or one bit;
 * <li>other: values a channel that the backward pass needs: μ, σ and β in standard training, μ, ψ, ω and β in the
 * proposed.
 * </ul>
 *
 * It has no terms for what the lean algorithm leaves out.
 */
public final class PaperAccounting {
    private static final int STANDARD_CHANNEL_VALUES = 3;
    private static final int PROPOSED_CHANNEL_VALUES = 4;

    private PaperAccounting() {
    }

    /** Whether the model has terms for what this policy keeps. */
    public static boolean covers(Policy policy) {
        return !policy.tiled();
    }

    /**
     * The bytes of each variable.
     *
     * @throws IllegalArgumentException for a policy that is not {@linkplain #covers covered}
     */
    public static Map<Variable, Long> bytes(Network network, int batch, Policy policy, Optimizer optimizer) {
        if (!covers(policy)) {
            throw new IllegalArgumentException("The paper has no accounting of the %s algorithm; ask for its plan."
                    .formatted(policy.name()));
        }
        Map<String, ImageShape> shapes = network.shapes();
        PaperTerms terms = new PaperTerms(0, network.input().values(), 0, 0, 0);
        for (Network.Node node : network.nodes()) {
            terms = terms.and(node.layer().paperTerms(node.inputs().stream().map(shapes::get).toList()));
        }
        boolean proposed = policy.products() == Products.BITS;
        ElementType real = policy.state();
        ElementType kept = proposed ? ElementType.BITS : real;
        Map<Variable, Long> bytes = new EnumMap<>(Variable.class);
        bytes.put(Variable.X, unpadded(kept, terms.kept() * batch));
        bytes.put(Variable.DXY, unpadded(real, terms.output() * batch));
        bytes.put(Variable.DY, unpadded(real, terms.output() * batch));
        bytes.put(Variable.W, unpadded(optimizer.latentWeights() ? real : kept, terms.weights()));
        bytes.put(Variable.DW, unpadded(kept, terms.weights()));
        bytes.put(Variable.MOMENTA, unpadded(real, terms.weights() * optimizer.momenta()));
        bytes.put(Variable.POOL_MASKS, unpadded(kept, terms.pooled() * batch));
        bytes.put(Variable.OTHER,
                unpadded(real, terms.channels() * (proposed ? PROPOSED_CHANNEL_VALUES : STANDARD_CHANNEL_VALUES)));
        return bytes;
    }

    private static long unpadded(ElementType type, long elements) {
        return Math.ceilDiv(elements * type.bits(), Byte.SIZE);
    }
}
