/*
 * shap_walk.h
 *		The walk over a tree that explains a row; part of shap.
 */
#ifndef CRIMEML_SHAP_WALK_H
#define CRIMEML_SHAP_WALK_H

#include "learn/shap.h"

/*
 * A split; what concerns its two children stands in it, left and right, so that
 * leaves need no node.  Features have bits by which whole subtrees are passed
 * over: the first 31 one of their own, all others the last one, which is
 * therefore never taken away.
 */
typedef struct ShapNode
{
	double		left;			/* share of its weight that goes to the left */
	uint32		child[2];		/* node, or of a leaf its place in the store */
	uint32		below[2];		/* bits of the features that split there and below;
								 * 0 of a leaf */
	uint16		entry;			/* as in TreeNode */
	uint16		cut;
	uint32		set;			/* of a split by set */
} ShapNode;

#define SHAP_SHARED_BIT 31

static inline uint32
shap_feature_bit(int feature)
{
	return (uint32) 1 << Min(feature, SHAP_SHARED_BIT);
}

/*
 * Points are worked on so many at once, one walk after the other where there are
 * more: what one point gives does not depend on the others.
 */
#define SHAP_LANES 4
#define SHAP_MOST_LANES 8

/* So many players at most have their numbers side by side, in whole lanes. */
#define SHAP_WHOLE_LANES 16

typedef struct ShapWalk
{
	const DecodedTrees *store;
	const ShapNode *node;
	const double *value;		/* of both children of each node, when one output is
								 * explained */
	const uint16 *bin;
	const int  *player;			/* of each feature */

	int			lanes;			/* SHAP_LANES or SHAP_MOST_LANES */
	double		t[SHAP_MOST_LANES];
	double		u[SHAP_MOST_LANES]; /* 1 - t */
	double		w[SHAP_MOST_LANES]; /* weights */
	double		dead_weight[SHAP_MOST_LANES];	/* w / u */

	/* of each player: */
	double	   *z;
	double	   *inverse;		/* of its factor: so many lanes */
	bool	   *dead;			/* the row has left its way: o is 0 */
	bool	   *met;			/* it has split above */
	uint32	   *bits;			/* of its features, but for the shared one */
	uint32		alive;			/* bits of the features of players that are not dead */

	struct ShapFrame *frame;	/* of each depth */
	double	   *weight;			/* of subtrees that are still to come */
	uint32	   *waiting;		/* and their nodes, or places of leaves */
	bool	   *is_leaf;
	double	   *part;			/* of each player: so many lanes */

	/* when all classes are explained: */
	double		scale;			/* of the tree */
	double		smoothing;		/* of the tree */
	int			nmet;			/* players on the way, in the order they were met */
	int		   *path;
	double	   *coefficient;	/* by player, in whole lanes; of more of them by place
								 * in path, and as much room again */
	double	   *all;			/* of each class a number a player: what leaves say by
								 * their own rows, without class weights */
	double	   *borrowed;		/* the same of what they borrow */
	double	   *pooled;			/* of each pool of the tree: what is borrowed from it */
	int			players;
	int			stride;			/* of a class or pool in these */
} ShapWalk;

/* The bytes of a frame. */
extern Size shap_frame_size(void);

/* Add what a tree with a split gives: to part, or to all. */
extern void shap_walk_one(ShapWalk *walk, uint32 root);
extern void shap_walk_all(ShapWalk *walk, uint32 root);

/* Add what a leaf says times the numbers of the players on the way. */
extern void shap_add_leaf(ShapWalk *walk, uint32 at, const double *number);

/* Share out what was borrowed from the pools of a tree. */
extern void shap_share_pools(ShapWalk *walk, uint32 first_pool, uint32 pools);

/* The share of a leaf of classes that one row of class weight 1 is. */
static inline double
shap_leaf_scale(const DecodedTrees *store, const TreeNode *node, double smoothing)
{
	double		scale;

	if (node->cut > 0)
		return 1 / (smoothing + node->cut *
					(store->class_weight ? store->class_weight[TREE_LOW(node->next)] : 1));
	memcpy(&scale, &store->leaf[node->next] + 1, sizeof(scale));
	return scale;
}

/* How many classes it has. */
static inline uint32
shap_leaf_entries(const DecodedTrees *store, const TreeNode *node)
{
	return node->cut > 0 ? 1 : TREE_LOW(store->leaf[node->next]);
}

/* Which pool of its tree it borrows from, where there is smoothing. */
static inline uint32
shap_leaf_pool(const DecodedTrees *store, const TreeNode *node)
{
	return TREE_POOL(node->cut > 0 ? node->next : store->leaf[node->next]);
}

/* Entry i of n: its class, and how many rows. */
static inline uint32
shap_leaf_entry(const DecodedTrees *store, const TreeNode *node, uint32 n, uint32 i, uint32 *class)
{
	const uint32 *leaf = &store->leaf[node->next];

	if (node->cut > 0)
	{
		*class = TREE_LOW(node->next);
		return node->cut;
	}
	*class = leaf[TREE_LEAF_HEAD + i] & 0xFFFF;
	return leaf[0] & TREE_WIDE ? leaf[TREE_LEAF_HEAD + n + i] : leaf[TREE_LEAF_HEAD + i] >> 16;
}

#endif							/* CRIMEML_SHAP_WALK_H */
