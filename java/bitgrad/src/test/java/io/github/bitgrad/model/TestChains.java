package io.github.bitgrad.model;

import java.util.List;

/** Small chains of five classes with layer kinds that are compared with the float model as all kinds are: a line each. */
public final class TestChains {
    /** The chains. */
    public static final List<Network> OF_OTHER_KINDS = List.of();

    private TestChains() {
    }
}
