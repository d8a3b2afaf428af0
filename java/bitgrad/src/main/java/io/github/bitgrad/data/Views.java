package io.github.bitgrad.data;

/** The images of data sets that are made from other data sets. Each owns a share of the images that it reads. */
final class Views {
    private Views() {
    }

    /** Some of the images, in any order, and any of them several times. */
    record Selected(SharedImages images, int[] indices) implements ImageSource {
        @Override
        public void read(int index, byte[] pixels) {
            images.read(indices[index], pixels);
        }

        @Override
        public void expect(int index) {
            images.expect(indices[index]);
        }

        @Override
        public void close() {
            images.release();
        }
    }

    /** The images of one data set behind those of another. */
    record Joined(SharedImages first, int firstSize, SharedImages second) implements ImageSource {
        @Override
        public void read(int index, byte[] pixels) {
            if (index < firstSize) {
                first.read(index, pixels);
            } else {
                second.read(index - firstSize, pixels);
            }
        }

        @Override
        public void expect(int index) {
            if (index < firstSize) {
                first.expect(index);
            } else {
                second.expect(index - firstSize);
            }
        }

        @Override
        public void close() {
            first.release();
            second.release();
        }
    }

    /** Changed images. One is changed at a time, because the memory for what is changed is there once. */
    static final class Mapped implements ImageSource {
        private final SharedImages images;
        private final Dataset.Change change;
        private final byte[] unchanged;

        /** @param bytes the number of values of an image before the change */
        Mapped(SharedImages images, Dataset.Change change, int bytes) {
            this.images = images;
            this.change = change;
            unchanged = new byte[bytes];
        }

        @Override
        public synchronized void read(int index, byte[] pixels) {
            images.read(index, unchanged);
            change.change(index, unchanged, pixels);
        }

        @Override
        public void expect(int index) {
            images.expect(index);
        }

        @Override
        public void close() {
            images.release();
        }
    }
}
