/** The cropped digits of Street View House Numbers, in the MAT files that are downloaded. */
package io.github.bitgrad.formats.svhn;
