package io.github.bitgrad.bench.kit;

import io.github.bitgrad.cli.Units;
import io.github.bitgrad.kernel.Isa;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What does not change about a machine, for reports. What is not known is left out. */
final class Machine {
    private static final Pattern MODEL_NAME = Pattern.compile("(?m)^model name\\s*: (.*)$");
    private static final Pattern ARM_PART = Pattern.compile("(?m)^CPU part\\s*: (0x[0-9a-f]+)$");
    private static final Pattern PROCESSOR = Pattern.compile("(?m)^processor\\s*: (\\d+)$");
    private static final Pattern SYSTEM = Pattern.compile("(?m)^PRETTY_NAME=\"?([^\"\n]*)");
    private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d+) kB");
    private static final Pattern PAGE_SIZE = Pattern.compile("KernelPageSize:\\s+(\\d+ kB)");
    /** The part numbers of ARM's own cores. */
    private static final Map<String, String> ARM_CORES = Map.of("0xd03", "Cortex-A53", "0xd05", "Cortex-A55", "0xd08",
            "Cortex-A72", "0xd09", "Cortex-A73", "0xd0a", "Cortex-A75", "0xd0b", "Cortex-A76", "0xd0c", "Neoverse-N1");
    private static final long KILOHERTZ_A_MEGAHERTZ = 1000;

    private Machine() {
    }

    /** All facts by name. */
    static Map<String, String> facts(MachineFiles files) {
        Map<String, String> facts = hardware(files);
        facts.put("architecture", System.getProperty("os.arch"));
        facts.put("instruction-set level", Isa.selected().name());
        facts.put("Java", System.getProperty("java.vendor") + " " + Runtime.version());
        facts.put("bitgrad", Main.Version.text());
        return facts;
    }

    /** The facts that the system tells in files. */
    static Map<String, String> hardware(MachineFiles files) {
        Map<String, String> facts = new LinkedHashMap<>();
        add(facts, "computer", files.text("proc/device-tree/model"));
        add(facts, "CPU", first(files.find("proc/cpuinfo", MODEL_NAME))
                .or(() -> first(files.find("proc/cpuinfo", ARM_PART))
                        .map(part -> ARM_CORES.getOrDefault(part, "ARM core " + part))));
        List<String> processors = files.find("proc/cpuinfo", PROCESSOR);
        add(facts, "cores", processors.isEmpty() ? Optional.empty() : Optional.of(processors.size()));
        add(facts, "highest frequency",
                files.text("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq")
                        .map(kilohertz -> Long.parseLong(kilohertz) / KILOHERTZ_A_MEGAHERTZ + " MHz"));
        add(facts, "memory", first(files.find("proc/meminfo", TOTAL))
                .map(kibibytes -> Units.mebibytes(Long.parseLong(kibibytes) << 10) + " MiB"));
        add(facts, "page size", first(files.find("proc/self/smaps", PAGE_SIZE)));
        add(facts, "system", first(files.find("etc/os-release", SYSTEM)));
        add(facts, "kernel", files.text("proc/sys/kernel/osrelease"));
        return facts;
    }

    private static Optional<String> first(List<String> texts) {
        return texts.stream().findFirst();
    }

    private static void add(Map<String, String> facts, String name, Optional<?> fact) {
        fact.ifPresent(value -> facts.put(name, value.toString()));
    }
}
