/*
 * tree_data.h
 *		What a decision tree is grown from: binned rows, and the parameters.
 */
#ifndef CRIMEML_TREE_DATA_H
#define CRIMEML_TREE_DATA_H

#include "crimeml.h"

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

#endif							/* CRIMEML_TREE_DATA_H */
