package io.github.bitgrad.bindings;

import java.io.IOException;
import java.nio.file.Path;

/** Claims the file that is its argument, and waits until it is killed. */
final class ClaimingMain {
    private ClaimingMain() {
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Claim claim = Claim.of(Path.of(arguments[0])).orElseThrow()) {
            System.out.println("claimed");
            Thread.sleep(Long.MAX_VALUE);
            throw new AssertionError(claim);
        }
    }
}
