package io.github.bitgrad.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.model.Network.Builder;
import io.github.bitgrad.model.Network.Dense;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
    private static Builder network() {
        return Network.sequential("test", new ImageShape(8, 8, 1));
    }

    private static void assertRefused(Builder builder, String message) {
        assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void aNetworkIsItsLayers() {
        Network network = network().dense(20).dense(3).build();
        assertThat(network.layers()).containsExactly(new Dense(20), new Dense(3));
        assertThat(network.classes()).isEqualTo(3);
        assertThat(network).isEqualTo(network().dense(20).dense(3).build()).isNotEqualTo(network().dense(3).build());
    }

    @Test
    void theMlpIsThePapers() {
        Network mlp = Models.MLP.paper();
        assertThat(mlp.input()).isEqualTo(new ImageShape(28, 28, 1));
        assertThat(mlp.layers()).containsExactly(new Dense(256), new Dense(256), new Dense(256), new Dense(256),
                new Dense(10));
        Network other = Models.MLP.build(new ImageShape(32, 32, 3), 100);
        assertThat(other.input().values()).isEqualTo(3072);
        assertThat(other.classes()).isEqualTo(100);
    }

    @Test
    void doesNotChangeWithTheListItWasMadeOf() {
        List<Network.Layer> layers = new ArrayList<>(List.of(new Dense(3)));
        Network network = new Network("test", new ImageShape(1, 1, 1), layers);
        layers.clear();
        assertThat(network.layers()).hasSize(1);
    }

    @Test
    void needsALayer() {
        assertRefused(network(), "Network test has no layers; it needs at least one.");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void needsUnits(int units) {
        assertRefused(network().dense(5).dense(units).dense(2),
                "Layer 2 of network test has " + units + " units; it needs at least one.");
    }

    @Test
    void sumsOfSignsFit16Bits() {
        assertThat(network().dense(Network.MOST_FAN_IN).dense(2).build().classes()).isEqualTo(2);
        assertThat(network().dense(2).dense(Network.MOST_FAN_IN + 1).build().classes()).isEqualTo(32768);
        assertRefused(network().dense(2).dense(32768).dense(2),
                "Layer 3 of network test has a fan-in of 32768; at most 32767 is possible.");
        assertRefused(Network.sequential("test", new ImageShape(128, 128, 2)).dense(2),
                "Layer 1 of network test has a fan-in of 32768; at most 32767 is possible.");
    }
}
