import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.PreprocessingKind;
import io.github.bitgrad.formats.picture.PictureFolder;
import io.github.bitgrad.formats.picture.PictureKind;

/**
 * Formats of data as people have it. bitgrad finds them by itself where this module is in a program: {@code
 * Datasets.open} then reads these formats, and networks that were trained on them classify new samples.
 */
module io.github.bitgrad.formats {
    requires transitive io.github.bitgrad;
    requires transitive java.desktop;

    exports io.github.bitgrad.formats.picture;

    provides FolderFormat with PictureFolder;
    provides PreprocessingKind with PictureKind;
}
