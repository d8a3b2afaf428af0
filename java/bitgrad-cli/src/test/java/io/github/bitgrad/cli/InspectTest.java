package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bitgrad data inspect}, and pictures from their folder to a prediction. */
@Tag("level-independent")
class InspectTest {
    @TempDir
    private Path folder;

    private Path pictures() throws IOException {
        Path data = folder.resolve("pictures");
        for (String part : List.of("train", "test")) {
            for (int i = 0; i < 40; i++) {
                picture(data.resolve("%s/dark/%s.png".formatted(part, i)), 20 + i);
                picture(data.resolve("%s/light/%s.png".formatted(part, i)), 180 + i);
            }
        }
        return data;
    }

    private static Path picture(Path file, int grey) throws IOException {
        BufferedImage image = new BufferedImage(10, 10, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 100; i++) {
            image.setRGB(i % 10, i / 10, grey * 0x010101);
        }
        Files.createDirectories(file.getParent());
        assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
        return file;
    }

    @Test
    void aDataSetIsReported() throws IOException {
        Path sheet = folder.resolve("sheet.png");
        Map<String, Object> report = Run.of("data inspect --json --image-size 8x8 --sheet", sheet, pictures()).json();
        assertThat((Map<?, ?>) report.get("train")).extracting("samples", "shape", "preprocessing", "augmentation")
                .containsExactly(80, "8x8x3", "picture", "shift-flip");
        assertThat((Map<?, ?>) report.get("test")).extracting("classes").isEqualTo(
                List.of(Map.of("name", "dark", "samples", 40), Map.of("name", "light", "samples", 40)));
        BufferedImage drawn = ImageIO.read(sheet.toFile());
        assertThat(drawn.getWidth()).isEqualTo(12 * 10);
        assertThat(drawn.getHeight()).isEqualTo(2 * 10);
        assertThat(drawn.getRGB(0, 0) & 0xff).isEqualTo(20);
        assertThat(drawn.getRGB(0, 10) & 0xff).isEqualTo(180);
        String text = Run.of("data inspect demo").out();
        assertThat(text).contains("train  6000 samples of 28x28x1 in 10 classes", "600  7");
    }

    @Test
    void onePartMayBeMissing() throws IOException {
        Path data = SmallData.write(folder.resolve("digits"), 12);
        Files.delete(data.resolve("t10k-images-idx3-ubyte"));
        Run run = Run.of("data inspect", data);
        assertThat(run.status()).isZero();
        assertThat(run.out()).contains("train  60 samples of 12x12x1 in 10 classes",
                "t10k-images-idx3-ubyte is missing");
        Run.of("data inspect", folder.resolve("nothing")).isRefused(1, "There is no data set or folder named");
        Run.of("data").isRefused(2, "No command or data set was given; name one of inspect, mnist");
    }

    /** Of the 80 pictures, a fifth is kept for testing, another part, or nothing. */
    @Test
    void foldersOfClassesNeedNoTestPart() throws IOException {
        Path data = pictures().resolve("train");
        Map<String, Object> report = Run.of("data inspect --json", data).json();
        assertThat((Map<?, ?>) report.get("train")).extracting("samples").isEqualTo(64);
        assertThat((Map<?, ?>) report.get("test")).extracting("samples").isEqualTo(16);
        String train = "train --json --image-size 8x8x1 --batch 20 --epochs 1 --data";
        assertThat(Run.of(train, data).json().get("testAccuracy")).isNotNull();
        assertThat(Run.of(train, data, "--test-fraction", "0").json()).containsEntry("testAccuracy", null)
                .containsEntry("steps", 4);
        Run.of(train, data, "--test-fraction", "0", "--schedule", "plateau").isRefused(2,
                "The schedule plateau follows the accuracy on test images");
        assertThat(Run.of("data inspect", data, "--test-fraction", "0").out()).contains("train  80 samples",
                "because the test fraction is 0");
    }

    @Test
    void picturesAreTrainedOnAndClassifiedByTheirNames() throws IOException {
        Path network = folder.resolve("network");
        Path data = pictures();
        Run.of("train --json --image-size 8x8x1 --batch 20 --epochs 20 --augment none --balance --data", data, "--save",
                network).json();
        Map<String, Object> tested = Run.of("evaluate --json --data", data, network).json();
        assertThat(((Number) tested.get("testAccuracy")).doubleValue()).isGreaterThan(0.9);
        assertThat(tested).containsEntry("classNames", List.of("dark", "light"));
        Path light = picture(folder.resolve("new.png"), 222);
        assertThat(Run.of("predict --json", network, light).json()).containsEntry("name", "light")
                .containsEntry("class", 1);
        assertThat(Run.of("predict", network, light).out()).startsWith(light + "  class light  ");
        assertThat(Run.of("info --json", network).json()).containsEntry("preprocessing", "picture")
                .containsEntry("classNames", List.of("dark", "light")).containsEntry("input", "8x8x1");
    }
}
