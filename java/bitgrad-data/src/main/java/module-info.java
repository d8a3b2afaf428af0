import io.github.bitgrad.data.FolderFormat;
import io.github.bitgrad.data.PreprocessingKind;
import io.github.bitgrad.formats.picture.PictureFolder;
import io.github.bitgrad.formats.picture.PictureKind;
import io.github.bitgrad.formats.svhn.SvhnFolder;

/**
 * Formats of data as people have it. bitgrad finds them by itself where this module is in a program: {@code
 * Datasets.open} then reads these formats, and networks that were trained on them classify new samples.
 */
module io.github.bitgrad.formats {
    requires transitive io.github.bitgrad;
    requires transitive java.desktop;
    requires us.hebi.matlab.mat.mfl.core;

    exports io.github.bitgrad.formats.picture;

    provides FolderFormat with PictureFolder, SvhnFolder;
    provides PreprocessingKind with PictureKind;
}
