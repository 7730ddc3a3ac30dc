/*
 * best_split.h
 *		The best split of a node that was found so far.
 */
#ifndef CRIMEML_BEST_SPLIT_H
#define CRIMEML_BEST_SPLIT_H

#include "learn/node.h"

typedef struct BestSplit
{
	double		score;			/* of both sides, see impurity.h */
	int			feature;		/* -1: none */
	uint16		cut;			/* of a number: the last bin on the left */
	bool		missing_left;
	uint32	   *set;			/* of a category: the bins on the left, a bit each */
} BestSplit;

/*
 * Keep a split if it is the best so far.  Where nothing was missing, missing
 * follows the larger side.
 */
static inline void
best_split_consider(BestSplit *best, const GrowNode *node, double score, int f, uint16 cut,
					uint32 left_rows, bool missing, bool missing_left)
{
	if (score > best->score)
	{
		best->score = score;
		best->feature = f;
		best->cut = cut;
		best->missing_left = missing ? missing_left : left_rows * 2 >= node->rows;
	}
}

#endif							/* CRIMEML_BEST_SPLIT_H */
