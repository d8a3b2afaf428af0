package io.github.bitgrad.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadUsageTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "''                              | No command was given; name one of train, evaluate, predict, memory, summary, data, info",
        "trian                           | Unknown command 'trian'; did you mean 'train'?",
        "train --bach 100                | Unknown option '--bach'; did you mean '--batch'?",
        "memory --bach 100               | Unknown option '--bach'; did you mean '--batch'?",
        "train --qqq                     | Unknown option '--qqq'; see bitgrad train --help.",
        "train demo                      | Unknown argument 'demo'",
        "train --batch                   | Missing required parameter for option '--batch'",
        "train --batch 0                 | option '--batch': '0' is not a whole number from 1",
        "train --epochs -3               | option '--epochs': '-3' is not a whole number from 1",
        "train --steps 1.5               | option '--steps': '1.5' is not a whole number from 1",
        "train --threads 99999999999     | option '--threads': '99999999999' is not a whole number from 1",
        "train --threads 5000            | There must be from 1 to 1024 threads, but 5000 were asked for.",
        "train --batch 2000000000        | A batch of 2000000000 is larger than data set demo, which has 6000",
        "train --statistics-batches 0    | option '--statistics-batches': '0' is not a whole number from 1",
        "train --seed many               | option '--seed': 'many' is not a long",
        "train --learning-rate fast      | option '--learning-rate': 'fast' is not a float",
        "train --learning-rate 0         | The learning rate must be a positive number, but is 0.0.",
        "train --learning-rate -1e-3     | The learning rate must be a positive number, but is -0.001.",
        "train --learning-rate NaN       | The learning rate must be a positive number, but is NaN.",
        "train --model mpl               | There is no model named 'mpl'; did you mean 'mlp'?",
        "train --algorithm propsed       | There is no algorithm named 'propsed'; did you mean 'proposed'?",
        "train --model cnv               | has a kernel larger than its padded 2x2x256 input",
        "train --gradient int8           | There is no gradient format named 'int8'; did you mean 'int7'? Known: float32",
        "train --rounding stochastik     | There is no rounding named 'stochastik'; did you mean 'stochastic'? Known: n",
        "train --memory-limit 64          | option '--memory-limit': '64' is not a whole number of KiB, MiB or GiB",
        "train --algorithm standard --weight-gradient sign | The standard algorithm has no sign weight gradients; choose one of real",
        "train --algorithm standard --gradient int7 | The standard algorithm has no int7 gradients; choose one of float32",
        "memory --gradient fp16          | There is no gradient format named 'fp16'; did you mean 'float16'?",
        "train --optimizer sgd           | There is no optimizer named 'sgd'; did you mean 'sgdm'?",
        "train --beta1 1                 | The beta1 of adam must be at least 0 and below 1, but is 1.0.",
        "train --beta2 -0.1              | The beta2 of adam must be at least 0 and below 1, but is -0.1.",
        "train --epsilon 0               | The epsilon of adam must be a positive number, but is 0.0.",
        "train --epsilon small           | option '--epsilon': 'small' is not a float",
        "train --optimizer sgdm --momentum 2 | The momentum of sgdm must be at least 0 and below 1, but is 2.0.",
        "train --optimizer bop --threshold -1 | The threshold of bop must be a number from 0 on, but is -1.0.",
        "train --threshold 1e-3          | The optimizer adam has no threshold; what can be set is beta1, beta2, epsilon.",
        "train --optimizer sgdm --beta1 0.5 | The optimizer sgdm has no beta1; what can be set is momentum.",
        "memory --optimizer bop --momentum 0.5 | The optimizer bop has no momentum; what can be set is threshold, biasRate.",
        "train --schedule cosin          | There is no schedule named 'cosin'; did you mean 'cosine'?",
        "train --augment flip            | There is no augmentation named 'flip'; did you mean 'none'? Known: none, shift",
        "evaluate                        | Missing required parameter: 'FILE'",
        "evaluate --batch 0 network      | option '--batch': '0' is not a whole number from 1",
        "predict                         | Missing required parameters: 'FILE', 'SAMPLE'",
        "predict network                 | Missing required parameter: 'SAMPLE'",
        "predict --top 0 network image   | option '--top': '0' is not a whole number from 1",
        "train --algorithm lean --normalisation l1 | The algorithm lean cannot normalise by l1 in tiles; choose bitgrad.",
        "memory --algorithm standard --normalisation paper | cannot normalise by paper with products by BLAS; choose l2 or l1.",
        "train --normalisation l2 --gradient int7 | cannot normalise by l2 with gradients that are integers; choose",
        "train --algorithm paper --gradient int7 | The paper algorithm has no int7 gradients; choose one of float16, float32.",
        "train --algorithm lean --weight-gradient float16 | The lean algorithm has no float16 weight gradients; choose one of real, sign.",
        "train --normalisation l3 | There is no normalisation named 'l3'; did you mean 'l2'? Known: l2, l1, paper, bitgrad.",
        "train --attenuation fanin | There is no attenuation named 'fanin'; did you mean 'fan-in'? Known: fan-in, weights.",
        "train --schedule plateau --no-test | follows the accuracy on test images, and this training has none",
        "train --schedule cosine --plateau-patience 3 | The schedule cosine has no patience; what can be set is nothing.",
        "train --patience 3              | There is no validation part that --patience could go by; give one with --validation 0.1, or",
        "train --patience 0 --validation 0.1 | option '--patience': '0' is not a whole number from 1",
        "train --validation 1            | The validation fraction must be between 0 and 1, but is 1.0.",
        "train --validation 0            | The validation fraction must be between 0 and 1, but is 0.0.",
        "train --validation NaN          | The validation fraction must be between 0 and 1, but is NaN.",
        "train --validation some         | option '--validation': 'some' is not a double",
        "train --schedule plateau --every 3 | The schedule plateau has no every; what can be set is patience, factor.",
        "train --schedule decay --factor 1 | The factor of decay must be at least 0 and below 1",
        "train --initial-weights norml   | There is no distribution of initial weights named 'norml'; did you mean 'normal'",
        "train --test-fraction 2         | The test fraction must be at least 0 and below 1, but is 2.0.",
        "train --test-fraction 0.1       | The option 'test fraction' does not apply to demo, which has no options",
        "memory --data demo --window 3   | The option 'window' does not apply to demo, which has no options",
        "train --window 0                | option '--window': '0' is not a positive number, such as 20 or 0.5",
        "train --window -1               | option '--window': '-1' is not a positive number, such as 20 or 0.5",
        "train --hop 1e9                 | option '--hop': '1e9' is not a positive number, such as 20 or 0.5",
        "train --hop 0.0 --window 1      | option '--hop': '0.0' is not a positive number, such as 20 or 0.5",
        "train --hop NaN                 | option '--hop': 'NaN' is not a positive number, such as 20 or 0.5",
        "train --image-size big          | is not the shape of an image: give one such as 32x32x3.",
        "train --label-pattern (         | is not a pattern (Unclosed group); give a regular expression of Java.",
        "train --label-pattern (.*)      | The label pattern must be a pattern with a group named label, but is (.*).",
        "train --checkpoint-every 5x --checkpoint c | is neither a number of steps, such as 200, nor a time, such as 30s",
        "train --checkpoint-every 0m --checkpoint c | is neither a number of steps, such as 200, nor a time",
        "train --checkpoint-every 5m     | There is no file for checkpoints; name one with --checkpoint.",
        "train --keep 2                  | There is no file for checkpoints; name one with --checkpoint.",
        "train --keep 0 --checkpoint c   | option '--keep': '0' is not a whole number from 1",
        "train --keep 1001 --checkpoint c | At most 1000 checkpoints can be kept, but --keep asks for 1001.",
        "train --keep 3 --checkpoint c --save c.2 | Network and an older checkpoint cannot both be written to c.2; name two",
        "train --keep 3 --checkpoint c --metrics c.1 | Metrics and an older checkpoint cannot both be written to c.1;",
        "summary --from network --model mlp | The network of --from cannot have another --model; give one of the two options.",
        "summary network                 | Unknown argument 'network'; see bitgrad summary --help.",
        "summary --batch 0               | option '--batch': '0' is not a whole number from 1",
        "memory --batch -1               | option '--batch' (N): '-1' is not a whole number from 1",
    })
    void isOneSentenceAndStatus2(String words, String sentence) {
        Run.of(words).isRefused(2, sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "memory"})
    void dataThatIsMissingIsStatus1(String words) {
        Run.of(words + " --data dmeo").isRefused(1, "There is no data set or folder named \"dmeo\"");
    }

    @Test
    void helpIsNoError() {
        Run help = Run.of("train --help");
        assertThat(help.status()).isZero();
        assertThat(help.err()).isEmpty();
        assertThat(help.out()).contains("--learning-rate", "default is 100", "Default: cosine",
                "--initial-weights");
        assertThat(help.out().replaceAll("\\s+", " "))
                .contains("The adaptivity rate of bop (gamma) is --learning-rate.", "default is proposed",
                        "constant, step, cosine, decay, plateau, loss-plateau, accuracy-plateau",
                        "none, shift-flip, edge-shift-flip, edge-shift", "uniform, normal");
        assertThat(Run.of("--version").out()).startsWith("bitgrad ");
    }

    @Test
    void errorsOfTheJvmAreOneSentence() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Failures failures = new Failures(new PrintStream(err, true), "bitgrad");
        assertThat(failures.report(new OutOfMemoryError("Java heap space"))).isEqualTo(1);
        assertThat(failures.report(new IllegalStateException("Odd."))).isEqualTo(1);
        assertThat(err.toString().lines()).containsExactly(
                "bitgrad: There is not enough memory (Java heap space); choose a smaller batch, a smaller data set or "
                        + "fewer threads.",
                "bitgrad: There is an error in bitgrad itself (java.lang.IllegalStateException: Odd.); set "
                        + "BITGRAD_DEBUG=1 to see where, and report it.");
    }

    @Test
    void aReportThatCannotBeWrittenIsAFailure() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThat(Main.run(new PrintStream(full), new PrintStream(err, true), false, "memory")).isEqualTo(1);
        assertThat(err.toString()).startsWith("bitgrad: The report could not be written");
    }

    @Test
    void onlyTerminalsAreTerminals(@TempDir Path folder) throws IOException {
        Path link = folder.resolve("descriptor");
        for (String target : List.of("/dev/pts/3", "/dev/ttyS0", "/dev/null", "pipe:[1]", "/tmp/dev/tty")) {
            Files.createSymbolicLink(link, Path.of(target));
            assertThat(Display.isTerminal(link)).as(target)
                    .isEqualTo(List.of("/dev/pts/3", "/dev/ttyS0").contains(target));
            Files.delete(link);
        }
        assertThat(Display.isTerminal(link)).isFalse();
    }
}
