/**
 * Data sets: images and labels, as unsigned bytes. Images of files that can be read anywhere are read when they are
 * wanted, and take no memory; the others lie off-heap.
 *
 * <p>
 * {@link io.github.bitgrad.data.Datasets#open(String)} is the one way in: {@code "demo"} is a set of digits that the
 * library draws itself, anything else is a folder whose files tell their format. A further format is one class that
 * implements {@code FolderFormat} and one entry in the list of {@link io.github.bitgrad.data.Datasets}. Data of one's
 * own becomes a data set through {@link io.github.bitgrad.data.Dataset#create}.
 *
 * <p>
 * Files that are missing or wrong raise {@link io.github.bitgrad.BitgradException} with one sentence that names the
 * file. Nothing is repaired, and a data set that exists is whole: every image is there and every label is a class.
 */
package io.github.bitgrad.data;
