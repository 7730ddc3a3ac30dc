/*
 * gini.h
 *		The best cut of a number by plain Gini, where a node has few rows or many.
 *
 * split.c sorts a node's rows by their bins and passes them.  That is beaten at
 * both ends.  In a handful of rows, in which a forest with small leaves spends
 * most of its time, the branches that depend on the data cost more than the
 * arithmetic between them: here is hardly one, rows being sorted by counting
 * for each how many are less, and passed in integers.  Where there are more
 * rows than bins times classes, these are counted in a table, in one pass.
 * All three find the same cut, but for rounding, and give it the same score.
 */
#ifndef CRIMEML_GINI_H
#define CRIMEML_GINI_H

#include "learn/split.h"

/* So many bins times classes at most are counted in a table, in 256 kB. */
#define GINI_CELLS 32768

/* So many rows are few: beyond, sorting by counting is faster. */
#define GINI_FEW 16

typedef struct GiniFew
{
	uint32		n;
	struct
	{
		uint32		place;		/* where its bins are */
		int32		twice;		/* weight times its class's in the node, twice */
		uint16		weight;
		uint16		class;		/* among those that occur */
	}			row[GINI_FEW];
} GiniFew;

/*
 * The best cut of a feature by plain Gini, its score as a fraction: to compare
 * takes no division.
 */
typedef struct GiniCut
{
	double		score;
	double		weights;
	int			after;			/* the bin or level on the left of it; -1: none */
	uint32		left_rows;
} GiniCut;

#define GINI_NO_CUT ((GiniCut) {0, 1, -1, 0})

/*
 * Is this one better?  Of the classes are given the squares of what is on the
 * left, and the products of that with what is in the node.
 */
static inline void
gini_compare(GiniCut *best, const SplitSearch *s, int64 left_weight, int64 left_squares,
			 int64 products, int after, uint32 left_rows)
{
	int64		right_squares = s->squares - 2 * products + left_squares;
	double		right_weight = s->weight - left_weight;
	double		score = left_squares * right_weight + (double) right_squares * left_weight;
	double		weights = left_weight * right_weight;

	if (score * best->weights > best->score * weights)
		*best = (GiniCut) {score, weights, after, left_rows};
}

/* Take a node that was summed up; false when it has too many rows, or too heavy
 * ones. */
extern bool gini_few_start(GiniFew *few, SplitSearch *s, const Drawn *item, uint32 n);

/* Whether a node of n rows is better counted by a number's bins and classes. */
extern bool gini_many(const SplitSearch *s, uint32 n, int f);

/* Try the cuts of a number; false when it is constant. */
extern bool gini_try_few(SplitSearch *s, const GiniFew *few, int f);
extern bool gini_try_many(SplitSearch *s, const Drawn *item, uint32 n, int f);

#endif							/* CRIMEML_GINI_H */
