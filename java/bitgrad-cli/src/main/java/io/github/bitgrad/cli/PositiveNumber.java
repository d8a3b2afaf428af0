package io.github.bitgrad.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number above 0: a whole one, such as 20, or one with decimals, such as 0.5. */
final class PositiveNumber implements ITypeConverter<Number> {
    @Override
    public Number convert(String text) {
        if (text.matches("\\d{1,9}(\\.\\d{1,9})?|\\.\\d{1,9}")) {
            double number = Double.parseDouble(text);
            if (number > 0) {
                if (number == (int) number) {
                    return (int) number;
                }
                return number;
            }
        }
        throw new TypeConversionException("'%s' is not a positive number, such as 20 or 0.5".formatted(text));
    }
}
