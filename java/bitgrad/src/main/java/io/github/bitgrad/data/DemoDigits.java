package io.github.bitgrad.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Draws the data set that needs no files: the digits 0 to 9, written with a pen, 28x28x1, light on dark.
 *
 * <p>
 * Each image begins as one of a few ways in which people write the digit. Every point of it is moved a little; the
 * whole is stretched, slanted, turned and shifted, drawn with a pen of some width and strength, and covered with noise.
 * The classes take turns, so both parts are balanced.
 *
 * <p>
 * The images are the same on every platform, bit for bit. They are computed by +, −, ·, / and {@link Math#sqrt}
 * alone, all of which IEEE 754 defines to the last bit, and by the library's own random numbers.
 */
final class DemoDigits {
    static final ImageShape SHAPE = new ImageShape(28, 28, 1);
    static final int CLASSES = 10;
    static final int TRAIN_SIZE = 6000;
    static final int TEST_SIZE = 1000;

    private static final long SEED = 1;

    /**
     * The ways to write each digit: the digit, then an SVG path of absolute M (lift the pen and move), L (line) and C
     * (cubic Bézier curve) commands in a box 100 wide and 140 high, y pointing down.
     */
    private static final String PATHS = """
            0 M 50 0 C 20 0 5 35 5 70 C 5 105 20 140 50 140 C 80 140 95 105 95 70 C 95 35 80 0 50 0
            0 M 64 6 C 34 -6 20 36 20 78 C 20 116 34 140 52 140 C 76 140 84 104 82 66 C 80 24 68 -2 44 8
            1 M 50 0 L 50 140
            1 M 25 32 L 54 0 L 54 140
            1 M 26 28 L 52 0 L 52 140 M 20 140 L 84 140
            2 M 10 35 C 14 12 30 0 50 0 C 74 0 90 15 90 38 C 90 74 44 104 8 140 L 95 140
            2 M 14 30 C 20 10 34 0 52 0 C 76 0 88 18 84 42 C 78 80 50 132 24 138 C 2 142 0 116 20 114 \
              C 44 112 62 142 96 132
            3 M 12 22 C 20 6 34 0 50 0 C 74 0 86 14 86 33 C 86 55 68 66 40 67 C 72 68 92 80 92 103 \
              C 92 126 74 140 48 140 C 28 140 14 132 8 116
            3 M 12 0 L 84 0 L 42 56 C 74 54 92 72 92 97 C 92 124 74 140 46 140 C 28 140 14 132 8 118
            4 M 22 4 C 20 36 14 62 8 86 L 95 82 M 74 20 L 68 140
            4 M 68 140 L 68 0 L 5 98 L 98 98
            5 M 88 0 L 26 0 L 18 62 C 28 52 42 48 54 49 C 80 51 92 72 92 95 C 92 124 72 140 46 140 \
              C 28 140 14 134 8 120
            5 M 24 8 L 20 64 C 32 54 46 52 58 54 C 80 58 90 76 88 98 C 86 124 66 140 44 140 \
              C 28 140 14 136 6 126 M 24 6 L 92 0
            5 M 90 6 C 60 -4 28 4 22 30 C 16 56 62 58 78 76 C 100 102 78 140 44 140 C 26 140 14 134 6 124
            6 M 78 4 C 40 14 10 58 10 98 C 10 126 28 140 50 140 C 76 140 90 122 90 102 C 90 80 74 66 52 66 \
              C 30 66 14 82 10 100
            6 M 62 0 C 44 30 22 68 18 100 C 14 124 30 140 50 140 C 70 140 82 128 82 110 C 82 92 70 82 54 82 \
              C 38 82 24 92 18 106
            7 M 6 0 L 92 0 L 40 140
            7 M 8 0 L 94 0 L 42 140 M 26 72 L 84 66
            7 M 8 24 L 10 2 L 92 2 C 70 40 50 90 48 140
            8 M 50 66 C 24 62 14 48 14 32 C 14 12 30 0 50 0 C 70 0 86 12 86 32 C 86 48 76 62 50 66 \
              C 22 70 8 86 8 104 C 8 126 26 140 50 140 C 74 140 92 126 92 104 C 92 86 78 70 50 66
            8 M 86 18 C 72 -6 20 -6 18 28 C 16 62 90 70 88 106 C 86 152 10 152 12 106 C 14 74 78 62 86 18
            9 M 88 38 C 86 14 72 0 50 0 C 26 0 10 16 10 38 C 10 62 28 74 48 74 C 70 74 86 60 88 38 L 84 140
            9 M 86 34 C 82 12 68 0 48 0 C 26 0 10 16 10 38 C 10 60 26 72 46 72 C 68 72 84 56 86 34 \
              C 92 80 86 120 62 134 C 46 144 26 138 16 126
            """;

    /** The box is 20 pixels high before it is stretched, which leaves 4 on each side to shift and turn in. */
    private static final double PIXELS_A_UNIT = 20.0 / 140;

    /** A curve is drawn in so many straight pieces. They are at most 2 pixels long, so that the eye sees no corners. */
    private static final int PIECES = 6;

    /** How far any point strays from the path, in units of the box: about a pixel at most. */
    private static final double JITTER = 6;

    /**
     * The way of the pen from where it is set down to where it is lifted: cubic Bézier curves and lines, end to end.
     * Point 0 lies on the way, and so does every third point after it; the two between them are the handles of their
     * neighbours.
     *
     * @param x across the box of {@link #PATHS}, one for each of 3n + 1 points for n curves
     * @param y down the box, likewise
     */
    private record Stroke(double[] x, double[] y) {
    }

    /** For each digit, its styles, each a list of strokes. */
    private static final List<List<List<Stroke>>> STYLES = IntStream.range(0, CLASSES).mapToObj(
            digit -> PATHS.lines().filter(line -> line.charAt(0) - '0' == digit).map(DemoDigits::parsePath).toList())
            .toList();

    /** How much of each pixel the pen covers, 0 to 1. */
    private final double[] coverage = new double[SHAPE.values()];
    private final byte[] pixels = new byte[SHAPE.values()];
    private long random;

    /** In pixels, from the middle of the pen to where it covers half a pixel. */
    private double penRadius;

    /** Where a point (x, y) of the box, seen from its middle, comes to lie, in pixels from the top left corner. */
    private double xOfX;
    private double xOfY;
    private double yOfX;
    private double yOfY;
    private double shiftX;
    private double shiftY;

    private DemoDigits() {
    }

    /** {@return the training or test images of the set that everybody gets, for the caller to close} */
    static Dataset generate(Split split) {
        return generate(split, SEED);
    }

    /** {@return the training or test images of the set with that seed, for the caller to close} */
    static Dataset generate(Split split, long seed) {
        int first = split == Split.TRAIN ? 0 : TRAIN_SIZE;
        int size = split == Split.TRAIN ? TRAIN_SIZE : TEST_SIZE;
        return Dataset.create(Datasets.DEMO, SHAPE, CLASSES, size, (images, labels) -> {
            DemoDigits digits = new DemoDigits();
            for (int index = 0; index < size; index++) {
                int digit = index % CLASSES;
                digits.draw(digit, SplitMix64.mix(SplitMix64.mix(seed) + first + index));
                MemorySegment.copy(digits.pixels, 0, images, ValueLayout.JAVA_BYTE, (long) index * SHAPE.values(),
                        SHAPE.values());
                labels.set(index, digit);
            }
        });
    }

    private static List<Stroke> parsePath(String line) {
        return Arrays.stream(line.split("M")).skip(1).map(DemoDigits::parseStroke).toList();
    }

    private static Stroke parseStroke(String path) {
        List<Double> points = new ArrayList<>();
        for (String command : path.split("(?=[LC])")) {
            String[] words = command.replaceAll("[LC]", "").strip().split(" +");
            List<Double> numbers = Arrays.stream(words).map(Double::valueOf).toList();
            if (command.startsWith("L")) {
                // A line is a curve whose handles lie at its two ends.
                points.addAll(List.copyOf(points.subList(points.size() - 2, points.size())));
                points.addAll(numbers);
            }
            points.addAll(numbers);
        }
        return new Stroke(IntStream.range(0, points.size() / 2).mapToDouble(point -> points.get(2 * point)).toArray(),
                IntStream.range(0, points.size() / 2).mapToDouble(point -> points.get(2 * point + 1)).toArray());
    }

    private void draw(int digit, long seed) {
        random = seed;
        Arrays.fill(coverage, 0);
        List<List<Stroke>> styles = STYLES.get(digit);
        List<Stroke> strokes = styles.get((int) between(0, styles.size()));
        chooseHand();
        for (Stroke stroke : strokes) {
            drawStroke(stroke);
        }
        develop();
    }

    /** Chooses how this image is written as a whole: the pen, and the map from the box to the pixels. */
    private void chooseHand() {
        penRadius = between(0.7, 1.6);
        double width = PIXELS_A_UNIT * between(0.7, 1.05);
        double height = PIXELS_A_UNIT * between(0.75, 1.05);
        double slant = between(-0.1, 0.3);
        double tangent = between(-0.16, 0.16);
        double cosine = 1 / Math.sqrt(1 + tangent * tangent);
        double sine = tangent * cosine;
        // Turn · slant · stretch; y points down, so that slanting to the right means x grows as y falls.
        xOfX = cosine * width;
        xOfY = -(cosine * slant + sine) * height;
        yOfX = sine * width;
        yOfY = (cosine - sine * slant) * height;
        shiftX = SHAPE.width() / 2.0 + between(-2, 2);
        shiftY = SHAPE.height() / 2.0 + between(-2, 2);
    }

    private void drawStroke(Stroke stroke) {
        int points = stroke.x.length;
        double[] x = new double[points];
        double[] y = new double[points];
        double offX = 0;
        double offY = 0;
        for (int point = 0; point < points; point++) {
            // A handle moves with the point it belongs to, so that curves go on meeting smoothly.
            if (point == 0 || point % 3 == 2) {
                offX = between(-JITTER, JITTER);
                offY = between(-JITTER, JITTER);
            }
            double boxX = stroke.x[point] + offX - 50;
            double boxY = stroke.y[point] + offY - 70;
            x[point] = xOfX * boxX + xOfY * boxY + shiftX;
            y[point] = yOfX * boxX + yOfY * boxY + shiftY;
        }
        for (int start = 0; start + 3 < points; start += 3) {
            double fromX = x[start];
            double fromY = y[start];
            for (int piece = 1; piece <= PIECES; piece++) {
                double t = (double) piece / PIECES;
                double toX = bezier(x, start, t);
                double toY = bezier(y, start, t);
                drawLine(fromX, fromY, toX, toY);
                fromX = toX;
                fromY = toY;
            }
        }
    }

    private static double bezier(double[] points, int start, double t) {
        double s = 1 - t;
        return s * s * s * points[start] + 3 * s * s * t * points[start + 1] + 3 * s * t * t * points[start + 2]
                + t * t * t * points[start + 3];
    }

    /** Covers the pixels whose centre is within the pen's radius of the line, those at its edge in part. */
    private void drawLine(double fromX, double fromY, double toX, double toY) {
        double alongX = toX - fromX;
        double alongY = toY - fromY;
        double lengthSquared = alongX * alongX + alongY * alongY;
        double reach = penRadius + 0.5;
        int firstRow = Math.max(0, (int) (Math.min(fromY, toY) - reach));
        int lastRow = Math.min(SHAPE.height() - 1, (int) (Math.max(fromY, toY) + reach));
        int firstColumn = Math.max(0, (int) (Math.min(fromX, toX) - reach));
        int lastColumn = Math.min(SHAPE.width() - 1, (int) (Math.max(fromX, toX) + reach));
        for (int row = firstRow; row <= lastRow; row++) {
            for (int column = firstColumn; column <= lastColumn; column++) {
                double x = column + 0.5 - fromX;
                double y = row + 0.5 - fromY;
                double along = lengthSquared == 0 ? 0 : (x * alongX + y * alongY) / lengthSquared;
                double nearest = Math.max(0, Math.min(1, along));
                x -= nearest * alongX;
                y -= nearest * alongY;
                double distanceSquared = x * x + y * y;
                if (distanceSquared < reach * reach) {
                    int pixel = row * SHAPE.width() + column;
                    double covered = Math.min(1, reach - Math.sqrt(distanceSquared));
                    coverage[pixel] = Math.max(coverage[pixel], covered);
                }
            }
        }
    }

    /** Turns coverage into pixels from 0 to 255, with the strength of the ink and noise. */
    private void develop() {
        double ink = between(160, 255);
        double noise = between(0, 0.4);
        long eightBytes = 0;
        for (int pixel = 0; pixel < pixels.length; pixel++) {
            if (pixel % 8 == 0) {
                eightBytes = next();
            }
            double value = ink * coverage[pixel] + noise * (byte) eightBytes;
            eightBytes >>= 8;
            pixels[pixel] = (byte) Math.max(0, Math.min(255, (int) value));
        }
    }

    private double between(double low, double high) {
        return low + (high - low) * ((next() >>> 11) * 0x1p-53);
    }

    private long next() {
        random += SplitMix64.STEP;
        return SplitMix64.mix(random);
    }
}
