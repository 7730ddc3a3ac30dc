/*
 * shap.c
 *		Shapley values of what trees say of a row: path-dependent TreeSHAP
 *		(Lundberg and others 2020), by quadrature.
 */
#include "learn/shap.h"

#include <float.h>
#include <math.h>

#include "learn/shap_walk.h"
#include "stat/quadrature.h"

/* Outputs whose values are kept by node. */
#define TABLES 4

/* Sums above it are brought below before they are multiplied. */
#define LARGE 0x1p900
#define SHRINK 0x1p-200

typedef struct ValueTable
{
	int			output;			/* -1: none */
	uint64		used;			/* when */
	double		expected;
	double	   *value;			/* of both children of each node */
} ValueTable;

typedef struct Tree
{
	uint32		root;			/* in node[] */
	uint32		end;			/* the same: it is one leaf */
	uint32		leaf;			/* its place in the store then */
	int			output;
	double		scale;
	double		smoothing;
	uint32		first_pool;
	uint32		pools;
} Tree;

struct Shap
{
	MemoryContext context;
	const DecodedTrees *store;
	int			outputs;
	int			trees;
	Tree	   *tree;
	uint32		nodes;
	ShapNode   *node;
	int			depth;			/* splits on a way, at most */
	int			features;		/* different ones on a way, at most */
	double		largest;		/* sum of leaves, one a tree */
	double		shrink;			/* values are multiplied by it */
	double	   *expected;		/* of all outputs; of classes made when needed */
	int			points;			/* so many have been found */
	int			room;			/* in t[] and w[] */
	double	   *t;
	double	   *w;
	uint64		uses;
	ValueTable	table[TABLES];
};

/* ----------
 * The trees
 * ----------
 */

/* Splits above a node, while nodes are visited in preorder. */
typedef struct Above
{
	uint32		at;				/* in node[] */
	bool		right;			/* its right child is being visited */
} Above;

/* A tree of the store, its splits in preorder; how deep it is, and how many
 * features meet on a way. */
static void
add_tree(Shap *shap, const ShapTree *from, Tree *tree)
{
	const DecodedTrees *store = shap->store;
	int		   *times = crimeml_array(int, store->features);	/* on the way */
	int			capacity = 64;
	Above	   *above = palloc(sizeof(Above) * capacity);
	int			depth = 0;
	int			features = 0;

	tree->root = shap->nodes;
	tree->output = from->output;
	tree->scale = from->scale;
	tree->smoothing = from->smoothing;
	tree->first_pool = from->first_pool;
	tree->pools = from->pools;
	for (uint32 at = from->root; at < from->end; at++)
	{
		const TreeNode *node = &store->node[at];
		bool		leaf = node->entry == TREE_LEAF;

		CHECK_FOR_INTERRUPTS();
		if (depth > 0)
		{
			ShapNode   *parent = &shap->node[above[depth - 1].at];

			parent->child[above[depth - 1].right] = leaf ? at : shap->nodes;
			parent->below[above[depth - 1].right] = !leaf;
		}
		else
			tree->leaf = at;
		if (!leaf)
		{
			ShapNode   *split = &shap->node[shap->nodes];

			if (depth == capacity)
			{
				above = crimeml_realloc(above, depth, 2 * (Size) capacity, sizeof(Above));
				capacity *= 2;
			}
			split->entry = node->entry;
			split->cut = node->cut;
			if (node->cut == TREE_SET)
				split->set = store->node[++at].next;
			above[depth].at = shap->nodes++;
			above[depth++].right = false;
			features += times[split->entry / 2]++ == 0;
			shap->depth = Max(shap->depth, depth);
			shap->features = Max(shap->features, features);
			continue;
		}
		while (depth > 0 && above[depth - 1].right)
			features -= --times[shap->node[above[--depth].at].entry / 2] == 0;
		if (depth > 0)
			above[depth - 1].right = true;
	}
	tree->end = shap->nodes;
	pfree(above);
	pfree(times);
}

/* Shares of weight, and the bits of what splits below, where add_tree() left 1. */
static void
weigh_tree(Shap *shap, const Tree *tree, int32 *class, double *weight)
{
	double	   *cover = scratch_array(double, tree->end - tree->root);

	/* children stand behind their parents, the left one next */
	for (uint32 i = tree->end; i-- > tree->root;)
	{
		ShapNode   *node = &shap->node[i];
		double		of[2];

		CHECK_FOR_INTERRUPTS();
		for (int side = 0; side < 2; side++)
			if (node->below[side] == 0)
				of[side] = tree_leaf_cover(shap->store, node->child[side], class, weight);
			else
			{
				const ShapNode *child = &shap->node[node->child[side]];

				node->below[side] = shap_feature_bit(child->entry / 2) | child->below[0] | child->below[1];
				of[side] = cover[node->child[side] - tree->root];
			}
		node->left = 1 / (1 + of[1] / of[0]);
		cover[i - tree->root] = Min(of[0] + of[1], DBL_MAX);
	}
	pfree(cover);
}

/* How large sums of leaves may be, and so what values are multiplied by. */
static void
find_size(Shap *shap, const ShapTree *tree)
{
	const DecodedTrees *store = shap->store;

	shap->largest = store->classes > 0 ? 1 : 0;
	for (int t = 0; t < shap->trees && store->classes == 0; t++)
	{
		double		largest = 0;

		for (uint32 at = tree[t].root; at < tree[t].end; at++)
		{
			CHECK_FOR_INTERRUPTS();
			if (store->node[at].entry == TREE_LEAF)
				largest = Max(largest, fabs(tree_leaf_value(store, at) * tree[t].scale));
			else if (store->node[at].cut == TREE_SET)
				at++;
		}
		shap->largest = Min(shap->largest + largest, DBL_MAX);
	}
	shap->shrink = shap->largest > LARGE ? SHRINK : 1;
}

Shap *
shap_create(const DecodedTrees *store, const ShapTree *tree, int trees, int outputs,
			const char *lower)
{
	Shap	   *shap = palloc0(sizeof(Shap));
	int32	   *class = crimeml_array(int32, Max(store->classes, 1));
	double	   *weight = crimeml_array(double, Max(store->classes, 1));

	crimeml_check_memory(mul_size(store->nnodes / 2 + 1, sizeof(ShapNode) + TABLES * 2 * sizeof(double)),
						 psprintf("explaining what a model of %u nodes says", store->nnodes), lower);
	shap->context = CurrentMemoryContext;
	shap->store = store;
	shap->outputs = outputs;
	shap->trees = trees;
	shap->tree = crimeml_array(Tree, trees);
	shap->node = crimeml_array(ShapNode, store->nnodes / 2 + 1);
	for (int i = 0; i < TABLES; i++)
		shap->table[i].output = -1;
	for (int t = 0; t < trees; t++)
	{
		add_tree(shap, &tree[t], &shap->tree[t]);
		weigh_tree(shap, &shap->tree[t], class, weight);
	}
	find_size(shap, tree);
	pfree(class);
	pfree(weight);
	return shap;
}

/* ----------
 * Values
 * ----------
 */

/* The probability that a leaf gives to a class. */
static double
leaf_probability(const Shap *shap, const Tree *tree, uint32 at, int class)
{
	const DecodedTrees *store = shap->store;
	const TreeNode *node = &store->node[at];
	double		weight = store->class_weight ? store->class_weight[class] : 1;
	double		scale = shap_leaf_scale(store, node, tree->smoothing);
	uint32		n = shap_leaf_entries(store, node);
	double		smoothed = 0;

	if (tree->smoothing > 0)
		smoothed = tree->smoothing *
			store->pool[(Size) (tree->first_pool + shap_leaf_pool(store, node)) * store->classes + class];
	for (uint32 i = 0; i < n; i++)
	{
		uint32		of;
		uint32		count = shap_leaf_entry(store, node, n, i, &of);

		if (of == (uint32) class)
			return (count * weight + smoothed) * scale;
	}
	return smoothed * scale;
}

static double
leaf_value(const Shap *shap, const Tree *tree, uint32 at, int output)
{
	return tree->scale * shap->shrink * (shap->store->classes > 0 ?
										 leaf_probability(shap, tree, at, output) :
										 tree_leaf_value(shap->store, at));
}

/* The values of all children for an output, or of trees that add to one each for
 * whatever it is: of a split the mean of those below. */
static void
fill_table(Shap *shap, ValueTable *table, int output)
{
	bool		classes = shap->store->classes > 0;

	if (!classes)
		shap->expected = crimeml_alloc(shap->context, shap->outputs, sizeof(double));
	for (int t = 0; t < shap->trees; t++)
	{
		const Tree *tree = &shap->tree[t];
		double		mean = 0;

		if (tree->root == tree->end)
			mean = leaf_value(shap, tree, tree->leaf, output);
		for (uint32 i = tree->end; i-- > tree->root;)
		{
			const ShapNode *node = &shap->node[i];
			double	   *value = &table->value[2 * (Size) i];

			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			for (int side = 0; side < 2; side++)
			{
				uint32		child = node->child[side];

				if (node->below[side] == 0)
					value[side] = leaf_value(shap, tree, child, output);
				else
					value[side] = shap->node[child].left * table->value[2 * (Size) child] +
						(1 - shap->node[child].left) * table->value[2 * (Size) child + 1];
			}
			mean = node->left * value[0] + (1 - node->left) * value[1];
		}
		table->expected += mean;
		if (!classes)
			shap->expected[Max(tree->output, 0)] += mean;
	}
}

/* The table of an output; what was not used for the longest time makes room. */
static const ValueTable *
find_table(Shap *shap, int output)
{
	ValueTable *table = &shap->table[0];

	for (int i = 0; i < TABLES; i++)
	{
		if (shap->table[i].output == output)
		{
			shap->table[i].used = ++shap->uses;
			return &shap->table[i];
		}
		if (shap->table[i].used < table->used)
			table = &shap->table[i];
	}
	if (table->value == NULL)
		table->value = crimeml_alloc_raw(shap->context, 2 * (Size) shap->nodes, sizeof(double));
	table->output = -1;
	table->expected = 0;
	fill_table(shap, table, output);
	table->output = output;
	table->used = ++shap->uses;
	return table;
}

/* ----------
 * A row
 * ----------
 */

/* Half as many points as players meet on a way, in whole lanes. */
static void
find_points(Shap *shap, int players)
{
	int			points = (Min(players, shap->features) + 1) / 2;

	points = points <= SHAP_LANES ? SHAP_LANES :
		(points + SHAP_MOST_LANES - 1) / SHAP_MOST_LANES * SHAP_MOST_LANES;
	if (points == shap->points)
		return;
	if (points > shap->room)
	{
		shap->t = crimeml_alloc(shap->context, points, sizeof(double));
		shap->w = crimeml_alloc(shap->context, points, sizeof(double));
		shap->room = points;
	}
	shap->points = 0;			/* until they are there */
	gauss_legendre(points, shap->t, shap->w);
	shap->points = points;
}

/* A walk before its first tree, in CurrentMemoryContext. */
static void
start_walk(Shap *shap, const uint16 *bin, const LearnPlayers *players, ShapWalk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->store = shap->store;
	walk->node = shap->node;
	walk->bin = bin;
	walk->player = players->of;
	walk->players = players->n;
	walk->lanes = Min(shap->points, SHAP_MOST_LANES);
	walk->alive = ~(uint32) 0;
	walk->dead = crimeml_array(bool, players->n);
	walk->met = crimeml_array(bool, players->n);
	walk->bits = crimeml_array(uint32, players->n);
	walk->z = scratch_array(double, players->n);
	walk->inverse = scratch_array(double, mul_size(players->n, walk->lanes));
	for (int p = 0; p < players->n; p++)
	{
		walk->z[p] = 1;
		for (int q = 0; q < walk->lanes; q++)
			walk->inverse[(Size) p * walk->lanes + q] = 1;
	}
	for (int f = 0; f < Min(shap->store->features, SHAP_SHARED_BIT); f++)
		walk->bits[players->of[f]] |= shap_feature_bit(f);
	walk->frame = crimeml_alloc_raw(CurrentMemoryContext, shap->depth + 1, shap_frame_size());
	walk->weight = scratch_array(double, shap->depth + 1);
	walk->waiting = scratch_array(uint32, shap->depth + 1);
	walk->is_leaf = scratch_array(bool, shap->depth + 1);
}

/* The walk goes on with the points from this one. */
static void
set_points(const Shap *shap, ShapWalk *walk, int first)
{
	for (int q = 0; q < walk->lanes; q++)
	{
		walk->t[q] = shap->t[first + q];
		walk->u[q] = shap->t[shap->points - 1 - first - q];
		walk->w[q] = shap->w[first + q];
		walk->dead_weight[q] = walk->w[q] / walk->u[q];
	}
}

static void
explain_one(Shap *shap, ShapWalk *walk, int output, double *result)
{
	bool		classes = shap->store->classes > 0;
	const ValueTable *table = find_table(shap, classes ? output : 0);
	Size		parts = mul_size(walk->players, walk->lanes);

	walk->value = table->value;
	walk->part = scratch_array(double, parts);
	memset(result, 0, sizeof(double) * walk->players);
	for (int first = 0; first < shap->points; first += walk->lanes)
	{
		set_points(shap, walk, first);
		memset(walk->part, 0, sizeof(double) * parts);
		for (int t = 0; t < shap->trees; t++)
			if (shap->tree[t].root != shap->tree[t].end &&
				(shap->tree[t].output < 0 || shap->tree[t].output == output))
				shap_walk_one(walk, shap->tree[t].root);
		for (int p = 0; p < walk->players; p++)
			for (int q = 0; q < walk->lanes; q++)
				result[p] += walk->w[q] * walk->part[(Size) p * walk->lanes + q];
	}
	for (int p = 0; p < walk->players; p++)
		result[p] /= shap->shrink;
	result[walk->players] = (classes ? table->expected : shap->expected[output]) / shap->shrink;
	pfree(walk->part);
}

/* Own shares by the class weights, and borrowed ones. */
static void
weigh_classes(const Shap *shap, const ShapWalk *walk, int players, double *result,
			  int result_stride)
{
	const double *weight = shap->store->class_weight;

	for (int c = 0; c < shap->outputs; c++)
		for (int p = 0; p < players; p++)
		{
			Size		at = (Size) c * walk->stride + p;

			result[(Size) c * result_stride + p] =
				walk->all[at] * (weight ? weight[c] : 1) + walk->borrowed[at];
		}
}

/* The sums of all classes, before the first tree. */
static void
start_sums(const Shap *shap, ShapWalk *walk, int stride)
{
	uint32		pools = 0;

	for (int t = 0; t < shap->trees; t++)
		pools = Max(pools, shap->tree[t].pools);
	walk->stride = stride;
	walk->all = crimeml_array(double, mul_size(shap->outputs, stride));
	walk->borrowed = crimeml_array(double, mul_size(shap->outputs, stride));
	walk->pooled = crimeml_array(double, mul_size(pools, stride));
}

/* The walk goes on with that tree. */
static void
set_tree(ShapWalk *walk, const Tree *tree)
{
	walk->scale = tree->scale;
	walk->smoothing = tree->smoothing;
}

/* What is expected of each class when nothing is known: leaves by their weight. */
static void
find_expected(Shap *shap, const ShapWalk *walk)
{
	ShapWalk	nothing = *walk;
	int			player = 0;
	double	   *of = scratch_array(double, shap->nodes);	/* weight of each node */
	double	   *expected = crimeml_alloc(shap->context, shap->outputs, sizeof(double));

	nothing.nmet = 1;
	nothing.path = &player;
	start_sums(shap, &nothing, 1);
	for (int t = 0; t < shap->trees; t++)
	{
		const Tree *tree = &shap->tree[t];

		set_tree(&nothing, tree);
		if (tree->root == tree->end)
			shap_add_leaf(&nothing, tree->leaf, &tree->scale);
		for (uint32 i = tree->root; i < tree->end; i++)
		{
			const ShapNode *node = &shap->node[i];

			CHECK_FOR_INTERRUPTS();
			if (i == tree->root)
				of[i] = tree->scale;
			for (int side = 0; side < 2; side++)
			{
				double		weight = of[i] * (side ? 1 - node->left : node->left);

				if (node->below[side] == 0)
					shap_add_leaf(&nothing, node->child[side], &weight);
				else
					of[node->child[side]] = weight;
			}
		}
		shap_share_pools(&nothing, tree->first_pool, tree->pools);
	}
	weigh_classes(shap, &nothing, 1, expected, 1);
	pfree(of);
	shap->expected = expected;
}

static void
explain_all(Shap *shap, ShapWalk *walk, double *result)
{
	int			players = walk->players;

	walk->path = scratch_array(int, Min(players, shap->depth + 1));
	start_sums(shap, walk, players <= SHAP_WHOLE_LANES ?
			   (players + SHAP_LANES - 1) / SHAP_LANES * SHAP_LANES : players);
	walk->coefficient = scratch_array(double, Max(SHAP_WHOLE_LANES, 2 * (Size) Min(players, shap->depth + 1)));
	if (shap->expected == NULL)
		find_expected(shap, walk);
	for (int first = 0; first < shap->points; first += walk->lanes)
	{
		set_points(shap, walk, first);
		for (int t = 0; t < shap->trees; t++)
			if (shap->tree[t].root != shap->tree[t].end)
			{
				set_tree(walk, &shap->tree[t]);
				shap_walk_all(walk, shap->tree[t].root);
				shap_share_pools(walk, shap->tree[t].first_pool, shap->tree[t].pools);
			}
	}
	weigh_classes(shap, walk, players, result, players + 1);
	for (int c = 0; c < shap->outputs; c++)
		result[(Size) c * (players + 1) + players] = shap->expected[c];
}

double
shap_explain(Shap *shap, const uint16 *bin, const LearnPlayers *players, int output,
			 double *result)
{
	ShapWalk	walk;

	find_points(shap, players->n);
	start_walk(shap, bin, players, &walk);
	if (output >= 0)
		explain_one(shap, &walk, output, result);
	else if (shap->store->classes > 0)
		explain_all(shap, &walk, result);
	else
		for (int i = 0; i < shap->outputs; i++)
			explain_one(shap, &walk, i, result + (Size) i * (players->n + 1));
	return shap->largest;
}
