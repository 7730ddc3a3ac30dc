/*
 * natural_breaks.h
 *		Natural breaks: classes of numbers that are alike.
 *
 * The classes are runs of the sorted values with the least sum of squared
 * deviations from their means: the optimum, by dynamic programming (Fisher
 * 1958), which Jenks made the "natural breaks" of maps (1977).
 */
#ifndef CRIMEML_NATURAL_BREAKS_H
#define CRIMEML_NATURAL_BREAKS_H

#include "crimeml.h"

/*
 * Sorts the n finite values and sets lowest[c] to the least value of class c.
 * The number of classes made is the result: "classes", or as many as there are
 * distinct values if that is fewer.  Of equally good breaks the lowest are
 * taken.  Time is O(classes n log n), scratch memory is in the current context.
 */
extern int	natural_breaks(double *value, int n, int classes, double *lowest);

/* Bytes that natural_breaks() takes for n values, at most. */
extern Size natural_breaks_memory(int n, int classes);

#endif							/* CRIMEML_NATURAL_BREAKS_H */
