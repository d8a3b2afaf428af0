package io.github.bitgrad.cli;

import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command prints its report. */
final class Output {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--json", description = "Print the report as one JSON object on one line.")
    private boolean json;

    /**
     * Prints a report.
     *
     * @param object the report for programs
     * @param text the report for people, in lines
     */
    void report(Map<String, ?> object, String text) {
        PrintWriter out = command.commandLine().getOut();
        out.println(json ? Json.line(object) : text.stripTrailing());
    }
}
