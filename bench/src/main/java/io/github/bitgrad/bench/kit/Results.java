package io.github.bitgrad.bench.kit;

import java.util.List;

/** All that is known of a run, read from its folder or made by it. */
record Results(RunRecord run, List<Measurement> measurements) {
    /** The measurements of a class of benchmarks. */
    List<Measurement> of(String type) {
        return measurements.stream().filter(measurement -> measurement.type().equals(type)).toList();
    }
}
