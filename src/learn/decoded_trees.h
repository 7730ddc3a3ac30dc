/*
 * decoded_trees.h
 *		Trees as they are walked to predict, read from their packed form.
 */
#ifndef CRIMEML_DECODED_TREES_H
#define CRIMEML_DECODED_TREES_H

#include "bytes.h"
#include "learn/tree_data.h"

/*
 * A tree for walking.  Nodes stand in preorder, so the left child of a node
 * follows it; "next" is the right one.  A row is presented as 2 * features
 * bins: entry 2f is feature f's bin with missing as 0, entry 2f + 1 with
 * missing as 65535, so that "<= cut" alone sends missing to its side.
 */
typedef struct TreeNode
{
	uint32		next;			/* right child; of a leaf: its place in leaf[],
								 * or its class when it has one only */
	uint16		entry;			/* 2f or 2f + 1; TREE_LEAF */
	uint16		cut;			/* left if row[entry] <= cut; TREE_SET: by set;
								 * of a leaf of one class its count, else 0 */
} TreeNode;

#define TREE_LEAF	0xFFFF
#define TREE_SET	0xFFFF		/* next node's "next" is the place in set[] */
#define TREE_MISSING_RIGHT 0xFFFF

/*
 * All trees of a forest in one piece.  A leaf of one class is all in its node,
 * when the count fits there.  Any other classification leaf in leaf[] is a
 * word with the number of its entries, two words with a double's bits: the
 * share of the leaf that one row of class weight 1 is, and the entries: class
 * in the low half, count in the high half of a word;
 * TREE_WIDE in the first word says that the counts stand apart, one word an
 * entry after the classes.  In the bits between stands the pool that the leaf
 * borrows from, among those of its tree (pools.h), where there is smoothing; of a
 * leaf of one class it stands above the class in its node.  A regression leaf is two words, a double's bits;
 * its weight stands apart, where predicting does not read it, in leaf_weight[]
 * at half the leaf's place.
 * A set in set[] is a word with the number of words that follow, and these:
 * bits by bin or, with TREE_LIST in the first word, bins in ascending order.
 */
typedef struct DecodedTrees
{
	int			classes;
	int			features;
	const int32 *nbins;			/* of each feature */
	const bool *is_category;
	const double *class_weight; /* NULL: all 1 */
	uint32		nnodes;
	TreeNode   *node;
	uint32		nleaf;			/* words */
	uint32	   *leaf;
	double	   *leaf_weight;	/* regression */
	double	   *pool;			/* pools x classes: what each pool says */
	uint32		npools;
	uint32		nset;			/* words */
	uint32	   *set;
	uint32		node_capacity,
				leaf_capacity,
				leaf_weight_capacity,
				set_capacity,
				pool_capacity;
} DecodedTrees;

#define TREE_WIDE	0x80000000u
#define TREE_LEAF_HEAD 3

/* The number of entries, or the class, and the pool beside it. */
#define TREE_POOL_SHIFT 16
#define TREE_LOW(word) ((word) & 0xFFFF)
#define TREE_POOL(word) (((word) & ~TREE_WIDE) >> TREE_POOL_SHIFT)
#define TREE_LIST	0x80000000u

/* A store that holds no tree yet, for trees over the given features. */
extern void trees_init(DecodedTrees *store, const TreeData *data);

/*
 * Read and check one packed tree; returns the number of its root.  Its leaves
 * are given smoothing rows besides their own, see forest_format.h.
 */
extern uint32 tree_unpack(DecodedTrees *store, ByteReader *r, double smoothing);

/* Room for the shares of n more pools. */
extern double *tree_add_pools(DecodedTrees *store, int n);

extern void tree_set_leaf_pool(DecodedTrees *store, uint32 at, uint32 pool);
extern void tree_set_leaf_value(DecodedTrees *store, uint32 at, double value);

/* The classes of a leaf, ascending, and the weight of each; returns how many. */
extern int	tree_leaf_classes(const DecodedTrees *store, uint32 at, int32 *class,
							  double *weight);

/* The weight of the training rows in a leaf; class and weight are scratch, for all classes. */
extern double tree_leaf_cover(const DecodedTrees *store, uint32 at, int32 *class, double *weight);

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

/* A training row as trees are shown it. */
static inline void
tree_show_row(const TreeData *data, int64 i, uint16 *row)
{
	for (int f = 0; f < data->features; f++)
	{
		uint16		b = data->bin[data->rows * f + i];

		row[2 * f] = b;
		row[2 * f + 1] = b == 0 ? TREE_MISSING_RIGHT : b;
	}
}

/* One step down from an inner node. */
static inline const TreeNode *
tree_step(const DecodedTrees *store, const TreeNode *node, const uint16 *row)
{
	if (node->cut != TREE_SET)
		return row[node->entry] <= node->cut ? node + 1 : &store->node[node->next];
	return tree_in_set(&store->set[node[1].next], row[node->entry]) ?
		node + 2 : &store->node[node->next];
}

/*
 * The leaves where a row ends in n trees (at most TREE_GROUP): their places in
 * store->node.  The trees are walked side by side, so that the processor waits
 * for the memory of all of them at once and not of one after the other.
 */
#define TREE_GROUP 16

static inline void
tree_walk(const DecodedTrees *store, const uint32 *root, int n, const uint16 *row,
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
				leaf[tree[i]] = (uint32) (node[i] - store->node);
				if (node[i]->cut == 0)
					__builtin_prefetch(&store->leaf[node[i]->next]);
				node[i] = node[--n];
				tree[i] = tree[n];
			}
}

/*
 * Add the probabilities that a leaf gives to its own classes to share, not yet
 * multiplied by the class weights.  The rest, which smoothing gives to the
 * classes as the leaf's pool has them, is returned, and the pool in *pool.
 */
static inline double
tree_add_leaf(const DecodedTrees *store, uint32 at, double smoothing, double *share,
			  uint32 *pool)
{
	const TreeNode *node = &store->node[at];
	const uint32 *leaf;
	double		scale;
	uint32		n;
	bool		wide;

	if (node->cut > 0)
	{
		uint32		class = TREE_LOW(node->next);
		double		weight = store->class_weight ? store->class_weight[class] : 1;

		scale = 1 / (smoothing + node->cut * weight);
		share[class] += node->cut * scale;
		*pool = TREE_POOL(node->next);
		return smoothing * scale;
	}
	leaf = &store->leaf[node->next];
	n = TREE_LOW(leaf[0]);
	*pool = TREE_POOL(leaf[0]);
	wide = (leaf[0] & TREE_WIDE) != 0;
	memcpy(&scale, leaf + 1, sizeof(scale));
	leaf += TREE_LEAF_HEAD;
	if (wide)
		for (uint32 i = 0; i < n; i++)
			share[leaf[i]] += leaf[n + i] * scale;
	else
		for (uint32 i = 0; i < n; i++)
			share[leaf[i] & 0xFFFF] += (leaf[i] >> 16) * scale;
	return smoothing * scale;
}

static inline double
tree_leaf_value(const DecodedTrees *store, uint32 at)
{
	double		value;

	memcpy(&value, &store->leaf[store->node[at].next], sizeof(value));
	return value;
}

/* The weight of the training rows in a leaf of a regression tree. */
static inline double
tree_leaf_weight(const DecodedTrees *store, uint32 at)
{
	return store->leaf_weight[store->node[at].next / 2];
}

#endif							/* CRIMEML_DECODED_TREES_H */
