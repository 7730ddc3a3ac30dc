/*
 * node_bins.h
 *		The bins of one feature in the rows of one node.
 *
 * The rows are brought into the order of their bins by counting, over the bins
 * that occur in the node only.  This takes time in proportion to the rows,
 * however many bins there are.
 */
#ifndef CRIMEML_NODE_BINS_H
#define CRIMEML_NODE_BINS_H

#include "learn/node.h"

typedef struct NodeBins
{
	uint16	   *bin;			/* of each row */
	int		   *occurring;		/* the bins that occur, ascending */
	int			n;				/* how many these are */
	uint32	   *count;			/* rows in each bin; all zero in between */
	uint32	   *end;			/* of each bin that occurs, in sorted */
	uint32	   *sorted;			/* the rows in the order of their bins */
	double	   *weight;			/* of each bin that occurs */
	double	   *sum;			/* and of its deviations */
	uint64	   *seen;			/* scratch, zero in between */
} NodeBins;

/* What "sorted" is to hold of each row. */
typedef enum SortedRows
{
	SORTED_PLACES,				/* its place in the node */
	SORTED_DRAWN				/* its class and weight, Drawn.drawn */
} SortedRows;

/* Buffers for nodes of at most so many rows. */
extern void node_bins_init(NodeBins *bins, const TreeData *data, uint32 rows);

/* Find which bins of a feature occur in the node, and how often. */
extern void node_bins_count(NodeBins *bins, const GrowNode *node, int f);

/* Forget the feature again, before the next one is counted. */
extern void node_bins_clear(NodeBins *bins);

/* Bring the rows into the order of their bins. */
extern void node_bins_sort(NodeBins *bins, const GrowNode *node, SortedRows what);

/* Regression: the weight of each bin that occurs, and the sum of its deviations. */
extern void node_bins_sum(NodeBins *bins, const GrowNode *node);

/* Whether bin 0, which holds the rows where the feature is missing, occurs. */
static inline bool
node_bins_missing(const NodeBins *bins)
{
	return bins->occurring[0] == 0;
}

/* The cut after the i-th bin that occurs: in the middle of those that do not. */
static inline uint16
node_bins_cut(const NodeBins *bins, int i)
{
	return (uint16) (bins->occurring[i] + (bins->occurring[i + 1] - bins->occurring[i] - 1) / 2);
}

#endif							/* CRIMEML_NODE_BINS_H */
