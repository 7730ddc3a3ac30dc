/*
 * forest_format.h
 *		The payload of a stored forest or tree: its header.
 *
 * The header has, in this order: the stands; a byte that is 1 if there are class
 * weights, and these; the frequency of the classes, if there is smoothing; the
 * cuts of each feature; the importance of each feature.  The trees follow, each
 * packed as packed_tree.h says.
 *
 * A stand is a number of trees that are smoothed alike: those of one training.  Of
 * each are written the trees, the smoothing, and the rows of a pool.  Smoothing is
 * a pseudo-count: a leaf says what it would say if it had so many training rows
 * more, which are like those of its pool, see pools.h.
 */
#ifndef CRIMEML_FOREST_FORMAT_H
#define CRIMEML_FOREST_FORMAT_H

#include "learn/bins.h"

/* Trees that are smoothed alike. */
typedef struct ForestStand
{
	int			trees;
	double		smoothing;		/* the pseudo-count; 0: none */
	int			pool_rows;		/* weight of a pool at least */
} ForestStand;

/* What stands before the trees. */
typedef struct ForestHeader
{
	int			stands;
	const ForestStand *stand;
	const double *class_weight; /* NULL: all 1 */
	const double *frequency;	/* of the classes, adding to 1; NULL without
								 * smoothing and in regression */
	const FeatureBins *bins;	/* of each feature */
	const double *importance;	/* of each feature; written as shares */
	int			trees;			/* of all stands */
} ForestHeader;

/*
 * What all kinds of trees keep of the features, in this order: the cuts of each,
 * and the importance of each, written as shares.
 */
extern void tree_features_write(const FeatureBins *bins, const double *importance, int features,
								ByteWriter *out);
extern void tree_features_read(ByteReader *r, const LearnShape *shape, const FeatureBins **bins,
							   const double **importance);

/* Is any tree smoothed? */
extern bool forest_is_smoothed(const ForestHeader *head);

extern void forest_write_header(const ForestHeader *head, int classes, int features,
							  ByteWriter *out);

/* Checks everything; arrays are allocated in CurrentMemoryContext. */
extern void forest_read_header(ByteReader *r, const LearnShape *shape, ForestHeader *head);

/* The share of each class in all training rows, class weights applied. */
extern double *forest_frequencies(int classes, const int64 *class_rows,
								  const double *class_weight);

#endif							/* CRIMEML_FOREST_FORMAT_H */
