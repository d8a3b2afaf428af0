package io.github.bitgrad.formats.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bitgrad.data.ImageShape;
import io.github.bitgrad.data.PreprocessingKind;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("level-independent")
class PicturePreprocessingTest {
    @TempDir
    private Path folder;

    private static byte[] bytes(Path picture, int height, int width, int channels) {
        return new PicturePreprocessing(new ImageShape(height, width, channels)).read(picture).getFirst().bytes();
    }

    /** The middle of a wide picture, whose colours are uniform squares. */
    @Test
    void picturesAreCroppedAndScaled() throws IOException {
        BufferedImage wide = new BufferedImage(80, 40, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 40; y++) {
            for (int x = 0; x < 80; x++) {
                boolean middle = x >= 20 && x < 60;
                wide.setRGB(x, y, !middle ? 0xff00ff : y < 20 ? x < 40 ? 0xff0000 : 0x00ff00 : 0x0000ff);
            }
        }
        Path picture = folder.resolve("wide.png");
        assertThat(ImageIO.write(wide, "png", picture.toFile())).isTrue();
        assertThat(bytes(picture, 2, 2, 3)).isEqualTo(new byte[] {-1, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, -1});
        assertThat(bytes(picture, 2, 2, 1)).isEqualTo(new byte[] {76, (byte) 150, 29, 29});
        assertThat(bytes(picture, 100, 1, 1)).startsWith(76).endsWith(29);
    }

    @Test
    void isFoundByItsKindAndMadeFromItsText() {
        PicturePreprocessing preprocessing = new PicturePreprocessing(new ImageShape(24, 32, 1));
        PreprocessingKind kind = PreprocessingKind.named(preprocessing.kind()).orElseThrow();
        assertThat(kind.preprocessing(preprocessing.text())).isEqualTo(preprocessing);
        assertThatThrownBy(() -> kind.preprocessing("24x32x2")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot become an image of 2 channels (24x32x2)");
        assertThatThrownBy(() -> kind.preprocessing("")).isInstanceOf(IllegalArgumentException.class);
    }
}
