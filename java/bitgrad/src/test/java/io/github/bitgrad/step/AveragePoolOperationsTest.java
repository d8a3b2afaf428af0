package io.github.bitgrad.step;

import io.github.bitgrad.tensor.WindowShape;
import java.util.List;
import java.util.Set;

class AveragePoolOperationsTest extends OperationsContract {
    private static final WindowShape POOLING = new WindowShape(5, 4, 3, 2, 2, 2, 2, 0, 0);
    private static final Shape IMAGES = new Shape(2 * 20, 3);
    private static final Shape POOLED = new Shape(2 * 4, 3);

    @Override
    List<Case> cases() {
        return List.of(
                one("averagePool", List.of(IMAGES, POOLED),
                        b -> AveragePoolOperations.averagePool("op", POOLING, b[0], b[1])),
                one("averagePoolBackward", List.of(POOLED, IMAGES),
                        b -> AveragePoolOperations.averagePoolBackward("op", POOLING, b[0], b[1])));
    }

    @Override
    Set<String> methods() {
        return publicMethods(AveragePoolOperations.class);
    }
}
