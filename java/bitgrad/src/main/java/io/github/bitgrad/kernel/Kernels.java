package io.github.bitgrad.kernel;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import io.github.bitgrad.tensor.ElementType;

/** What all calls of {@code bitgrad.h} have in common. */
final class Kernels {
    private Kernels() {
    }

    /** What {@code enum bg_type} calls a type. */
    static int code(ElementType type) {
        return switch (type) {
            case FLOAT32 -> Bitgrad.BG_FLOAT32();
            case FLOAT16 -> Bitgrad.BG_FLOAT16();
            case INT16 -> Bitgrad.BG_INT16();
            case INT8 -> Bitgrad.BG_INT8();
            case BITS -> Bitgrad.BG_BITS();
            default -> throw new IllegalArgumentException(
                    "No kernel takes %s where types can be chosen; use float32, float16, int16, int8 or bits."
                            .formatted(type.label()));
        };
    }

    /** @throws IllegalArgumentException where the status of a native call is not BG_OK */
    static void check(String operation, int status) {
        if (status != Bitgrad.BG_OK()) {
            throw new IllegalArgumentException("%s refused its arguments: %s.".formatted(operation,
                    Bitgrad.bg_status_text(status).getString(0)));
        }
    }
}
