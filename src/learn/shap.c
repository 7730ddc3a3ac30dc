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
	double	   *value;			/* of each node */
} ValueTable;

typedef struct Tree
{
	uint32		root;			/* in node[] */
	uint32		end;
	int			output;
	double		scale;
} Tree;

struct Shap
{
	MemoryContext context;
	const DecodedTrees *store;
	const double *frequency;
	int			outputs;
	int			trees;
	Tree	   *tree;
	uint32		nodes;
	ShapNode   *node;
	int			depth;			/* splits on a way, at most */
	int			features;		/* different ones on a way, at most */
	double		largest;		/* sum of leaves, one a tree */
	double		shrink;			/* values are multiplied by it */
	double	   *expected;		/* of all outputs; made when needed */
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
	int			feature;
	bool		second;			/* its right child is being visited */
} Above;

/* How deep a tree is, and how many features meet on a way. */
static void
measure_ways(Shap *shap, const Tree *tree)
{
	const DecodedTrees *store = shap->store;
	int		   *times = crimeml_array(int, store->features);
	int			capacity = 64;
	Above	   *above = palloc(sizeof(Above) * capacity);
	int			depth = 0;
	int			features = 0;

	for (uint32 i = tree->root; i < tree->end; i++)
	{
		const ShapNode *node = &shap->node[i];

		CHECK_FOR_INTERRUPTS();
		if (node->right != 0)
		{
			if (depth == capacity)
			{
				above = crimeml_realloc(above, depth, 2 * (Size) capacity, sizeof(Above));
				capacity *= 2;
			}
			above[depth].feature = node->entry / 2;
			above[depth++].second = false;
			features += times[node->entry / 2]++ == 0;
			shap->depth = Max(shap->depth, depth);
			shap->features = Max(shap->features, features);
			continue;
		}
		while (depth > 0 && above[depth - 1].second)
			features -= --times[above[--depth].feature] == 0;
		if (depth > 0)
			above[depth - 1].second = true;
	}
	pfree(above);
	pfree(times);
}

/* The weight of the training rows in a leaf. */
static double
leaf_cover(const DecodedTrees *store, uint32 at, int32 *class, double *weight)
{
	double		cover = 0;
	int			n;

	if (store->classes == 0)
		return tree_leaf_weight(store, at);
	n = tree_leaf_classes(store, at, class, weight);
	for (int i = 0; i < n; i++)
		cover += weight[i];
	return cover;
}

/* Copy a tree of the store behind the nodes that are there. */
static void
add_tree(Shap *shap, const ShapTree *from, Tree *tree, int32 *class, double *weight)
{
	const DecodedTrees *store = shap->store;
	uint32		size = from->end - from->root;
	uint32	   *number = scratch_array(uint32, size);	/* of a place */
	double	   *cover;

	tree->root = shap->nodes;
	tree->output = from->output;
	tree->scale = from->scale;
	for (uint32 at = from->root; at < from->end; at++)
	{
		const TreeNode *node = &store->node[at];
		ShapNode   *copy = &shap->node[shap->nodes];

		CHECK_FOR_INTERRUPTS();
		number[at - from->root] = shap->nodes++;
		copy->entry = node->entry;
		copy->cut = node->cut;
		copy->at = at;
		copy->right = node->entry == TREE_LEAF ? 0 : node->next;
		if (node->entry != TREE_LEAF && node->cut == TREE_SET)
			copy->at = store->node[++at].next;
	}
	tree->end = shap->nodes;

	/* children stand behind their parents */
	cover = scratch_array(double, tree->end - tree->root);
	for (uint32 i = tree->end; i-- > tree->root;)
	{
		ShapNode   *node = &shap->node[i];
		double	   *own = &cover[i - tree->root];

		CHECK_FOR_INTERRUPTS();
		if (node->right == 0)
			*own = leaf_cover(store, node->at, class, weight);
		else
		{
			double		left = own[1];
			double		right;

			node->right = number[node->right - from->root];
			right = cover[node->right - tree->root];
			*own = Min(left + right, DBL_MAX);
			node->left = 1 / (1 + right / left);
			node->below = shap_feature_bit(node->entry / 2) | node[1].below |
				shap->node[node->right].below;
		}
	}
	pfree(cover);
	pfree(number);
	measure_ways(shap, tree);
}

/* How large sums of leaves may be, and so what values are multiplied by. */
static void
find_size(Shap *shap)
{
	shap->largest = shap->store->classes > 0 ? 1 : 0;
	for (int t = 0; t < shap->trees && shap->store->classes == 0; t++)
	{
		double		largest = 0;

		for (uint32 i = shap->tree[t].root; i < shap->tree[t].end; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			if (shap->node[i].right == 0)
				largest = Max(largest, fabs(tree_leaf_value(shap->store, shap->node[i].at) *
											shap->tree[t].scale));
		}
		shap->largest = Min(shap->largest + largest, DBL_MAX);
	}
	shap->shrink = shap->largest > LARGE ? SHRINK : 1;
}

Shap *
shap_create(const DecodedTrees *store, const ShapTree *tree, int trees, int outputs,
			const double *frequency, const char *lower)
{
	Shap	   *shap = palloc0(sizeof(Shap));
	int32	   *class = crimeml_array(int32, Max(store->classes, 1));
	double	   *weight = crimeml_array(double, Max(store->classes, 1));

	crimeml_check_memory(mul_size(store->nnodes, sizeof(ShapNode) + TABLES * sizeof(double)),
						 psprintf("explaining what a model of %u nodes says", store->nnodes), lower);
	shap->context = CurrentMemoryContext;
	shap->store = store;
	shap->frequency = frequency;
	shap->outputs = outputs;
	shap->trees = trees;
	shap->tree = crimeml_array(Tree, trees);
	shap->node = crimeml_array(ShapNode, store->nnodes);
	for (int i = 0; i < TABLES; i++)
		shap->table[i].output = -1;
	for (int t = 0; t < trees; t++)
		add_tree(shap, &tree[t], &shap->tree[t], class, weight);
	find_size(shap);
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
leaf_probability(const Shap *shap, uint32 at, int class)
{
	const DecodedTrees *store = shap->store;
	const TreeNode *node = &store->node[at];
	double		weight = store->class_weight ? store->class_weight[class] : 1;
	double		smoothed = shap->frequency ? store->smoothing * shap->frequency[class] : 0;
	const uint32 *leaf = &store->leaf[node->next];
	double		scale;
	uint32		n;

	if (node->cut > 0)
	{
		double		own = node->cut * (store->class_weight ? store->class_weight[node->next] : 1);

		return ((node->next == (uint32) class ? own : 0) + smoothed) / (own + store->smoothing);
	}
	n = leaf[0] & ~TREE_WIDE;
	memcpy(&scale, leaf + 1, sizeof(scale));
	for (uint32 i = 0; i < n; i++)
	{
		uint32		entry = leaf[TREE_LEAF_HEAD + i];

		if ((entry & 0xFFFF) == (uint32) class)
		{
			uint32		count = leaf[0] & TREE_WIDE ? leaf[TREE_LEAF_HEAD + n + i] : entry >> 16;

			return (count * weight + smoothed) * scale;
		}
	}
	return smoothed * scale;
}

/* The values of all nodes for an output: of a split the mean of those below. */
static void
fill_table(Shap *shap, ValueTable *table, int output)
{
	bool		classes = shap->store->classes > 0;

	for (int t = 0; t < shap->trees; t++)
	{
		const Tree *tree = &shap->tree[t];
		double		scale = tree->scale * shap->shrink;

		if (tree->output >= 0 && tree->output != output)
			continue;
		for (uint32 i = tree->end; i-- > tree->root;)
		{
			const ShapNode *node = &shap->node[i];

			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			if (node->right != 0)
				table->value[i] = node->left * table->value[i + 1] +
					(1 - node->left) * table->value[node->right];
			else if (classes)
				table->value[i] = scale * leaf_probability(shap, node->at, output);
			else
				table->value[i] = scale * tree_leaf_value(shap->store, node->at);
		}
		table->expected += table->value[tree->root];
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
		table->value = crimeml_alloc_raw(shap->context, shap->nodes, sizeof(double));
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
	}
}

static void
explain_one(Shap *shap, ShapWalk *walk, int output, double *result)
{
	const ValueTable *table = find_table(shap, output);
	Size		parts = mul_size(walk->players, walk->lanes);

	walk->value = table->value;
	walk->part = scratch_array(double, parts);
	memset(result, 0, sizeof(double) * walk->players);
	for (int first = 0; first < shap->points; first += walk->lanes)
	{
		set_points(shap, walk, first);
		memset(walk->part, 0, sizeof(double) * parts);
		for (int t = 0; t < shap->trees; t++)
			if (shap->tree[t].output < 0 || shap->tree[t].output == output)
				shap_walk_one(walk, shap->tree[t].root);
		for (int p = 0; p < walk->players; p++)
			for (int q = 0; q < walk->lanes; q++)
				result[p] += walk->w[q] * walk->part[(Size) p * walk->lanes + q];
	}
	for (int p = 0; p < walk->players; p++)
		result[p] /= shap->shrink;
	result[walk->players] = table->expected / shap->shrink;
	pfree(walk->part);
}

/* Class weights, and what smoothing shares out. */
static void
weigh_classes(const Shap *shap, int players, const double *all, double *result, int stride)
{
	const double *weight = shap->store->class_weight;
	const double *smoothed = all + (Size) shap->outputs * players;

	for (int c = 0; c < shap->outputs; c++)
		for (int p = 0; p < players; p++)
			result[(Size) c * stride + p] = all[(Size) c * players + p] * (weight ? weight[c] : 1) +
				(shap->frequency ? shap->frequency[c] * smoothed[p] : 0);
}

/* What is expected of each class when nothing is known: leaves by their weight. */
static void
find_expected(Shap *shap, ShapWalk *walk)
{
	ShapWalk	nothing = *walk;
	int			player = 0;
	double	   *expected = crimeml_alloc(shap->context, shap->outputs, sizeof(double));

	nothing.players = nothing.nmet = 1;
	nothing.path = &player;
	nothing.all = crimeml_array(double, shap->outputs + 1);
	for (int t = 0; t < shap->trees; t++)
	{
		uint32		at = shap->tree[t].root;
		double		weight = shap->tree[t].scale;
		int			waiting = 0;

		for (;;)
		{
			const ShapNode *node = &shap->node[at];

			CHECK_FOR_INTERRUPTS();
			if (node->right != 0)
			{
				walk->waiting[waiting] = node->right;
				walk->weight[waiting++] = weight * (1 - node->left);
				weight *= node->left;
				at++;
				continue;
			}
			shap_add_leaf(&nothing, node->at, &weight);
			if (waiting == 0)
				break;
			at = walk->waiting[--waiting];
			weight = walk->weight[waiting];
		}
	}
	weigh_classes(shap, 1, nothing.all, expected, 1);
	shap->expected = expected;
}

static void
explain_all(Shap *shap, ShapWalk *walk, double *result)
{
	int			players = walk->players;

	walk->path = scratch_array(int, Min(players, shap->depth + 1));
	walk->coefficient = scratch_array(double, 2 * (Size) Min(players, shap->depth + 1));
	walk->weight = scratch_array(double, shap->depth + 1);
	walk->waiting = scratch_array(uint32, shap->depth + 1);
	walk->all = crimeml_array(double, mul_size(shap->outputs + 1, players));
	if (shap->expected == NULL)
		find_expected(shap, walk);
	for (int first = 0; first < shap->points; first += walk->lanes)
	{
		set_points(shap, walk, first);
		for (int t = 0; t < shap->trees; t++)
		{
			walk->scale = shap->tree[t].scale;
			shap_walk_all(walk, shap->tree[t].root);
		}
	}
	weigh_classes(shap, players, walk->all, result, players + 1);
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
