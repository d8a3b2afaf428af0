package io.github.bitgrad.bindings;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code bitgrad.h} declares, read without a C compiler: the header keeps to functions of one form,
 * {@code BG_API type bg_name(type name, ...);}, to structs {@code struct bg_name { type name; ... };}, and to constants
 * that are {@code BG_NAME = number} in an enum or {@code #define BG_NAME number}. Anything else is refused, so that
 * nothing is overlooked.
 *
 * @param functions by name
 * @param structs by name
 * @param constants by name: {@link Integer} or {@link Float}
 */
record Header(Map<String, Function> functions, Map<String, List<Field>> structs, Map<String, Number> constants) {
    /**
     * A C function.
     *
     * @param type as Java calls it
     * @param parameters their names
     */
    record Function(MethodType type, List<String> parameters) {
    }

    /**
     * A field of a C struct.
     *
     * @param name of the field
     * @param type what Java calls it, or the name of the struct that it is
     */
    record Field(String name, String type) {
    }

    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);
    private static final Pattern CPLUSPLUS = Pattern.compile("#ifdef __cplusplus\n.*?#endif\n", Pattern.DOTALL);
    private static final Pattern DEFINE = Pattern.compile("#define (BG_[A-Z0-9_]+) (.+)\n");
    private static final Pattern DIRECTIVE = Pattern.compile("#.*\n");
    private static final Pattern ENUM = Pattern.compile("enum bg_[a-z0-9_]+ \\{(.*?),?\\s*\\};", Pattern.DOTALL);
    private static final Pattern ENTRY = Pattern.compile("\\s*(BG_[A-Z0-9_]+) = (-?[0-9]+)");
    private static final Pattern STRUCT = Pattern.compile("struct (bg_[a-z0-9_]+) \\{(.*?)\\};", Pattern.DOTALL);
    private static final Pattern FUNCTION = Pattern.compile("BG_API (.+?)(bg_[a-z0-9_]+)\\((.*?)\\);", Pattern.DOTALL);
    private static final Pattern VARIABLE = Pattern.compile("(.+?)(\\w+)", Pattern.DOTALL);

    static Header read(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    static Header parse(String text) {
        Header header = new Header(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        String rest = CPLUSPLUS.matcher(COMMENT.matcher(text).replaceAll("")).replaceAll("");
        rest = each(DEFINE, rest, define -> {
            if (!define.group(1).equals("BG_API")) {
                header.constants.put(define.group(1), number(define.group(2)));
            }
        });
        rest = DIRECTIVE.matcher(rest).replaceAll("");
        rest = each(ENUM, rest, body -> {
            for (String entry : body.group(1).split(",")) {
                Matcher matcher = whole(ENTRY, entry);
                header.constants.put(matcher.group(1), Integer.valueOf(matcher.group(2)));
            }
        });
        rest = each(STRUCT, rest, struct -> header.structs.put(struct.group(1), fields(struct.group(2))));
        rest = each(FUNCTION, rest, declaration -> header.functions.put(declaration.group(2),
                function(declaration.group(1), declaration.group(3))));
        if (!rest.isBlank()) {
            throw new IllegalArgumentException("bitgrad.h holds what this test cannot read: " + rest.strip());
        }
        return header;
    }

    /** Hands over every match and gives back the text without them. */
    private static String each(Pattern pattern, String text, Consumer<MatchResult> action) {
        Matcher matcher = pattern.matcher(text);
        matcher.results().forEach(action);
        return matcher.replaceAll("");
    }

    private static Matcher whole(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("bitgrad.h holds what this test cannot read: " + text.strip());
        }
        return matcher;
    }

    private static Number number(String literal) {
        return literal.endsWith("f") ? (Number) Float.valueOf(literal) : (Number) Integer.valueOf(literal);
    }

    private static Function function(String returned, String parameters) {
        List<Class<?>> types = new ArrayList<>();
        List<String> names = new ArrayList<>();
        if (!parameters.equals("void")) {
            for (String parameter : parameters.split(",")) {
                Matcher variable = whole(VARIABLE, parameter.strip());
                types.add(type(variable.group(1)));
                names.add(variable.group(2));
            }
        }
        return new Function(MethodType.methodType(type(returned), types), names);
    }

    private static List<Field> fields(String body) {
        List<Field> fields = new ArrayList<>();
        for (String field : body.strip().split(";")) {
            Matcher variable = whole(VARIABLE, field.strip());
            String type = variable.group(1).strip();
            fields.add(new Field(variable.group(2),
                    type.matches("struct bg_[a-z0-9_]+") ? type.substring("struct ".length())
                            : type(type).getSimpleName()));
        }
        return fields;
    }

    private static Class<?> type(String name) {
        return switch (name.strip()) {
            case "void" -> void.class;
            case "int8_t", "uint8_t" -> byte.class;
            case "int16_t", "uint16_t" -> short.class;
            case "int32_t", "uint32_t" -> int.class;
            case "int64_t", "uint64_t" -> long.class;
            case "float" -> float.class;
            case "double" -> double.class;
            case String pointer when pointer.endsWith("*") -> MemorySegment.class;
            default ->
                throw new IllegalArgumentException("bitgrad.h uses a type that this test does not know: " + name);
        };
    }
}
