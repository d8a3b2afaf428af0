package io.github.bitgrad.bench.kit;

import io.github.bitgrad.cli.Units;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The state of a machine at a moment.
 *
 * @param governors what chooses the frequency of each core; empty if the system does not say
 * @param megahertz the frequency of each core; empty if the system does not say
 * @param celsius the highest temperature that is measured
 * @param throttling what the firmware of a Raspberry Pi says about throttling: see {@link Throttling}
 * @param throttlings how often the cores of another machine were too hot, in all
 * @param load how many threads have run or waited to run in the last minute
 */
record Condition(List<String> governors, List<Long> megahertz, OptionalDouble celsius, OptionalInt throttling,
        long throttlings, double load) {
    private static final String CPUS = "sys/devices/system/cpu";
    private static final String EACH_CPU = "cpu[0-9]*";
    private static final Pattern FIRMWARE = Pattern.compile("throttled=0x([0-9a-fA-F]+)");
    private static final Pattern FREQUENCY_OF_X86 = Pattern.compile("(?m)^cpu MHz\\s*: (\\d+)");
    private static final Pattern LOAD_OF_A_MINUTE = Pattern.compile("^(\\S+)");
    private static final long KILOHERTZ_A_MEGAHERTZ = 1000;
    private static final double MILLIDEGREES_A_DEGREE = 1000;

    /** The state now. */
    static Condition of(MachineFiles files) {
        List<Long> megahertz = files.texts(CPUS, EACH_CPU, "cpufreq/scaling_cur_freq").stream()
                .map(kilohertz -> Long.parseLong(kilohertz) / KILOHERTZ_A_MEGAHERTZ).toList();
        return new Condition(files.texts(CPUS, EACH_CPU, "cpufreq/scaling_governor").stream().distinct().toList(),
                megahertz.isEmpty()
                        ? files.find("proc/cpuinfo", FREQUENCY_OF_X86).stream().map(Long::parseLong).toList()
                        : megahertz,
                files.texts("sys/class/thermal", "thermal_zone*", "temp").stream()
                        .mapToDouble(text -> Long.parseLong(text) / MILLIDEGREES_A_DEGREE).max(),
                throttling(files.firmware().get()),
                files.texts(CPUS, EACH_CPU, "thermal_throttle/core_throttle_count").stream()
                        .mapToLong(Long::parseLong).sum(),
                files.find("proc/loadavg", LOAD_OF_A_MINUTE).stream().mapToDouble(Double::parseDouble).findFirst()
                        .orElse(0));
    }

    private static OptionalInt throttling(String firmware) {
        Matcher matcher = FIRMWARE.matcher(firmware);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1), 16)) : OptionalInt.empty();
    }

    /** For reports, by name. What is not known is left out. */
    Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        if (!governors.isEmpty()) {
            facts.put("governor", String.join(", ", governors));
        }
        slowest().ifPresent(least -> facts.put("frequency", "%s to %s MHz".formatted(least,
                megahertz.stream().max(Long::compare).orElseThrow())));
        celsius.ifPresent(degrees -> facts.put("temperature", Units.format("%.1f °C", degrees)));
        throttling.ifPresent(bits -> facts.put("throttling", bits == 0 ? "none since the start of the machine"
                : String.join(", ", Throttling.in(bits))));
        facts.put("load", Units.format("%.2f", load));
        return facts;
    }

    private Optional<Long> slowest() {
        return megahertz.stream().min(Long::compare);
    }
}
