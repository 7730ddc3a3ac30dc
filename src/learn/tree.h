/*
 * tree.h
 *		One decision tree over binned features: growing, packing, walking.
 *
 * Growing is CART (Breiman, Friedman, Olshen and Stone 1984): a node's rows
 * are split in two where the Gini impurity (classification) or the variance
 * (regression) falls most.  A number splits at a cut between two bins; rows in
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
	const double *value;		/* less center, which keeps sums exact */
	double		center;
	const uint16 *weight;
} TreeData;

typedef struct TreeParams
{
	int			mtry;			/* features tried at a node */
	int			max_depth;		/* 0: no limit */
	int			min_leaf;		/* rows in a leaf, at least; a row drawn twice
								 * counts once */
} TreeParams;

/*
 * Grow a tree and append its packed form to out.  importance (features
 * doubles) takes the fall of impurity that each feature brought.
 */
extern void tree_grow(const TreeData *data, const TreeParams *params,
					  Random *random, ByteWriter *out, double *importance);

/*
 * A tree for walking.  Nodes stand in preorder, so the left child of a node
 * follows it; "next" is the right one.  A row is presented as 2 * features
 * bins: entry 2f is feature f's bin with missing as 0, entry 2f + 1 with
 * missing as 65535, so that "<= cut" alone sends missing to its side.
 */
typedef struct TreeNode
{
	uint32		next;			/* right child; of a leaf: its place in leaf[] */
	uint16		entry;			/* 2f or 2f + 1; TREE_LEAF */
	uint16		cut;			/* left if row[entry] <= cut; TREE_SET: by set */
} TreeNode;

#define TREE_LEAF	0xFFFF
#define TREE_SET	0xFFFF		/* next node's "next" is the place in set[] */
#define TREE_MISSING_RIGHT 0xFFFF

/*
 * All trees of a forest in one piece.  A classification leaf in leaf[] is a
 * word with the number of its entries, a word with the sum of their counts,
 * and the entries: class in the low half, count in the high half of a word;
 * TREE_WIDE in the first word says that the counts stand apart, one word an
 * entry after the classes.  A regression leaf is two words, a double's bits.
 * A set in set[] is a word with the number of words that follow, and these:
 * bits by bin or, with TREE_LIST in the first word, bins in ascending order.
 */
typedef struct TreeStore
{
	int			classes;
	int			features;
	const int32 *nbins;			/* of each feature */
	const bool *is_category;
	uint32		nnodes;
	TreeNode   *node;
	uint32		nleaf;			/* words */
	uint32	   *leaf;
	uint32		nset;			/* words */
	uint32	   *set;
	uint32		node_capacity,
				leaf_capacity,
				set_capacity;
} TreeStore;

#define TREE_WIDE	0x80000000u
#define TREE_LIST	0x80000000u

/* Read and check one packed tree; returns the number of its root. */
extern uint32 tree_unpack(TreeStore *store, ByteReader *r);

static inline bool
tree_in_set(const uint32 *set, uint32 bin)
{
	uint32		low = 0;
	uint32		high = set[0] & ~TREE_LIST;

	if ((set[0] & TREE_LIST) == 0)
		return (bin >> 5) < high && (set[1 + (bin >> 5)] >> (bin & 31)) & 1;
	while (low < high)
	{
		uint32		middle = (low + high) / 2;

		if (set[1 + middle] < bin)
			low = middle + 1;
		else
			high = middle;
	}
	return low < (set[0] & ~TREE_LIST) && set[1 + low] == bin;
}

/* One step down from an inner node. */
static inline const TreeNode *
tree_step(const TreeStore *store, const TreeNode *node, const uint16 *row)
{
	if (node->cut != TREE_SET)
		return row[node->entry] <= node->cut ? node + 1 : &store->node[node->next];
	return tree_in_set(&store->set[node[1].next], row[node->entry]) ?
		node + 2 : &store->node[node->next];
}

/*
 * The leaves where a row ends in n trees (at most TREE_GROUP): their places in
 * store->leaf.  The trees are walked side by side, so that the processor waits
 * for the memory of all of them at once and not of one after the other.
 */
#define TREE_GROUP 16

static inline void
tree_walk(const TreeStore *store, const uint32 *root, int n, const uint16 *row,
		  uint32 *leaf)
{
	const TreeNode *node[TREE_GROUP];
	int			tree[TREE_GROUP];

	for (int t = 0; t < n; t++)
	{
		node[t] = &store->node[root[t]];
		tree[t] = t;
	}
	while (n > 0)
		for (int i = 0; i < n;)
			if (node[i]->entry != TREE_LEAF)
			{
				node[i] = tree_step(store, node[i], row);
				i++;
			}
			else
			{
				leaf[tree[i]] = node[i]->next;
				__builtin_prefetch(&store->leaf[node[i]->next]);
				node[i] = node[--n];
				tree[i] = tree[n];
			}
}

/* Add a classification leaf's shares to probability. */
static inline void
tree_add_leaf(const TreeStore *store, uint32 at, double *probability)
{
	const uint32 *leaf = &store->leaf[at];
	uint32		n = leaf[0] & ~TREE_WIDE;
	double		scale = 1.0 / leaf[1];

	if (leaf[0] & TREE_WIDE)
		for (uint32 i = 0; i < n; i++)
			probability[leaf[2 + i]] += leaf[2 + n + i] * scale;
	else
		for (uint32 i = 0; i < n; i++)
			probability[leaf[2 + i] & 0xFFFF] += (leaf[2 + i] >> 16) * scale;
}

static inline double
tree_leaf_value(const TreeStore *store, uint32 at)
{
	double		value;

	memcpy(&value, &store->leaf[at], sizeof(value));
	return value;
}

#endif							/* CRIMEML_TREE_H */
