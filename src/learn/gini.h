/*
 * gini.h
 *		The best cut of a number by plain Gini: without class weights.
 *
 * Three ways find the same cut, but for rounding, and give it the same score.
 *
 * The general way sorts the rows of a node by their bins and passes them.  It
 * keeps the sums of squared class weights of both sides up to date, and so takes
 * time in proportion to the rows, however many classes there are.
 *
 * Nodes of few rows are where a forest with small leaves spends most of its
 * time.  There, branches that depend on the data cost more than the arithmetic
 * between them.  The second way has hardly any: it sorts by counting for each
 * row how many rows come before it, and computes in integers.
 *
 * Nodes with more rows than bins times classes are summed up in a contingency
 * table of bins by classes, in one pass over the rows.
 */
#ifndef CRIMEML_GINI_H
#define CRIMEML_GINI_H

#include "learn/best_split.h"
#include "learn/node_bins.h"

/* A contingency table has so many cells at most: 256 kB. */
#define GINI_CELLS 32768

/* So many rows are few: beyond, sorting by counting is faster. */
#define GINI_FEW 16

/* A node of few rows. */
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

typedef struct Gini
{
	bool		is_few;			/* the node is in "few" */
	GiniFew		few;
	uint16	   *class_rank;		/* its scratch */
	uint64	   *cell;			/* the contingency table */
	int64	   *left;			/* weight of each class on the left */
} Gini;

/* Buffers for nodes of at most so many rows. */
extern void gini_init(Gini *gini, const TreeData *data, uint32 rows);

/* Take a node that was summed up. */
extern void gini_start(Gini *gini, const GrowNode *node);

/* Try the cuts of a number; false when it is constant in the node. */
extern bool gini_try_number(Gini *gini, const GrowNode *node, NodeBins *bins, int f,
							BestSplit *best);

#endif							/* CRIMEML_GINI_H */
