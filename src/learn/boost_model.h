/*
 * boost_model.h
 *		Stored boosted trees, decoded: what they predict, and their nodes.
 *
 * The payload has, in this order: the link; the bases of the sums; the cuts of
 * each feature; the importance of each feature; the number of trees, which are
 * those of all rounds, a sum after another in each; and the trees, each packed
 * as packed_tree.h says a tree of numbers is.
 */
#ifndef CRIMEML_BOOST_MODEL_H
#define CRIMEML_BOOST_MODEL_H

#include "learn/bins.h"

/* What stands before the trees. */
typedef struct BoostHeader
{
	LearnLink	link;
	int			sums;
	const double *base;
	const FeatureBins *bins;
	const double *importance;	/* written as shares */
	int			trees;
} BoostHeader;

extern void boost_write_header(const BoostHeader *head, int features, ByteWriter *out);

/* Entries of a Learner, described there. */
extern void *boost_decode(ByteReader *r, const void *shape);
extern Size boost_scratch(const void *model);
extern void boost_predict(const void *model, void *scratch, const double *row, int64 n,
						  double *result);
extern void boost_importance(const void *model, double *result);
extern void boost_nodes(const void *model, LearnNodeVisit visit, void *arg);
extern void boost_sums(const void *model, LearnSums *sums);

#endif							/* CRIMEML_BOOST_MODEL_H */
