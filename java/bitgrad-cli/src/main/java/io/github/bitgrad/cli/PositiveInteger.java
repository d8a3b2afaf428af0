package io.github.bitgrad.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a whole number from 1 on. */
final class PositiveInteger implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // is refused as a number out of range is
        }
        throw new TypeConversionException("'%s' is not a whole number from 1 to %d".formatted(text, Integer.MAX_VALUE));
    }
}
