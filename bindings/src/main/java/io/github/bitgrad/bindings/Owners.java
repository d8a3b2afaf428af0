package io.github.bitgrad.bindings;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Who could change a file. A library runs with the rights of the user who loads it, so a file is loaded only if nobody
 * but this user and root could have written it, or could replace it.
 */
final class Owners {
    static final FunctionDescriptor GET_USER = FunctionDescriptor.of(ValueLayout.JAVA_INT);
    private static final int ROOT = 0;
    private static final int STICKY = 01000;
    private static final int WRITABLE_BY_GROUP = 0020;
    private static final int WRITABLE_BY_ALL = 0002;

    private Owners() {
    }

    /** The number of the user whose rights this process has. */
    static int user() {
        Linker linker = Linker.nativeLinker();
        try {
            return (int) linker.downcallHandle(linker.defaultLookup().find("geteuid").orElseThrow(), GET_USER)
                    .invokeExact();
        } catch (Throwable impossible) { // geteuid always succeeds
            throw new AssertionError(impossible);
        }
    }

    /** The number of the user to whom a file belongs. */
    static int owner(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Looks for another user who could change a file or the contents of a folder: its owner, those who may write to it,
     * and those who may rename one of the folders that it is in.
     *
     * @param path an existing file or folder, without symbolic links
     * @return the other user, as the end of a sentence; empty if there is none
     */
    static Optional<String> strangerAt(Path path) throws IOException {
        int user = user();
        for (Path part = path; part != null; part = part.getParent()) {
            Optional<String> stranger = strangerAt(part, user, part != path);
            if (stranger.isPresent()) {
                return stranger;
            }
        }
        return Optional.empty();
    }

    /** @param above whether this is a folder above the one in question: then a sticky bit protects what is in it */
    private static Optional<String> strangerAt(Path path, int user, boolean above) throws IOException {
        Map<String, Object> attributes =
                Files.readAttributes(path, "unix:uid,mode,owner,group", LinkOption.NOFOLLOW_LINKS);
        int owner = (int) attributes.get("uid");
        int mode = (int) attributes.get("mode");
        // By convention, a group that is named as its only member is private to that user.
        boolean privateGroup = attributes.get("group").toString().equals(attributes.get("owner").toString());
        boolean shared = (mode & WRITABLE_BY_ALL) != 0 || (mode & WRITABLE_BY_GROUP) != 0 && !privateGroup;
        if (owner != user && owner != ROOT) {
            return Optional.of("%s belongs to another user, %s".formatted(path, attributes.get("owner")));
        }
        if (shared && !(above && (mode & STICKY) != 0)) {
            return Optional.of("other users can write to %s".formatted(path));
        }
        return Optional.empty();
    }
}
