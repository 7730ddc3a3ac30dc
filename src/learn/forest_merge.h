/*
 * forest_merge.h
 *		Forests trained on parts of the rows become one forest.
 *
 * The merged forest has the trees of all parts, and so says for each row the
 * mean of what they say, weighted by their numbers of trees; only that what
 * smoothing shares out goes by the frequency of the classes in all rows.  Its
 * cuts are those of all parts together.  Trees are rewritten from packed form
 * to packed form, node by node: a node's cut is looked up by its value; a
 * level that a part did not know goes in the part's nodes where missing goes.
 */
#ifndef CRIMEML_FOREST_MERGE_H
#define CRIMEML_FOREST_MERGE_H

#include "learn/learn.h"

/*
 * Append the payload of the merged forest to out; returns its number of trees.
 * Errors: parts whose smoothing or class weights differ; more than max_trees
 * trees, or more cuts or levels of a feature than a tree can tell apart.
 */
extern int	forest_merge_parts(const LearnMerge *merge, int max_trees, ByteWriter *out);

#endif							/* CRIMEML_FOREST_MERGE_H */
