/**
 * Data sets: images and labels, as unsigned bytes. Images of files that are not compressed are read when they are
 * wanted, and take no memory. All other images lie off-heap.
 *
 * <p>
 * {@link io.github.bitgrad.data.Datasets#open} opens a data set: {@code "demo"} is a set of digits that the library
 * draws itself, and anything else is a folder whose files tell their format. A format of your own implements
 * {@link io.github.bitgrad.data.FolderFormat}, and an {@link io.github.bitgrad.data.Augmentation} of your own changes
 * training images at random. Images that lie in no folder become a data set by
 * {@link io.github.bitgrad.data.Dataset#create} or {@link io.github.bitgrad.data.Dataset#of}.
 *
 * <p>
 * Where a file is missing or wrong, a {@link io.github.bitgrad.BitgradException} tells so in one sentence that
 * names the file. Nothing is repaired in silence: in every data set that is open, every image is there and every label
 * is a class.
 */
package io.github.bitgrad.data;
