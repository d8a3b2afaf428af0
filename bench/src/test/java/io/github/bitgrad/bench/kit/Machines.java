package io.github.bitgrad.bench.kit;

import java.nio.file.Path;

/** Files as machines have them. */
final class Machines {
    private static final Path ROOT = Path.of("src/test/resources/machines");

    private Machines() {
    }

    /** A Raspberry Pi 4 with 300 MiB of memory left. */
    static MachineFiles raspberryPi(String firmware) {
        return new MachineFiles(ROOT.resolve("raspberry-pi-4"), () -> firmware);
    }

    /** A virtual server, which has no files on frequencies and temperatures. */
    static MachineFiles server() {
        return new MachineFiles(ROOT.resolve("server"), () -> "");
    }

    /** A machine without any of the files. */
    static MachineFiles unknown() {
        return new MachineFiles(ROOT.resolve("none"), () -> "");
    }
}
