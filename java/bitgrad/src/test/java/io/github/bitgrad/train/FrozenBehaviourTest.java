package io.github.bitgrad.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bitgrad.compile.Rounding;
import io.github.bitgrad.data.Dataset;
import io.github.bitgrad.model.Models;
import io.github.bitgrad.model.Network;
import io.github.bitgrad.optim.Optimizers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Training does, bit for bit, what it did in the build that wrote {@code resources/…/train/frozen}, and takes no more
 * memory than it did then. The files were written by this test, run with {@code -Dbitgrad.freeze.write=true}. Write
 * them again only in a commit that means to change what training computes or what memory it takes, and that says why; a
 * commit that only moves code never does.
 */
class FrozenBehaviourTest {
    private static final int BATCH = 6;
    private static final int STEPS = 20;
    /** Of these, every way to train is frozen; of other networks each form of gradients, with one optimizer. */
    private static final List<String> FROZEN_WHOLLY = List.of("dense", "strides");

    static List<Network> smallNetworks() {
        return FrozenTraining.networks();
    }

    static List<Network> largeNetworks() {
        return FrozenTraining.largeNetworks();
    }

    /**
     * Every buffer that is kept from step to step, found by its name, has the bytes that it had; on all instruction
     * sets, and in whatever memory. The standard algorithm is left out, because OpenBLAS may differ between machines.
     */
    @ParameterizedTest
    @MethodSource("smallNetworks")
    void theStateAfterSomeStepsIsWhatItWas(Network network) {
        Map<String, Map<String, String>> states = new LinkedHashMap<>();
        List<FrozenTraining> trainings = FROZEN_WHOLLY.contains(network.name())
                ? FrozenTraining.all(network)
                : FrozenTraining.some(network);
        try (Dataset images = FrozenTraining.images(network, 5 * BATCH)) {
            for (FrozenTraining training : trainings) {
                if (!training.dependsOnBlas()) {
                    states.put(training.toString(), stateAfter(training.settings(), images));
                }
                if (training.isLean() && training.rounding() == Rounding.STOCHASTIC) {
                    assertThat(stateAfter(training.inLeastMemory(), images)).as("%s in the least memory", training)
                            .isEqualTo(states.get(training.toString()));
                    assertThat(stateAfter(training.inMostMemory(), images)).as("%s in the most memory", training)
                            .isEqualTo(states.get(training.toString()));
                }
            }
        }
        Map<String, Map<String, String>> golden = Golden.of("frozen/state/" + network.name() + ".txt", states);
        assertThat(states.keySet()).isEqualTo(golden.keySet());
        Map<String, List<String>> different = new LinkedHashMap<>();
        states.forEach((training, state) -> {
            List<String> buffers = differences(state, golden.get(training));
            if (!buffers.isEmpty()) {
                different.put(training, buffers);
            }
        });
        assertThat(different).as("buffers that are missing, new or different").isEmpty();
    }

    /** As in {@link #theStateAfterSomeStepsIsWhatItWas}. */
    @ParameterizedTest
    @MethodSource("largeNetworks")
    @Tag("level-independent")
    void theStateOfLargeNetworksIsWhatItWas(Network network) {
        theStateAfterSomeStepsIsWhatItWas(network);
    }

    private static List<String> differences(Map<String, String> some, Map<String, String> others) {
        Set<String> names = new TreeSet<>(some.keySet());
        names.addAll(others.keySet());
        return names.stream().filter(name -> !Objects.equals(some.get(name), others.get(name))).toList();
    }

    private static Map<String, String> stateAfter(TrainerBuilder settings, Dataset images) {
        return FrozenTraining.stateAfter(settings.batch(BATCH), images, STEPS);
    }

    static Stream<Network> plannedNetworks() {
        return Stream.of(Models.ofPaper().stream().map(Models::usual).toList(), smallNetworks(), largeNetworks())
                .flatMap(List::stream);
    }

    /** In bytes, at the batch of a hundred that training has unless told otherwise. */
    @ParameterizedTest
    @MethodSource("plannedNetworks")
    void theMemoryOfAStepIsAtMostWhatItWas(Network network) {
        Map<String, String> peaks = new LinkedHashMap<>();
        for (FrozenTraining training : FrozenTraining.all(network)) {
            if (!training.isLean()) {
                peaks.put(training.toString(), peak(training.settings()));
            } else {
                peaks.put(training + " in least memory", peak(training.inLeastMemory()));
                peaks.put(training + " in most memory", peak(training.inMostMemory()));
                if (training.optimizer() != Optimizers.SGDM) { // whose state is as large as Adam's; trials take seconds
                    peaks.put(training.toString(), peak(training.settings()));
                }
            }
        }
        Map<String, Map<String, String>> golden = Golden.of("frozen/peaks/" + network.name() + ".txt",
                Map.of("bytes", peaks));
        assertThat(peaks.keySet()).isEqualTo(golden.get("bytes").keySet());
        List<String> larger = new ArrayList<>();
        golden.get("bytes").forEach((training, before) -> {
            if (Long.parseLong(peaks.get(training)) > Long.parseLong(before)) {
                larger.add("%s: %s bytes, before %s".formatted(training, peaks.get(training), before));
            }
        });
        assertThat(larger).as("what takes more memory").isEmpty();
    }

    private static String peak(TrainerBuilder settings) {
        return Long.toString(settings.plan().peakBytes());
    }
}
