package io.github.bitgrad.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bitgrad data}: commands that look at data. */
@Command(name = "data", description = "Looks at data before a network is trained on it.",
        subcommands = InspectCommand.class)
final class DataCommand implements Runnable {
    @Spec
    private CommandSpec command;

    @Override
    public void run() {
        throw new ParameterException(command.commandLine(),
                "No command was given; name one of " + String.join(", ", command.subcommands().keySet()));
    }
}
