package io.github.bitgrad.cli;

import io.github.bitgrad.train.MachineSpeed;
import io.github.bitgrad.train.Profile;
import java.util.LinkedHashMap;
import java.util.Map;

/** Says where the time of a step goes, beside what the machine can do. */
final class ProfileReport {
    private static final double GIGA = 1e9;
    private static final double MILLISECONDS = 1e3;

    private final Profile profile;
    private final MachineSpeed machine;

    ProfileReport(Profile profile, MachineSpeed machine) {
        this.profile = profile;
        this.machine = machine;
    }

    /** The report for programs. Rates are in billions in a second. */
    Map<String, Object> object() {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("steps", profile.steps());
        object.put("secondsPerStep", profile.seconds());
        object.put("machineProducts", machine.productsPerSecond() / GIGA);
        object.put("machineBytes", machine.bytesPerSecond() / GIGA);
        object.put("parts", profile.parts().stream().map(part -> {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("layer", part.layer());
            entry.put("kind", part.kind().label());
            entry.put("seconds", part.seconds());
            entry.put("leastSeconds", machine.leastSeconds(part));
            entry.put("products", part.products());
            entry.put("bytes", part.bytes());
            return entry;
        }).toList());
        return object;
    }

    /**
     * The report for people: a line for each part, the longest first. A part cannot be faster than its products and its
     * memory allow, which the last column compares it with.
     */
    String text() {
        StringBuilder text = new StringBuilder(Units.format(
                "%nWhere the time of a step goes, the mean of the last %s steps. This machine: %.0f GMAC/s of signs, "
                        + "%.0f GB/s of memory.%n%n%-9s %-34s %9s %6s %12s %6s%n",
                profile.steps(), machine.productsPerSecond() / GIGA, machine.bytesPerSecond() / GIGA, "layer", "work",
                "ms", "%", "rate", "of it"));
        double all = profile.seconds();
        for (Profile.Part part : profile.parts()) {
            boolean isProduct = part.products() > 0;
            double rate = (isProduct ? part.products() : part.bytes()) / part.seconds() / GIGA;
            text.append(Units.format("%-9s %-34s %9.4f %6.1f %7.1f %4s %5.0f%%%n", part.layer(), part.kind().label(),
                    MILLISECONDS * part.seconds(), 100 * part.seconds() / all, rate, isProduct ? "GMAC" : "GB",
                    100 * machine.leastSeconds(part) / part.seconds()));
        }
        return text.append(Units.format("%-44s %9.4f%n", "all", MILLISECONDS * all)).toString();
    }
}
