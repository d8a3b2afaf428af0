package io.github.bitgrad.bindings;

/** Loads both libraries and prints their files, a line each, or else the error. */
final class LoadingMain {
    private LoadingMain() {
    }

    public static void main(String[] arguments) {
        try {
            System.out.println(NativeLibraries.load());
            System.out.println(NativeLibraries.loadOpenBlas());
        } catch (UnsatisfiedLinkError error) {
            System.out.println(error.getMessage());
        }
    }
}
