/*
 * forest_predict.h
 *		A stored forest or tree, decoded: what it predicts, and its nodes.
 *
 * These are entries of a Learner, and described there.
 */
#ifndef CRIMEML_FOREST_PREDICT_H
#define CRIMEML_FOREST_PREDICT_H

#include "learn/bins.h"
#include "learn/decoded_trees.h"

/* Trees as they are decoded; boosted ones are kept as those of a regression. */
typedef struct Forest
{
	int			features;
	int			classes;
	int			trees;
	uint32	   *root;
	const FeatureBins *bins;
	const double *importance;
	const double *frequency;	/* of the classes; where there is smoothing */
	DecodedTrees store;
} Forest;

/* Set up what decoding needs of the bins, and then read so many trees. */
extern void forest_set_bins(Forest *forest, const LearnShape *shape, const FeatureBins *bins);
extern void forest_read_trees(Forest *forest, int trees, ByteReader *r);

/* A row as tree_walk() wants it; bin has room for two bins a feature. */
extern void forest_find_bins(const Forest *forest, const double *row, uint16 *bin);

extern void *forest_decode(ByteReader *r, const void *shape);
extern Size forest_scratch(const void *model);
extern void forest_predict(const void *model, void *scratch, const double *row, int64 n,
						   double *result);
extern void forest_importance(const void *model, double *result);
extern void forest_nodes(const void *model, LearnNodeVisit visit, void *arg);

#endif							/* CRIMEML_FOREST_PREDICT_H */
