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
 * The paper's model of training memory (Wang et al., table 2). It counts every variable of a step once, as if all of
 * them existed at the same time, and bits without padding. Its numbers can be compared with those of papers. The memory
 * that is really allocated is that of the {@link io.github.bitgrad.memory.MemoryPlan}.
 *
 * <ul>
 * <li>X: the inputs of all layers. A value is a float32 in standard training and one bit in the proposed algorithm, in
 * the first layer too;
 * <li>∂X and Y share memory as large as the largest activation, and ∂Y has memory of this size too. All three have the
 * type of real numbers, float32 or float16;
 * <li>W: latent weights, of the type of real numbers. With an optimizer that has no latent weights, the proposed
 * algorithm stores one bit for each weight;
 * <li>∂W: a float32 for each weight in standard training, one bit for each weight in the proposed algorithm;
 * <li>momenta: for each weight as many real numbers as the optimizer has momenta;
 * <li>pool masks: a float32 or one bit for each value that is pooled;
 * <li>other: the values for each channel that the backward pass needs: μ, σ and β in standard training, μ, ψ, ω and β
 * in the proposed algorithm.
 * </ul>
 *
 * The model cannot describe the lean algorithm.
 */
public final class PaperAccounting {
    private static final int STANDARD_CHANNEL_VALUES = 3;
    private static final int PROPOSED_CHANNEL_VALUES = 4;

    private PaperAccounting() {
    }

    /** Whether the model can describe this policy. */
    public static boolean covers(Policy policy) {
        return !policy.tiled();
    }

    /**
     * The bytes of each variable of a training step.
     *
     * @throws IllegalArgumentException if the model cannot describe the policy; see {@link #covers}
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
