/*
 * median_deviation.h
 *		Absolute deviations from the median while values come and go.
 *
 * The values of a node are ranked once; a Fenwick tree over the ranks (Fenwick
 * 1994) holds weight and weighted sum of each side, so that moving a value and
 * asking for a median each take O(log n).
 */
#ifndef CRIMEML_MEDIAN_DEVIATION_H
#define CRIMEML_MEDIAN_DEVIATION_H

#include "crimeml.h"

typedef struct MedianDeviation MedianDeviation;

extern MedianDeviation *median_deviation_create(uint32 max_values);

/* Rank n values with their weights; all of them are on the right.  Deviations
 * are in units of 2^exponent. */
extern void median_deviation_start(MedianDeviation *m, const double *value,
								   const double *weight, uint32 n, int exponent);

/* All back to the right. */
extern void median_deviation_reset(MedianDeviation *m);

/* Value i of median_deviation_start() goes to the left. */
extern void median_deviation_move(MedianDeviation *m, uint32 i);

/* Sum of weighted absolute deviations from the median on both sides. */
extern double median_deviation_sum(const MedianDeviation *m);

/* The median of all; half-way where two values are as good. */
extern double median_deviation_median(const MedianDeviation *m);

#endif							/* CRIMEML_MEDIAN_DEVIATION_H */
