package io.github.bitgrad.train;

import java.util.Optional;

/**
 * What a training begins with.
 *
 * @param initialWeights how the first values of weights are distributed that nothing else gives
 * @param from the trained network that gives first values; empty for a network that begins at random
 * @param replay samples of earlier trainings that are mixed with new ones; empty if there are none
 */
public record Beginning(InitialWeights initialWeights, Optional<TrainedNetwork> from, Optional<ReplayMemory> replay) {
    /** A network that begins at random. */
    static Beginning of(InitialWeights initialWeights) {
        return new Beginning(initialWeights, Optional.empty(), Optional.empty());
    }

    Beginning with(InitialWeights choice) {
        return new Beginning(choice, from, replay);
    }

    Beginning with(ReplayMemory memory) {
        return new Beginning(initialWeights, from, Optional.of(memory));
    }
}
