/*
 * smoothing.h
 *		How much the leaves of a forest are to be smoothed, by its out-of-bag loss.
 *
 * Each tree says of the rows that it did not see what it would say with each of
 * a ladder of pseudo-counts (in the process that grew it); the leader adds that
 * up, tree by tree in order, and takes the one by which the forest has the least
 * log loss, or squared error.  Rows are the first of the canonical order, which
 * goes by a hash, and so a random sample.
 */
#ifndef CRIMEML_SMOOTHING_H
#define CRIMEML_SMOOTHING_H

#include "bytes.h"
#include "learn/learn.h"
#include "learn/tree_data.h"

#define SMOOTHING_STEPS 12		/* of the ladder */

/* The rows that are measured, of so many. */
extern int64 smoothing_rows(int64 rows, int classes);

/*
 * Labels of any size as numbers from -1 to 1, which floats are good enough for:
 * the label in units of 2^exponent, less center, times factor.
 */
typedef struct SmoothingScale
{
	int			exponent;
	double		center;
	double		factor;
} SmoothingScale;

extern void smoothing_scale(const LearnData *data, SmoothingScale *scale);

/*
 * What a packed tree says of rows 0 .. rows-1 with weight 0.  frequency is that of
 * the classes in all rows; scale is for numbers.
 */
extern void smoothing_measure(const TreeData *data, const double *frequency,
							  const SmoothingScale *scale, int64 rows,
							  const ByteWriter *tree, ByteWriter *out);

typedef struct SmoothingChoice SmoothingChoice;

extern SmoothingChoice *smoothing_create(int64 rows);
extern void smoothing_add_tree(SmoothingChoice *choice, ByteReader *r);

/* The pseudo-count; otherwise where too few rows were measured. */
extern double smoothing_choose(const SmoothingChoice *choice, const LearnData *data,
							   const SmoothingScale *scale, double otherwise);

/* Bytes of what so many trees say, as it is collected and as it is added up. */
extern double smoothing_bytes(int64 rows, int classes, double trees);

#endif							/* CRIMEML_SMOOTHING_H */
