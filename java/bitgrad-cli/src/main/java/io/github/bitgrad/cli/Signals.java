package io.github.bitgrad.cli;

import java.io.PrintStream;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the process does when it is asked to end: by SIGINT (Ctrl-C), SIGTERM or SIGHUP. It ends at once, except while
 * the work defers this: then the first signal is only noted, and the work ends itself when it can. A second signal
 * always ends the process at once. In each case the exit status is 128 plus the number of the signal, and a file that
 * is being written is completed first ({@link WholeFiles}).
 */
final class Signals {
    /**
     * A signal that ends processes.
     *
     * @param name without {@code SIG}
     */
    private record Signal(String name, int number) {
        /** Shells report a process that a signal ended by this status. */
        int status() {
            return 128 + number;
        }

        @Override
        public String toString() {
            return "SIG" + name;
        }
    }

    private static final List<Signal> ALL = List.of(new Signal("HUP", 1), new Signal("INT", 2), new Signal("TERM", 15));

    private static boolean deferred;
    private static Optional<String> lastLine = Optional.empty();
    private static volatile Optional<Signal> noted = Optional.empty();

    private Signals() {
    }

    /**
     * Begins to handle signals, in place of the JVM. A signal that the process was started to ignore stays ignored, and
     * a JVM that was told to leave signals alone ({@code -Xrs}) does. Java has only {@code sun.misc.Signal} for this,
     * which not every Java has. It is used by reflection, because the compiler warns of it and cannot be told not to.
     */
    static void handle(PrintStream err) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            Method handle = signalClass.getMethod("handle", signalClass, handlerClass);
            for (Signal signal : ALL) {
                Object handler = Proxy.newProxyInstance(handlerClass.getClassLoader(), new Class<?>[] {handlerClass},
                        (_, _, _) -> {
                            receive(signal, err);
                            return null; // as the interface's only method does, which is void
                        });
                handle.invoke(null, signalClass.getConstructor(String.class).newInstance(signal.name()), handler);
            }
        } catch (ReflectiveOperationException reserved) {
            // the JVM or the system ends the process at once
        }
    }

    private static void receive(Signal signal, PrintStream err) {
        synchronized (Signals.class) {
            if (deferred && noted.isEmpty()) {
                noted = Optional.of(signal);
                return;
            }
            lastLine.ifPresent(line -> err.println(line.formatted(signal)));
        }
        System.exit(signal.status());
    }

    /**
     * Lets signals end the process at once from now on.
     *
     * @param line is printed then; {@code %s} in it stands for the name of the signal
     */
    static synchronized void endAtOnce(String line) {
        deferred = false;
        lastLine = Optional.of(line);
    }

    /**
     * Lets the first signal be noted only from now on, so that the work can end itself.
     *
     * @param line is printed when a second signal ends the process; {@code %s} in it stands for the name of the signal
     */
    static synchronized void defer(String line) {
        deferred = true;
        lastLine = Optional.of(line);
    }

    /** The name of the signal that was noted, such as {@code SIGINT}. */
    static Optional<String> noted() {
        return noted.map(Signal::toString);
    }

    /** The exit status that the noted signal asks for; empty if none was noted. */
    static OptionalInt status() {
        return noted.stream().mapToInt(Signal::status).findFirst();
    }
}
