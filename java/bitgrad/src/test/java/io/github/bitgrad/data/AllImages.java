package io.github.bitgrad.data;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** The images of a data set one after another. */
final class AllImages {
    private AllImages() {
    }

    static byte[] of(Dataset data) {
        ByteBuffer all = ByteBuffer.allocate(data.size() * data.shape().values());
        for (int index = 0; index < data.size(); index++) {
            all.put(data.image(index).toArray(ValueLayout.JAVA_BYTE));
        }
        return all.array();
    }
}
