/*
 * tree.h
 *		One decision tree over binned features: growing, packing, walking.
 *
 * Growing is CART (Breiman, Friedman, Olshen and Stone 1984): a node's rows
 * are split in two where the impurity (Gini or entropy; variance or absolute
 * deviation in regression) falls most.  A number splits at a cut between two bins; rows in
 * which it is missing go to the side that was better in training, or, where
 * none was missing, to the larger side.  A category splits into two sets of
 * levels: with two classes or a numeric label the levels are ordered by their
 * mean, which finds the best sets there are (Fisher 1958); with more classes
 * by the first principal component of their class shares (Coppersmith, Hong
 * and Hosking 1999).  A level not seen in the node goes where missing goes.
 */
#ifndef CRIMEML_TREE_H
#define CRIMEML_TREE_H

#include "learn/learn.h"

/* What a tree needs to know of a feature. */
typedef struct TreeFeature
{
	int32		nbins;			/* bin 0 is missing */
	bool		is_category;
} TreeFeature;

/*
 * Training rows: bin[f * rows + i] is the bin of feature f in row i; label[i]
 * its class, or value[i] its number.  weight[i] is how often the row was drawn
 * (0: not in this tree).
 */
typedef struct TreeData
{
	int64		rows;
	int			features;
	int			classes;		/* 0: regression */
	const TreeFeature *feature;
	const uint16 *bin;
	const uint16 *label;
	const double *value;
	const uint16 *weight;
	const double *class_weight; /* NULL: all 1 */
} TreeData;

/* What a split is to bring down. */
typedef enum TreeCriterion
{
	TREE_GINI,					/* classification */
	TREE_ENTROPY,
	TREE_VARIANCE = 0,			/* regression */
	TREE_ABSOLUTE				/* absolute deviation from the median */
} TreeCriterion;

typedef struct TreeParams
{
	TreeCriterion criterion;
	bool		random_cuts;	/* extremely randomized trees (Geurts, Ernst and
								 * Wehenkel 2006): one random cut a feature */
	double		min_gain;		/* fall of impurity, times the node's share of
								 * all weight, that a split must bring */
	int			mtry;			/* features tried at a node */
	int			max_depth;		/* 0: no limit */
	int			min_leaf;		/* rows in a leaf, at least; a row drawn twice
								 * counts once */
} TreeParams;

/* Where it pays, the bins of nodes of so many rows are copied, and those of much
 * smaller ones again. */
#define TREE_COPY_ROWS 8192

/*
 * Grow a tree and append its packed form to out.  importance (features
 * doubles) takes the fall of impurity that each feature brought, in a unit of the
 * tree's own.
 */
extern void tree_grow(const TreeData *data, const TreeParams *params,
					  Random *random, ByteWriter *out, double *importance);

/* Write the set of a packed tree's node: bits by bin, as bits or as a list of
 * bins, whichever is shorter. */
extern void tree_write_set(const uint32 *set, int nbins, ByteWriter *out);

#endif							/* CRIMEML_TREE_H */
