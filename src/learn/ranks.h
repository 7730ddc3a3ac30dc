/*
 * ranks.h
 *		Absolute deviations from the median while values come and go.
 *
 * The values of a node are ranked once; a Fenwick tree over the ranks (Fenwick
 * 1994) holds weight and weighted sum of each side, so that moving a value and
 * asking for a median each take O(log n).
 */
#ifndef CRIMEML_RANKS_H
#define CRIMEML_RANKS_H

#include "crimeml.h"

typedef struct Ranks Ranks;

extern Ranks *ranks_create(uint32 max_values);

/* Rank n values with their weights; all of them are on the right.  Deviations
 * are in units of 2^exponent. */
extern void ranks_start(Ranks *ranks, const double *value, const double *weight, uint32 n,
						int exponent);

/* All back to the right. */
extern void ranks_reset(Ranks *ranks);

/* Value i of ranks_start() goes to the left. */
extern void ranks_move(Ranks *ranks, uint32 i);

/* Sum of weighted absolute deviations from the median on both sides. */
extern double ranks_deviation(const Ranks *ranks);

/* The median of all; half-way where two values are as good. */
extern double ranks_median(const Ranks *ranks);

#endif							/* CRIMEML_RANKS_H */
