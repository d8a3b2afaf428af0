package io.github.bitgrad.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bitgrad.bindings.kernels.Bitgrad;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether the generated classes, {@code bitgrad.h} and the library have kept together. */
class HeaderTest {
    private static final Path HEADER = Path.of("..", "native", "include", "bitgrad.h");
    private static final String REMEDY = "what was generated from bitgrad.h, else run bindings/regenerate";

    @Test
    void generatedFunctionsAreThoseOfTheHeader() throws Exception {
        Map<String, Header.Function> generated = new TreeMap<>();
        for (Method method : generatedMethods("bg_[a-z0-9_]+")) {
            generated.put(method.getName(),
                    new Header.Function(MethodType.methodType(method.getReturnType(), method.getParameterTypes()),
                            Stream.of(method.getParameters()).map(Parameter::getName).toList()));
        }
        assertThat(generated).as(REMEDY).isEqualTo(Header.read(HEADER).functions());
    }

    @Test
    void generatedConstantsAreThoseOfTheHeader() throws Exception {
        Map<String, Object> generated = new TreeMap<>();
        for (Method method : generatedMethods("BG_[A-Z0-9_]+")) {
            generated.put(method.getName(), method.invoke(null));
        }
        assertThat(generated).as(REMEDY).isEqualTo(Header.read(HEADER).constants());
    }

    @Test
    void generatedStructsAreThoseOfTheHeader() throws Exception {
        Map<String, List<Header.Field>> structs = Header.read(HEADER).structs();
        assertThat(structs).isNotEmpty();
        for (Map.Entry<String, List<Header.Field>> struct : structs.entrySet()) {
            List<MemoryLayout> members = layout(struct.getKey()).memberLayouts().stream()
                    .filter(member -> !(member instanceof PaddingLayout)).toList();
            assertThat(members).as(struct.getKey() + ": " + REMEDY).hasSameSizeAs(struct.getValue());
            for (int i = 0; i < members.size(); i++) {
                Header.Field field = struct.getValue().get(i);
                MemoryLayout member = members.get(i);
                assertThat(member.name()).as(struct.getKey() + ": " + REMEDY).hasValue(field.name());
                if (structs.containsKey(field.type())) {
                    assertThat(member).as(field.name()).isEqualTo(layout(field.type()).withName(field.name()));
                } else {
                    assertThat(((ValueLayout) member).carrier().getSimpleName()).as(field.name())
                            .isEqualTo(field.type());
                }
            }
        }
    }

    private static GroupLayout layout(String struct) throws ReflectiveOperationException {
        return (GroupLayout) Class.forName(Bitgrad.class.getPackageName() + "." + struct).getMethod("layout")
                .invoke(null);
    }

    @Test
    void functionsAreInTheLibraryAndAreCalledAsDeclared() throws Exception {
        NativeLibraries.load();
        for (Map.Entry<String, Header.Function> function : Header.read(HEADER).functions().entrySet()) {
            // Initialises the class that holds the descriptor, which fails where the library lacks the function.
            FunctionDescriptor descriptor = (FunctionDescriptor) Bitgrad.class
                    .getMethod(function.getKey() + "$descriptor").invoke(null);
            assertThat(descriptor.toMethodType()).as(function.getKey()).isEqualTo(function.getValue().type());
        }
    }

    @Test
    void headerIsReadInItsRegularForm() {
        Header header = Header.parse("""
                #ifndef BITGRAD_H
                #include <stdint.h>
                #define BG_API __attribute__((visibility("default")))
                /* BG_API int32_t bg_in_a_comment(void); */
                enum bg_kind {
                    BG_A = 0, /* a, = 7 */
                    BG_B = -5,
                };
                #define BG_C 1e-4f
                struct bg_part { int64_t size; };
                struct bg_whole {
                    const float *x; /* a; b */
                    struct bg_part part;
                    int32_t type;
                };
                BG_API const char *bg_text(void);
                BG_API int32_t bg_add(int32_t type, const void *x,
                    uint64_t *sum, int64_t begin, float scale);
                #endif
                """);
        assertThat(header.constants()).containsExactlyInAnyOrderEntriesOf(Map.of("BG_A", 0, "BG_B", -5, "BG_C", 1e-4f));
        assertThat(header.structs()).containsExactlyInAnyOrderEntriesOf(Map.of(
                "bg_part", List.of(new Header.Field("size", "long")),
                "bg_whole", List.of(new Header.Field("x", "MemorySegment"), new Header.Field("part", "bg_part"),
                        new Header.Field("type", "int"))));
        assertThat(header.functions()).containsExactlyInAnyOrderEntriesOf(Map.of(
                "bg_text", new Header.Function(MethodType.methodType(MemorySegment.class), List.of()),
                "bg_add", new Header.Function(
                        MethodType.methodType(int.class, int.class, MemorySegment.class, MemorySegment.class,
                                long.class, float.class),
                        List.of("type", "x", "sum", "begin", "scale"))));
    }

    @Test
    void headerIsReadWholeOrRefused() {
        for (String text : List.of("int32_t bg_hidden(void);", "BG_API size_t bg_size(void);", "enum bg_e { BG_A };",
                "BG_API void bg_f(struct bg_s s);", "struct bg_s { int32_t x[2]; };")) {
            assertThatIllegalArgumentException().as(text).isThrownBy(() -> Header.parse(text))
                    .withMessageContaining("bitgrad.h");
        }
    }

    private static List<Method> generatedMethods(String name) {
        return Stream.of(Bitgrad.class.getDeclaredMethods()).filter(method -> method.getName().matches(name)).toList();
    }
}
