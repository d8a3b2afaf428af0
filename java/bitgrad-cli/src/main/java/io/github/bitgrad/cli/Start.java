package io.github.bitgrad.cli;

import java.lang.reflect.InvocationTargetException;

/**
 * Starts {@link Main} if this Java and this system can run it, or says in one sentence that they cannot. This class is
 * compiled for Java 8, so that older versions of Java can run it, too. So it must not refer to other classes of
 * bitgrad, which only newer versions can read.
 */
public final class Start {
    /** The oldest version of Java for which bitgrad's other classes are compiled. */
    static final int OLDEST_JAVA = 22;

    /** The exit status of the command line if it cannot run: {@link ExitCode#FAILED}, which Java 8 cannot read. */
    private static final int FAILED = 1;

    private Start() {
    }

    /**
     * Starts the command line.
     *
     * @param arguments the arguments of the command line
     */
    public static void main(String[] arguments) throws Throwable {
        start("bitgrad", "io.github.bitgrad.cli.Main", FAILED, arguments);
    }

    /**
     * Starts a program of bitgrad, or ends the process with one sentence if the program cannot run.
     *
     * @param program the name that the sentence begins with
     * @param main the name of the public class with the program's {@code main}, which only newer versions can read
     * @param refusal the exit status if the program cannot run
     * @param arguments the arguments of the program
     */
    public static void start(String program, String main, int refusal, String[] arguments) throws Throwable {
        String problem = problem(System.getProperty("java.specification.version"), System.getProperty("os.name"),
                System.getProperty("sun.arch.data.model"));
        if (!problem.isEmpty()) {
            System.err.println(program + ": " + problem);
            System.exit(refusal);
        }
        try {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
    }

    /**
     * Why bitgrad cannot run.
     *
     * @param java the version of Java, such as {@code 1.8} or {@code 17}
     * @param os the system
     * @param bits how many bits an address has
     * @return one sentence, or an empty text if bitgrad can run
     */
    static String problem(String java, String os, String bits) {
        if (!"Linux".equals(os) || "32".equals(bits)) {
            return "bitgrad runs only on 64-bit Linux, on x86-64 or ARM (aarch64), and this is " + os + " with " + bits
                    + "-bit Java.";
        }
        if (java.startsWith("1.") || Integer.parseInt(java) < OLDEST_JAVA) {
            return "bitgrad needs Java " + OLDEST_JAVA + " or newer, and this is Java " + java
                    + "; start it with a newer one, for example /usr/lib/jvm/NAME/bin/java.";
        }
        return "";
    }
}
