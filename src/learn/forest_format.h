/*
 * forest_format.h
 *		The payload of a stored forest or tree: its header.
 *
 * The header has, in this order: the smoothing; a byte that is 1 if there are
 * class weights, and these; the frequency of the classes, if there is smoothing;
 * the cuts of each feature; the importance of each feature; the number of trees.
 * The trees follow, each packed as packed_tree.h says.
 *
 * Smoothing is a pseudo-count: a leaf estimates the probability of a class as if
 * it had so many training rows more, shared out by the frequency of the classes.
 */
#ifndef CRIMEML_FOREST_FORMAT_H
#define CRIMEML_FOREST_FORMAT_H

#include "learn/bins.h"

/* What stands before the trees. */
typedef struct ForestHeader
{
	double		smoothing;		/* the pseudo-count */
	const double *class_weight; /* NULL: all 1 */
	const double *frequency;	/* of the classes, adding to 1; NULL without
								 * smoothing and in regression */
	const FeatureBins *bins;	/* of each feature */
	const double *importance;	/* of each feature; written as shares */
	int			trees;
} ForestHeader;

extern void forest_write_header(const ForestHeader *head, int classes, int features,
							  ByteWriter *out);

/* Checks everything; arrays are allocated in CurrentMemoryContext. */
extern void forest_read_header(ByteReader *r, const LearnShape *shape, ForestHeader *head);

/* The share of each class in all training rows, class weights applied. */
extern double *forest_frequencies(int classes, const int64 *class_rows,
								  const double *class_weight);

#endif							/* CRIMEML_FOREST_FORMAT_H */
