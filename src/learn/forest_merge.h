/*
 * forest_merge.h
 *		Forests trained on parts of the rows become one forest.
 *
 * The merged forest has the trees of all parts.  So it predicts the mean of what
 * the parts predict, weighted by their numbers of trees.  One thing differs: where
 * trees are smoothed, the frequency of the classes above their roots is that in
 * all rows, no longer in a part's rows.
 *
 * The cuts of the merged forest are the cuts of all parts, in one list.  Trees
 * are copied from packed form to packed form, node by node, and the cut of each
 * node is found by its value in the new list.  A level that a part did not know
 * goes where missing goes in each node of that part.
 */
#ifndef CRIMEML_FOREST_MERGE_H
#define CRIMEML_FOREST_MERGE_H

#include "learn/learn.h"

/*
 * Append the payload of the merged forest to out; returns its number of trees.
 * Errors: parts whose class weights differ; more than max_trees
 * trees, or more cuts or levels of a feature than a tree can tell apart.
 */
extern int	forest_merge_parts(const LearnMerge *merge, int max_trees, ByteWriter *out);

#endif							/* CRIMEML_FOREST_MERGE_H */
