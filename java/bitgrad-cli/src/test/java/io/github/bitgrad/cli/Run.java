package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a command line came to, run in this process. */
record Run(int status, String out, String err) {
    /** Runs words that hold no blanks, and after them others, each one argument. */
    static Run of(String words, Object... more) {
        return of(false, words, more);
    }

    /** The same with an error stream that is a terminal. */
    static Run onTerminal(String words, Object... more) {
        return of(true, words, more);
    }

    private static Run of(boolean terminal, String words, Object... more) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] arguments = Stream.concat(Arrays.stream(words.split(" ")), Arrays.stream(more).map(Object::toString))
                .filter(argument -> !argument.isEmpty()).toArray(String[]::new);
        int status = Main.run(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), terminal, arguments);
        return new Run(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The report, which is all there is on standard output. */
    Map<String, Object> json() throws IOException {
        assertThat(status).as(err).isZero();
        assertThat(out.lines()).hasSize(1);
        return JSON.std.mapFrom(out);
    }

    /** Expects a refusal: the exit status, and one sentence on standard error only. */
    void isRefused(int expected, String sentence) {
        assertThat(err).startsWith("bitgrad: ").contains(sentence);
        assertThat(err.lines()).hasSize(1);
        assertThat(out).isEmpty();
        assertThat(status).isEqualTo(expected);
    }

    List<String> errLines() {
        return err.lines().toList();
    }
}
