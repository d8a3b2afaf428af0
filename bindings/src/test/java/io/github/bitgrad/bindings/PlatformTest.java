package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlatformTest {
    @Test
    void namesAreThoseOfToolchainsAndOfOpenBlas() {
        Platform intel = new Platform("Linux", "amd64", "glibc");
        Platform arm = new Platform("Linux", "aarch64", "musl");

        assertThat(intel.name()).isEqualTo("linux-x86_64");
        assertThat(arm.name()).isEqualTo("linux-aarch64");
        assertThat(intel.openBlasName()).isEqualTo("linux-x86_64");
        assertThat(arm.openBlasName()).isEqualTo("linux-arm64");
    }

    @Test
    void thisMachineHasTheCLibraryThatOpenBlasNeeds() {
        assertThat(Platform.current().libc()).isEqualTo("glibc");
    }
}
