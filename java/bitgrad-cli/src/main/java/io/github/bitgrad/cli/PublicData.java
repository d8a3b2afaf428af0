package io.github.bitgrad.cli;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A public data set that can be fetched. Sizes and digests are those that TensorFlow Datasets publishes in its files
 * tensorflow_datasets/url_checksums/NAME.txt (mnist at commit 31f1255, all others at 333639b), and for spoken-digits in
 * tensorflow_datasets/audio/spoken_digit/checksums.tsv (at 333639b). Its files of the repository's tag v1.0.9, packed by
 * git archive and gzip -n, have this digest, too. No digest of its version 1.0.10, which has a sixth speaker, is
 * published there.
 *
 * @param name what people call it on the command line
 * @param home the address of the folder in which its makers publish it
 * @param files what is fetched
 * @param unpacked the files that are unpacked from the only fetched one, an archive; none if it is no archive
 * @param reading the options that it is read with, each with a space before it; empty if it needs none
 */
record PublicData(String name, String home, List<PublicFile> files, List<String> unpacked, String reading) {
    /**
     * A file of a data set.
     *
     * @param name the end of its address
     * @param bytes its size
     * @param sha256 the digest SHA-256 of its bytes, in hexadecimal digits
     */
    record PublicFile(String name, long bytes, String sha256) {
    }

    private PublicData(String name, String home, List<PublicFile> files, List<String> unpacked) {
        this(name, home, files, unpacked, "");
    }

    /** All that are known. */
    static final List<PublicData> ALL = List.of(
            new PublicData("mnist", "http://yann.lecun.com/exdb/mnist/", List.of(
                    new PublicFile("train-images-idx3-ubyte.gz", 9_912_422,
                            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                    new PublicFile("train-labels-idx1-ubyte.gz", 28_881,
                            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                    new PublicFile("t10k-images-idx3-ubyte.gz", 1_648_877,
                            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                    new PublicFile("t10k-labels-idx1-ubyte.gz", 4542,
                            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6")),
                    List.of()),
            new PublicData("fashion-mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", List.of(
                    new PublicFile("train-images-idx3-ubyte.gz", 26_421_880,
                            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                    new PublicFile("train-labels-idx1-ubyte.gz", 29_515,
                            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                    new PublicFile("t10k-images-idx3-ubyte.gz", 4_422_102,
                            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                    new PublicFile("t10k-labels-idx1-ubyte.gz", 5148,
                            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5")),
                    List.of()),
            new PublicData("kmnist", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/", List.of(
                    new PublicFile("train-images-idx3-ubyte.gz", 18_165_135,
                            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
                    new PublicFile("train-labels-idx1-ubyte.gz", 29_497,
                            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
                    new PublicFile("t10k-images-idx3-ubyte.gz", 3_041_136,
                            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
                    new PublicFile("t10k-labels-idx1-ubyte.gz", 5120,
                            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c")),
                    List.of()),
            new PublicData("cifar10", "https://www.cs.toronto.edu/~kriz/", List.of(
                    new PublicFile("cifar-10-binary.tar.gz", 170_052_171,
                            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")),
                    Stream.concat(IntStream.rangeClosed(1, 5).mapToObj("data_batch_%s.bin"::formatted),
                            Stream.of("test_batch.bin", "batches.meta.txt")).toList()),
            new PublicData("cifar100", "https://www.cs.toronto.edu/~kriz/", List.of(
                    new PublicFile("cifar-100-binary.tar.gz", 168_513_733,
                            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")),
                    List.of("train.bin", "test.bin", "coarse_label_names.txt", "fine_label_names.txt")),
            new PublicData("svhn", "http://ufldl.stanford.edu/housenumbers/", List.of(
                    new PublicFile("train_32x32.mat", 182_040_794,
                            "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
                    new PublicFile("test_32x32.mat", 64_275_384,
                            "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b")),
                    List.of()),
            new PublicData("svhn-extra", "http://ufldl.stanford.edu/housenumbers/", List.of(
                    new PublicFile("extra_32x32.mat", 1_329_278_602,
                            "a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3")),
                    List.of()),
            new PublicData("spoken-digits", "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/", List.of(
                    new PublicFile("v1.0.9.tar.gz", 11_975_353,
                            "8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0")),
                    spokenDigits(), " --label-pattern '(?<label>[0-9])_.*'"));

    /** The names of the recordings: 50 of each digit by each of five speakers. */
    private static List<String> spokenDigits() {
        return IntStream
                .range(0, 10).boxed().flatMap(digit -> Stream.of("george", "jackson", "nicolas", "theo", "yweweler")
                        .flatMap(speaker -> IntStream.range(0, 50)
                                .mapToObj(i -> "%s_%s_%s.wav".formatted(digit, speaker, i))))
                .toList();
    }

    /** The size of all files that are fetched. */
    long bytes() {
        return files.stream().mapToLong(PublicFile::bytes).sum();
    }
}
