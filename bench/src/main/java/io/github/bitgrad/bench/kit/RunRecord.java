package io.github.bitgrad.bench.kit;

import java.util.List;
import java.util.Map;

/**
 * What is known of a run beside what JMH has measured.
 *
 * @param suite which benchmarks were run
 * @param machine facts that do not change, such as the CPU
 * @param before the state of the machine before the first benchmark
 * @param after the state of the machine after the last one
 * @param openBlas the version and the core of OpenBLAS, or why there is none
 * @param warnings what spoils the figures
 * @param leftOut benchmarks that were not measured, and why
 * @param memory the memory of each training
 */
public record RunRecord(String suite, Map<String, String> machine, Map<String, String> before,
        Map<String, String> after, String openBlas, List<String> warnings, List<String> leftOut,
        List<MemoryUse> memory) {
}
