package io.github.bitgrad.data;

/** Images that several data sets read. They are closed when the last of these data sets is closed. */
final class SharedImages {
    private final ImageSource source;
    private int users = 1;

    SharedImages(ImageSource source) {
        this.source = source;
    }

    /**
     * Adds a data set to those that read the images.
     *
     * @return this object
     * @throws IllegalStateException where they are closed already
     */
    synchronized SharedImages share() {
        if (users == 0) {
            throw new IllegalStateException("Already closed");
        }
        users++;
        return this;
    }

    void read(int index, byte[] pixels) {
        source.read(index, pixels);
    }

    void expect(int index) {
        source.expect(index);
    }

    /** Called once for each data set. If it fails, nothing has changed. */
    synchronized void release() {
        if (users == 1) {
            source.close();
        }
        users--;
    }
}
