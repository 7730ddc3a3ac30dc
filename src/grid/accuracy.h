/*
 * accuracy.h
 *		How well a map foretold where incidents came later.
 *
 * The cells that take part are put in order by their score, the highest
 * first.  The first k of m hold n of the N incidents; the k cells that hold
 * the most, n* of them (Chainey, Tompson and Uhlig 2008):
 *
 *		hit rate = n/N		PAI = (n/N) / (k/m)		PEI = n/n* = PAI / best PAI
 *
 * and k = floor(share m + 1/2).
 */
#ifndef CRIMEML_GRID_ACCURACY_H
#define CRIMEML_GRID_ACCURACY_H

#include "crimeml.h"

/* Cells of one score: which come first? */
typedef enum AccuracyTies
{
	ACCURACY_TIES_CELL,			/* those of lower number */
	ACCURACY_TIES_WORST			/* those of fewer incidents; by number then */
} AccuracyTies;

/*
 * The cells in the order of a score, that with NaN last.  m cells are given by
 * number in "cell", which is sorted in place.
 */
extern void accuracy_order(const double *score, const int64 *incidents, AccuracyTies ties,
						   uint32 *cell, int64 m);

/* The cells with the most incidents first. */
extern void accuracy_order_best(const int64 *incidents, uint32 *cell, int64 m);

/* The number of cells in a share of m. */
extern int64 accuracy_cells(double share, int64 m);

/* The incidents in the first k cells. */
extern int64 accuracy_hits(const int64 *incidents, const uint32 *cell, int64 k);

#endif							/* CRIMEML_GRID_ACCURACY_H */
