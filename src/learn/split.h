/*
 * split.h
 *		The search for the best split of a node, over its features.
 */
#ifndef CRIMEML_SPLIT_H
#define CRIMEML_SPLIT_H

#include "learn/category.h"
#include "learn/gini.h"

typedef struct SplitSearch
{
	Random	   *random;
	bool		cuts_by_gini;	/* plain Gini, and the best cut is sought */
	int		   *feature;		/* a permutation, drawn from */
	NodeBins	bins;
	Sides		sides;
	Gini		gini;
	CategoryOrder category;
	BestSplit	best;			/* what was found */
} SplitSearch;

/* Buffers for the node of a tree, which has at most so many rows. */
extern void split_init(SplitSearch *search, const GrowNode *node, Random *random, uint32 rows);

/*
 * Find the best split of a node that was summed up; best.feature is -1 where
 * there is none.
 */
extern void split_find(SplitSearch *search, GrowNode *node);

/* What the best split gains above the node's score, where labels are in units
 * of 2^exponent. */
extern double split_gain(const SplitSearch *search, const GrowNode *node, int exponent);

#endif							/* CRIMEML_SPLIT_H */
