/*
 * split.h
 *		The best split of a tree's node.
 *
 * To try a feature the node's rows are brought into the order of their bins by
 * counting, over the bins that occur in the node only, and then passed once,
 * keeping the sums of squared class weights of both sides up to date: O(rows)
 * a feature, however many classes and bins there are.  gini.h has shorter ways
 * for nodes of few rows and of many.
 */
#ifndef CRIMEML_SPLIT_H
#define CRIMEML_SPLIT_H

#include "learn/tree.h"
#include "port/pg_bitutils.h"

/* A row in a tree: where its bins are, its class, and how often it was drawn. */
typedef struct Drawn
{
	uint32		row;
	uint32		drawn;			/* class in the low half, weight in the high */
} Drawn;

#define DRAWN_CLASS(drawn) ((drawn) & 0xFFFF)
#define DRAWN_WEIGHT(drawn) ((drawn) >> 16)

typedef struct Split
{
	double		score;
	int			feature;		/* -1: none */
	uint16		cut;
	bool		missing_left;
	/* a category's set is in SplitSearch.best_set */
} Split;

/* The node's rows on their two sides, see sides.h. */
typedef struct Sides
{
	double	   *class_left;		/* weight of each class on the left */
	double		left_weight;
	double		left_sum;		/* of the criterion's terms */
	double		right_sum;
} Sides;

typedef struct SplitSearch
{
	const TreeData *data;
	const TreeParams *params;
	Random	   *random;
	int			classes;
	bool		plain;			/* Gini without class weights */
	bool		cuts_by_gini;	/* plain, and the best cut is sought */
	bool		by_ranks;		/* TREE_ABSOLUTE */

	/* the bins that Drawn.row points into: bin[f * stride + row] */
	const uint16 *bin;
	Size		stride;
	const double *value;		/* the labels, likewise */

	/* the node, by split_sum_node() */
	int64	   *total;			/* rows of each class, as often as drawn */
	int		   *class;			/* the classes that occur, ascending */
	int			nclass;
	uint16	   *class_rank;		/* scratch of gini_few_start() */
	int64		squares;		/* plain Gini: of the totals */
	double		weight;			/* with class weights */
	uint32		rows;
	double		leaf_value;		/* regression */
	double	   *deviation;		/* each row's label; for split_find(): less
								 * leaf_value, in units of 2^exponent */
	double		sum;			/* of the deviations */
	int			exponent;		/* classes: 0 */
	double		score;			/* its own, above which a split gains */

	/* what split_find() found */
	Split		best;
	uint32	   *best_set;		/* bits by bin: left */

	/* one feature in one node */
	int		   *feature;		/* a permutation, drawn from */
	uint16	   *node_bin;		/* bin of each row */
	uint32	   *sorted;			/* "drawn" of each row, by bin */
	uint32	   *count;			/* rows in each bin; all zero in between */
	uint32	   *place;			/* where the bin starts in sorted; or which
								 * level it is */
	uint64	   *seen;			/* bins or classes that occur, a bit each; zero
								 * in between */
	int		   *level;			/* the bins that occur, ascending */
	int			levels;
	double	   *bin_weight;		/* of the bins that occur */
	double	   *bin_sum;		/* regression */
	int64	   *left;			/* plain Gini: rows of each class on the left */
	uint64	   *cell;			/* plain Gini: bins x classes, see gini.c */
	Sides		sides;			/* other criteria */
	struct Ranks *ranks;		/* TREE_ABSOLUTE */
	double	   *rank_weight;
	double	   *table;			/* levels x classes */
	Size		table_size;
	double	   *level_score;
	int		   *level_order;
	double	   *direction;		/* classes */
	double	   *next_direction;
} SplitSearch;

/* Buffers for nodes of at most n rows. */
extern void split_init(SplitSearch *s, const TreeData *data, const TreeParams *params,
					   Random *random, uint32 n);

/* Sum up a node.  Returns whether all its labels agree. */
extern bool split_sum_node(SplitSearch *s, const Drawn *item, uint32 n);

/* Regression: turn the labels of the node that was summed up into deviations. */
extern void split_deviate(SplitSearch *s, const Drawn *item, uint32 n);

/* Find the best split of the node that was summed up; best.feature is -1
 * where there is none. */
extern void split_find(SplitSearch *s, const Drawn *item, uint32 n);

/* What the best split gains above the node's score, where labels are in units
 * of 2^exponent. */
extern double split_gain(const SplitSearch *s, int exponent);

/* List what has been seen, from low to high, and forget it. */
static inline int
split_take_seen(SplitSearch *s, int low, int high, int *list)
{
	int			found = 0;

	for (int w = low >> 6; w <= high >> 6; w++)
	{
		for (uint64 bits = s->seen[w]; bits != 0; bits &= bits - 1)
			list[found++] = w * 64 + pg_rightmost_one_pos64(bits);
		s->seen[w] = 0;
	}
	return found;
}

/*
 * Keep a split if it is the best so far.  Where nothing was missing, missing
 * follows the larger side.
 */
static inline void
split_consider(SplitSearch *s, double score, int f, uint16 cut, uint32 left_rows,
			   bool missing, bool missing_left)
{
	if (score > s->best.score)
	{
		s->best.score = score;
		s->best.feature = f;
		s->best.cut = cut;
		s->best.missing_left = missing ? missing_left : left_rows * 2 >= s->rows;
	}
}

#endif							/* CRIMEML_SPLIT_H */
