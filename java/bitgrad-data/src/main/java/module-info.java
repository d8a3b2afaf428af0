import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.PreprocessingKind;
import io.github.bitgrad.formats.picture.PictureFolder;
import io.github.bitgrad.formats.picture.PictureKind;
import io.github.bitgrad.formats.svhn.SvhnFolder;
import io.github.bitgrad.formats.sound.SoundFormat;
import io.github.bitgrad.formats.sound.SoundKind;
import io.github.bitgrad.formats.table.SeriesFormat;
import io.github.bitgrad.formats.table.SeriesKind;
import io.github.bitgrad.formats.table.TableFormat;
import io.github.bitgrad.formats.table.TableKind;

/**
 * Formats of data as people have it. bitgrad finds them by itself where this module is in a program: {@code
 * Datasets.open} then reads these formats, and networks that were trained on them classify new samples.
 */
@SuppressWarnings("requires-automatic") // Apache Commons has names of modules, but no descriptors
module io.github.bitgrad.formats {
    requires transitive io.github.bitgrad;
    requires transitive java.desktop;

    requires de.siegmar.fastcsv;
    requires org.apache.commons.math4.transform;
    requires org.apache.commons.numbers.complex;
    requires us.hebi.matlab.mat.mfl.core;

    exports io.github.bitgrad.formats.picture;
    exports io.github.bitgrad.formats.sound;
    exports io.github.bitgrad.formats.table;

    provides FolderFormat with PictureFolder, SeriesFormat, SoundFormat, SvhnFolder, TableFormat;
    provides PreprocessingKind with PictureKind, SeriesKind, SoundKind, TableKind;
}
