package io.github.bitgrad.cli;

import io.github.bitgrad.BitgradException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Where files are fetched from: a folder on this machine or on a server, or one file. */
final class FileSource {
    private static final int CONNECT_MILLISECONDS = 30_000;
    /** If nothing arrives for so long, the connection counts as lost. */
    private static final int READ_MILLISECONDS = 60_000;
    private static final int MOST_REDIRECTS = 5;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final String place;
    private final boolean isRemote;

    /**
     * The bytes of a file from some place on.
     *
     * @param bytes are closed by whoever reads them
     * @param begin the place in the file of the first of them; 0 if the server does not send a part of a file
     */
    record Opened(InputStream bytes, long begin) {
    }

    /**
     * @param place an address (http, https or file) or a path
     * @throws IllegalArgumentException if it is an address of another kind
     */
    FileSource(String place) {
        String scheme = place.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*")
                ? place.substring(0, place.indexOf(':')).toLowerCase(Locale.ROOT)
                : "";
        isRemote = scheme.equals("http") || scheme.equals("https");
        if (!scheme.isEmpty() && !isRemote && !scheme.equals("file")) {
            throw new IllegalArgumentException(
                    "Nothing can be fetched from '%s'; give an address that begins with http:, https: or file:, or a path."
                            .formatted(place));
        }
        this.place = scheme.equals("file") ? Path.of(uri(place)).toString() : place;
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException("'%s' is not an address (%s); check it.".formatted(text,
                    wrong.getReason()), wrong);
        }
    }

    /** Where a file is: the place itself if it is that file, otherwise in the folder. */
    String of(String name) {
        boolean isFile = place.endsWith("/" + name) || !isRemote && Files.isRegularFile(Path.of(place));
        return isFile ? place : place + (place.endsWith("/") ? "" : "/") + name;
    }

    /**
     * Opens a file.
     *
     * @param begin from which byte on it is wanted
     * @throws BitgradException if the server does not have it, or sends something else
     * @throws IOException if it cannot be reached or read
     */
    Opened open(String name, long begin) throws IOException {
        return isRemote ? request(uri(of(name)), begin, MOST_REDIRECTS) : read(Path.of(of(name)), begin);
    }

    private static Opened read(Path file, long begin) throws IOException {
        InputStream bytes = Files.newInputStream(file);
        try {
            bytes.skipNBytes(Math.min(begin, Files.size(file)));
            return new Opened(bytes, begin);
        } catch (IOException failure) {
            bytes.close();
            throw failure;
        }
    }

    private static Opened request(URI address, long begin, int redirects) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setInstanceFollowRedirects(false); // it would not go from http to https
        connection.setConnectTimeout(CONNECT_MILLISECONDS);
        connection.setReadTimeout(READ_MILLISECONDS);
        if (begin > 0) {
            connection.setRequestProperty("Range", "bytes=%s-".formatted(begin));
        }
        int status = connection.getResponseCode();
        String range = connection.getHeaderField("Content-Range");
        if (status == HttpURLConnection.HTTP_OK) {
            return new Opened(body(connection), 0);
        }
        if (status == HttpURLConnection.HTTP_PARTIAL && range != null
                && range.startsWith("bytes %s-".formatted(begin))) {
            return new Opened(body(connection), begin);
        }
        String location = connection.getHeaderField("Location");
        connection.disconnect();
        if (REDIRECTS.contains(status) && location != null && redirects > 0) {
            return request(redirected(address, location), begin, redirects - 1);
        }
        if (begin > 0 && (status == RANGE_NOT_SATISFIABLE || status == HttpURLConnection.HTTP_PARTIAL)) {
            return request(address, 0, redirects);
        }
        throw new BitgradException(
                "%s is not there (the server answers with status %s): name another place with --from.".formatted(
                        address,
                        status));
    }

    private static URI redirected(URI address, String location) {
        URI target = address.resolve(uri(location));
        boolean isSafe = "https".equals(target.getScheme())
                || "http".equals(target.getScheme()) && address.getScheme().equals("http");
        if (!isSafe) {
            throw new BitgradException("%s leads to %s, which is not followed: name another place with --from."
                    .formatted(address, target));
        }
        return target;
    }

    private static InputStream body(HttpURLConnection connection) throws IOException {
        return new FilterInputStream(connection.getInputStream()) {
            @Override
            public void close() {
                connection.disconnect(); // closing the stream itself would read all that is left
            }
        };
    }
}
