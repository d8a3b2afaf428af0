package io.github.bitgrad.step;

import io.github.bitgrad.tensor.WindowShape;
import java.util.List;
import java.util.Set;

class MaxPoolWindowsOperationsTest extends OperationsContract {
    /** Two images with three rows of two windows of nine pixels, whose numbers take four bits. */
    private static final WindowShape WINDOWS = new WindowShape(5, 3, 2, 3, 3, 2, 2, 1, 1);
    private static final Shape IMAGES = new Shape(2 * 15, 2);
    private static final Shape POOLED = new Shape(2 * 6, 2);
    private static final Shape ARGMAX = new Shape(4 * 2 * 6, 48 + 2);

    @Override
    List<Case> cases() {
        return List.of(
                one("maxPool", List.of(IMAGES, POOLED),
                        b -> MaxPoolWindowsOperations.maxPool("op", WINDOWS, b[0], b[1])),
                one("maxPool", List.of(IMAGES, POOLED, ARGMAX),
                        b -> MaxPoolWindowsOperations.maxPool("op", WINDOWS, new ChannelTile(b[0], 48), b[1], b[2])),
                one("maxPoolBackward", List.of(POOLED, ARGMAX, IMAGES), b -> MaxPoolWindowsOperations
                        .maxPoolBackward("op", WINDOWS, new ChannelTile(b[0], 48), b[1], b[2])));
    }

    @Override
    Set<String> methods() {
        return publicMethods(MaxPoolWindowsOperations.class);
    }
}
