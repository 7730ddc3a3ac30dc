/*
 * category.h
 *		The best split of a category: which of its levels go to the left.
 *
 * The levels are brought into an order, and only sets are tried that are its
 * beginning.  With two classes or a numeric label the order is by the mean of
 * the label, which finds the best set there is (Fisher 1958).  With more
 * classes it is by the first principal component of the levels' class shares
 * (Coppersmith, Hong and Hosking 1999), which finds a good one.
 */
#ifndef CRIMEML_CATEGORY_H
#define CRIMEML_CATEGORY_H

#include "learn/best_split.h"
#include "learn/node_bins.h"
#include "learn/sides.h"

/* The levels that occur in a node, missing being one of them, in an order. */
typedef struct CategoryOrder
{
	int		   *order;			/* places in NodeBins.occurring */
	int		   *place;			/* of a bin there */
	double	   *score;			/* of each level, by which the order is */
	double	   *table;			/* contingency table: levels x classes, weights */
	Size		table_size;
	double	   *direction;		/* the principal component: classes */
	double	   *next_direction;
} CategoryOrder;

extern void category_init(CategoryOrder *category, const TreeData *data);

/* Try the sets of a feature whose bins were counted, at least two. */
extern void category_try(CategoryOrder *category, const GrowNode *node, NodeBins *bins,
						 Sides *sides, Random *random, int f, BestSplit *best);

#endif							/* CRIMEML_CATEGORY_H */
