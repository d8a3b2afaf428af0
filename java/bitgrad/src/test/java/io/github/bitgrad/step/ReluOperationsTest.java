package io.github.bitgrad.step;

import java.util.List;
import java.util.Set;

class ReluOperationsTest extends OperationsContract {
    private static final Shape X = new Shape(6, 5);
    /** A matrix of which X can be the last tile. */
    private static final Shape WIDE = new Shape(6, 48 + 5);
    private static final Shape CHANNEL = new Shape(1, 5);

    @Override
    List<Case> cases() {
        return List.of(
                one("relu", List.of(X, X), b -> ReluOperations.relu("op", b[0], b[1])),
                one("relu", List.of(X, X, WIDE),
                        b -> ReluOperations.relu("op", new ChannelTile(b[0], 48), b[1], b[2])),
                one("reluBackward", List.of(X, WIDE, X),
                        b -> ReluOperations.reluBackward("op", new ChannelTile(b[0], 48), b[1], b[2])),
                one("prelu", List.of(X, CHANNEL, X), b -> ReluOperations.prelu("op", b[0], b[1], b[2])),
                one("preluBackward", List.of(X, CHANNEL, X, X, CHANNEL),
                        b -> ReluOperations.preluBackward("op", b[0], b[1], b[2], b[3], b[4])));
    }

    @Override
    Set<String> methods() {
        return publicMethods(ReluOperations.class);
    }
}
