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
 * <li>∂W: a float32 for each weight in standard training, one bit for each weight in the proposed algorithm, unless
 * its weight gradients are real;
 * <li>momenta: for each weight as many real numbers as the optimizer has momenta;
 * <li>pool masks: a float32 or one bit for each value that is pooled;
 * <li>other: the values for each channel that the backward pass needs: μ, σ and β in standard training, μ, ψ, ω and β
 * in the proposed algorithm.
 * </ul>
 *
 * The authors count networks that also have products of real numbers, such as ResNetE-18, in another way:
 *
 * <ul>
 * <li>X: the inputs of binary products are one bit each in standard training, too. Added to them are the outputs of
 * binary products, which batch normalisation needs again: a float32 each in standard training, one bit in the proposed
 * algorithm. Inputs and outputs of products of real numbers have the type of real numbers;
 * <li>∂X has memory for the largest input of a product, and ∂Y for the largest output of a product;
 * <li>W, ∂W and momenta: real weights always have latent values, gradients and momenta of the type of real numbers;
 * <li>pool masks: the proposed algorithm has none;
 * <li>other: one real number for each bias.
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
        PaperTerms terms = PaperTerms.NONE;
        for (Network.Node node : network.nodes()) {
            terms = terms.and(node.layer().paperTerms(node.inputs().stream().map(shapes::get).toList()));
        }
        return terms.real().weights() == 0
                ? ofBinary(terms, Math.max(terms.largestOutput(), network.input().values()), batch, policy, optimizer)
                : withReal(terms, batch, policy, optimizer);
    }

    /** @param largest the number of values of the largest activation */
    private static Map<Variable, Long> ofBinary(PaperTerms terms, long largest, int batch, Policy policy,
            Optimizer optimizer) {
        boolean proposed = policy.products() == Products.BITS;
        ElementType real = policy.state();
        ElementType mask = proposed ? ElementType.BITS : real;
        long weights = terms.binary().weights();
        Map<Variable, Long> bytes = new EnumMap<>(Variable.class);
        bytes.put(Variable.X, unpadded(kept(policy), terms.binary().inputs() * batch));
        bytes.put(Variable.DXY, unpadded(real, largest * batch));
        bytes.put(Variable.DY, unpadded(real, largest * batch));
        bytes.put(Variable.W, unpadded(weights(policy, optimizer), weights));
        bytes.put(Variable.DW, unpadded(policy.weightGradient().type(), weights));
        bytes.put(Variable.MOMENTA, unpadded(real, weights * optimizer.momenta()));
        bytes.put(Variable.POOL_MASKS, unpadded(mask, terms.pooled() * batch));
        bytes.put(Variable.OTHER,
                unpadded(real, terms.channels() * (proposed ? PROPOSED_CHANNEL_VALUES : STANDARD_CHANNEL_VALUES)));
        return bytes;
    }

    /** The bytes of a network with products of real numbers. */
    static Map<Variable, Long> withReal(PaperTerms terms, int batch, Policy policy, Optimizer optimizer) {
        boolean proposed = policy.products() == Products.BITS;
        ElementType real = policy.state();
        PaperTerms.Products binary = terms.binary();
        PaperTerms.Products reals = terms.real();
        Map<Variable, Long> bytes = new EnumMap<>(Variable.class);
        bytes.put(Variable.X, unpadded(ElementType.BITS, binary.inputs() * batch)
                + unpadded(kept(policy), binary.outputs() * batch)
                + unpadded(real, (reals.inputs() + reals.outputs()) * batch));
        bytes.put(Variable.DXY, unpadded(real, terms.largestInput() * batch));
        bytes.put(Variable.DY, unpadded(real, terms.largestOutput() * batch));
        bytes.put(Variable.W, unpadded(weights(policy, optimizer), binary.weights()) + unpadded(real, reals.weights()));
        bytes.put(Variable.DW, unpadded(policy.weightGradient().type(), binary.weights())
                + unpadded(real, reals.weights()));
        bytes.put(Variable.MOMENTA, unpadded(real, binary.weights() * optimizer.momenta()
                + reals.weights() * optimizer.forBiases().momenta()));
        bytes.put(Variable.POOL_MASKS, proposed ? 0 : unpadded(real, terms.pooled() * batch));
        bytes.put(Variable.OTHER, unpadded(real, terms.channels()));
        return bytes;
    }

    /** The type of what batch normalisation and products keep of a value. */
    private static ElementType kept(Policy policy) {
        return switch (policy.normalisation()) {
            case L2, L1 -> ElementType.FLOAT32;
            case PAPER, BITGRAD -> ElementType.BITS;
        };
    }

    /** The type of binary weights. */
    private static ElementType weights(Policy policy, Optimizer optimizer) {
        return optimizer.latentWeights() || policy.products() == Products.BLAS ? policy.state() : ElementType.BITS;
    }

    private static long unpadded(ElementType type, long elements) {
        return Math.ceilDiv(elements * type.bits(), Byte.SIZE);
    }
}
