/*
 * node.h
 *		The node of a tree while the tree is grown: its rows, and what they sum
 *		up to.
 */
#ifndef CRIMEML_NODE_H
#define CRIMEML_NODE_H

#include "learn/median_deviation.h"
#include "learn/tree_data.h"
#include "port/pg_bitutils.h"

/* A row in a tree: where its bins are, its class, and how often it was drawn. */
typedef struct Drawn
{
	uint32		row;
	uint32		drawn;			/* class in the low half, weight in the high */
} Drawn;

#define DRAWN_CLASS(drawn) ((drawn) & 0xFFFF)
#define DRAWN_WEIGHT(drawn) ((drawn) >> 16)

/* The bins that Drawn.row points into: bin[f * stride + row]. */
typedef struct BinView
{
	const uint16 *bin;
	Size		stride;
	const double *value;		/* the labels in regression, likewise */
} BinView;

typedef struct GrowNode
{
	/* the same for all nodes of the tree */
	const TreeData *data;
	const TreeParams *params;
	bool		plain;			/* Gini without class weights */

	/* the rows */
	const Drawn *item;
	uint32		rows;
	BinView		view;

	/* what they sum up to, by node_sum() */
	double		weight;			/* with class weights */
	double		score;			/* of impurity.h */

	/* classification */
	int64	   *total;			/* rows of each class, as often as drawn */
	int		   *class;			/* the classes that occur, ascending */
	int			nclass;
	int64		squares;		/* plain: of the totals */
	uint64	   *seen;			/* scratch, zero in between */

	/* regression */
	double		leaf_value;		/* what the node says as a leaf */
	double	   *deviation;		/* each row's label; after node_deviate() less
								 * leaf_value, in units of 2^exponent */
	double		sum;			/* of the deviations */
	int			exponent;		/* 0 of classes */
	MedianDeviation *median;	/* TREE_ABSOLUTE; else NULL */
	double	   *row_weight;		/* its scratch */
} GrowNode;

/* Buffers for nodes of at most so many rows. */
extern void node_init(GrowNode *node, const TreeData *data, const TreeParams *params,
					  uint32 rows);

/* Sum up the rows that the node has.  Returns whether all labels agree. */
extern bool node_sum(GrowNode *node);

/* Regression: turn the labels of a node that was summed up into deviations. */
extern void node_deviate(GrowNode *node);

static inline double
node_class_weight(const GrowNode *node, int c)
{
	return node->data->class_weight ? node->data->class_weight[c] : 1;
}

/* List the bits that are set from low to high, and clear them. */
static inline int
take_seen(uint64 *seen, int low, int high, int *list)
{
	int			found = 0;

	for (int w = low >> 6; w <= high >> 6; w++)
	{
		for (uint64 bits = seen[w]; bits != 0; bits &= bits - 1)
			list[found++] = w * 64 + pg_rightmost_one_pos64(bits);
		seen[w] = 0;
	}
	return found;
}

#endif							/* CRIMEML_NODE_H */
