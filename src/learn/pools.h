/*
 * pools.h
 *		The nodes of a tree that its leaves borrow from: smoothing by ancestors.
 *
 * A leaf has few rows, and what it says of them is smoothed towards what its
 * ancestors say (hierarchical shrinkage; Agarwal, Tan, Ronen, Singh and Yu 2022).
 * Not all ancestors take part, but pools: the root, and each inner node that has
 * pool_rows() of weight or more, and at most half of what the pool above it has.
 * So a tree has few pools, and many leaves share one.
 *
 * With a pseudo-count s, what a pool or a leaf says is the mean of its own rows
 * and of s rows of the pool above; above the root are all training rows.
 */
#ifndef CRIMEML_POOLS_H
#define CRIMEML_POOLS_H

#include "learn/decoded_trees.h"

/* The nodes of one tree in preorder; a node's number is its place there. */
typedef struct TreeOutline
{
	uint32		n;
	uint32	   *at;				/* of each node: its place in the store */
	int32	   *parent;			/* -1 of the root */
	bool	   *right;			/* it is the right child of its parent */
	double	   *cover;			/* weight of its rows */
} TreeOutline;

/* The tree whose nodes stand from begin to before end. */
extern void outline_make(const DecodedTrees *store, uint32 begin, uint32 end,
						 TreeOutline *outline);
extern void outline_free(TreeOutline *outline);

typedef struct TreePools
{
	int			n;				/* the root is the first */
	int		   *above;			/* of each pool; stands before it */
	double	   *cover;
	double	   *weight;			/* pools x classes: the weight of each class */
	double	   *value;			/* regression: the mean */
	uint16	   *of;				/* of each node of the outline: the pool above it */
} TreePools;

#define TREE_POOLS_MAX 0x7FFF	/* a leaf keeps its pool in 15 bits */

/* How much weight a pool has at least: enough to tell so many classes. */
extern int	pool_rows(int classes);

extern void pools_make(const DecodedTrees *store, const TreeOutline *outline, double rows,
					   TreePools *pools);
extern void pools_free(TreePools *pools);

/* What own weight and s rows of the pool above say of a class together. */
static inline double
pooled_share(double weight, double cover, double above, double s)
{
	return (weight + s * above) / (cover + s);
}

/* The same of a number; it lies between both, whatever is rounded. */
static inline double
pooled_value(double value, double cover, double above, double s)
{
	double		share = cover / (cover + s);
	double		mixed = value * share + above * (1 - share);

	return Min(Max(mixed, Min(value, above)), Max(value, above));
}

/*
 * Smooth what was decoded of a tree: the store takes the shares of its pools,
 * its leaves are told their pool; leaves of numbers say what they say afterwards.
 * frequency is that of the classes in all rows.
 */
extern void pools_smooth(DecodedTrees *store, uint32 root, double rows, double smoothing,
						 const double *frequency);

#endif							/* CRIMEML_POOLS_H */
