/*
 * out_of_bag.h
 *		Error of a forest on the rows that its trees did not see.
 *
 * Each tree tells where the rows that it did not draw end (in the process that
 * grew it); the leader adds up their votes, tree by tree in order, over the
 * first rows of the canonical order: all of them, or as many as the votes fit
 * into OOB_MEMORY.  The canonical order goes by a hash, so these are a random
 * sample.
 */
#ifndef CRIMEML_OUT_OF_BAG_H
#define CRIMEML_OUT_OF_BAG_H

#include "learn/forest_format.h"
#include "learn/learn.h"
#include "learn/tree_data.h"

#define OOB_MEMORY (64 * 1024 * 1024)

typedef struct OutOfBag OutOfBag;

/* What is held of each row, and how many rows are measured. */
extern Size oob_row_size(int classes);
extern int64 oob_rows(int64 rows, int classes);

/* The leaves of a packed tree where rows 0 .. rows-1 with weight 0 end. */
extern void oob_find_leaves(const TreeData *data, int64 rows, const ByteWriter *tree,
							ByteWriter *out);

/*
 * The votes of a forest whose trees are smoothed as the stand says.  Of data the
 * shape and class_weight are used; they and frequency must live on.
 */
extern OutOfBag *oob_create(const TreeData *data, int64 rows, const ForestStand *stand,
							const double *frequency);

/* Add a tree: its packed form, its rows' weights, and the leaves found. */
extern void oob_add_tree(OutOfBag *oob, const uint8 *tree, Size tree_len,
						 const uint16 *weight, const uint8 *leaves, Size leaves_len);

/* Error, accuracy and log loss, or rmse and r2, of the labels in data. */
extern void oob_report(const OutOfBag *oob, const LearnData *data, LearnReport *report);

#endif							/* CRIMEML_OUT_OF_BAG_H */
