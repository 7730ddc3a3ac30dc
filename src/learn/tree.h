/*
 * tree.h
 *		Growing one decision tree over binned features.
 *
 * The method is CART (Breiman, Friedman, Olshen and Stone 1984): a node's rows
 * are split in two where the impurity (Gini or entropy; variance or absolute
 * deviation in regression) falls most.  A number splits at a cut between two
 * bins; rows in which it is missing go to the side that was better in training,
 * or, where none was missing, to the larger side.  A category splits into two
 * sets of levels, see category.h; a level that is not seen in the node goes where
 * missing goes.
 */
#ifndef CRIMEML_TREE_H
#define CRIMEML_TREE_H

#include "bytes.h"
#include "learn/tree_data.h"

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

#endif							/* CRIMEML_TREE_H */
