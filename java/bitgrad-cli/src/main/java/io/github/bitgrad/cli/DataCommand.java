package io.github.bitgrad.cli;

import io.github.bitgrad.Names;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitgrad data}: fetches public data, and has commands that look at data. */
@Command(name = "data", description = "Fetches a public data set into a folder, or looks at data.",
        subcommands = InspectCommand.class)
final class DataCommand implements Runnable {
    private static final class DataNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return PublicData.ALL.stream().map(PublicData::name).iterator();
        }
    }

    @Spec
    private CommandSpec command;

    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "NAME", arity = "0..1", completionCandidates = DataNames.class,
            description = "The data set: ${COMPLETION-CANDIDATES}.")
    private String name;

    @Option(names = "--to", paramLabel = "DIR",
            description = "The folder for its files. What an earlier attempt has fetched there is kept.")
    private Path folder;

    @Option(names = "--from", paramLabel = "URL|PATH",
            description = "The folder (http, https or on this machine) that holds the published files, or the file if "
                    + "there is only one. The default is the home of the data set.")
    private String from;

    @Mixin
    private Output output;

    @Override
    public void run() {
        if (name == null) {
            throw new ParameterException(command.commandLine(), "No command or data set was given; name one of %s"
                    .formatted(String.join(", ", command.subcommands().keySet()) + ", "
                            + String.join(", ", new DataNames())));
        }
        PublicData data = Names.find("public data set", name, PublicData.ALL, PublicData::name);
        if (folder == null) {
            throw new IllegalArgumentException("There is no folder for the data; name one with --to.");
        }
        FileSource source = new FileSource(from == null ? data.home() : from);
        Signals.endAtOnce("bitgrad: Stopped by %s; what was fetched is kept, and running this again continues.");
        main.note("%s has %s, together %s MiB, at %s".formatted(data.name(),
                data.files().size() == 1 ? "one file" : data.files().size() + " files", Units.mebibytes(data.bytes()),
                from == null ? data.home() : from));
        long fetched = new Fetching(data, source, folder, main::note).run();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("data", data.name());
        object.put("folder", folder.toString());
        object.put("fetchedBytes", fetched);
        output.report(object, "%s is in %s: bitgrad train --data %s%s".formatted(data.name(), folder, folder,
                data.reading()));
    }
}
