/** The files of trained networks and of trainings that can be continued. A file is written completely or not at all. */
package io.github.bitgrad.checkpoint;
