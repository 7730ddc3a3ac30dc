/*
 * forest_predict.c
 *		A stored forest or tree, decoded: what it predicts, and its nodes.
 */
#include "learn/forest_predict.h"

#include <math.h>

#include "learn/forest_format.h"
#include "learn/metrics.h"
#include "stat/sums.h"

void
forest_set_bins(Forest *forest, const LearnShape *shape, const FeatureBins *bins)
{
	DecodedTrees *store = &forest->store;
	int32	   *nbins = palloc(sizeof(int32) * Max(shape->features, 1));
	bool	   *is_category = palloc(sizeof(bool) * Max(shape->features, 1));

	forest->features = store->features = shape->features;
	forest->bins = bins;
	for (int f = 0; f < shape->features; f++)
	{
		nbins[f] = bins[f].nbins;
		is_category[f] = bins[f].is_category;
	}
	store->nbins = nbins;
	store->is_category = is_category;
}

void
forest_read_trees(Forest *forest, int trees, ByteReader *r)
{
	forest->trees = trees;
	forest->root = crimeml_array(uint32, trees);
	for (int t = 0; t < trees; t++)
		forest->root[t] = tree_unpack(&forest->store, r);
}

void
forest_find_bins(const Forest *forest, const double *row, uint16 *bin)
{
	for (int f = 0; f < forest->features; f++)
	{
		uint16		b = bins_find(&forest->bins[f], row[f]);

		bin[2 * f] = b;
		bin[2 * f + 1] = b == 0 ? TREE_MISSING_RIGHT : b;
	}
}

void *
forest_decode(ByteReader *r, const void *of)
{
	const LearnShape *shape = of;
	Forest	   *forest = palloc0(sizeof(Forest));
	ForestHeader head;

	forest_read_header(r, shape, &head);
	forest_set_bins(forest, shape, head.bins);
	forest->classes = forest->store.classes = shape->classes;
	forest->importance = head.importance;
	forest->frequency = head.frequency;
	forest->store.smoothing = head.smoothing;
	forest->store.class_weight = head.class_weight;
	forest_read_trees(forest, head.trees, r);
	return forest;
}

/* One row; bin has room for two bins a feature. */
static void
predict_row(const Forest *forest, uint16 *bin, const double *row, double *result)
{
	const DecodedTrees *store = &forest->store;
	double		scale = 1.0 / forest->trees;
	double		smoothed = 0;	/* what smoothing shares out */
	Total		total = TOTAL_EMPTY;	/* regression: of values */
	uint32		leaf[TREE_GROUP];

	forest_find_bins(forest, row, bin);
	if (forest->classes > 0)
		memset(result, 0, sizeof(double) * forest->classes);
	for (int t = 0; t < forest->trees; t += TREE_GROUP)
	{
		int			n = Min(TREE_GROUP, forest->trees - t);

		tree_walk(store, forest->root + t, n, bin, leaf);
		for (int i = 0; i < n; i++)
			if (forest->classes > 0)
				smoothed += tree_add_leaf(store, leaf[i], result);
			else
				total_add(&total, tree_leaf_value(store, leaf[i]), 1);
	}
	if (forest->classes == 0)
		*result = total_mean(&total, forest->trees);
	if (store->class_weight != NULL)
		for (int c = 0; c < forest->classes; c++)
			result[c] *= store->class_weight[c];
	if (forest->frequency != NULL)
		for (int c = 0; c < forest->classes; c++)
			result[c] += forest->frequency[c] * smoothed;
	for (int c = 0; c < forest->classes; c++)
		result[c] *= scale;
}

void
forest_predict(const void *model, void *scratch, const double *row, int64 n, double *result)
{
	const Forest *forest = model;

	for (int64 i = 0; i < n; i++)
		predict_row(forest, scratch, row + i * forest->features,
					result + i * Max(forest->classes, 1));
}

Size
forest_scratch(const void *model)
{
	return sizeof(uint16) * 2 * (Size) ((const Forest *) model)->features;
}

void
forest_importance(const void *model, double *result)
{
	const Forest *forest = model;

	memcpy(result, forest->importance, sizeof(double) * forest->features);
}

/* ----------
 * Nodes
 * ----------
 */

/* One tree while its nodes are visited; a node's number is its place in preorder. */
typedef struct Visit
{
	const Forest *forest;
	uint32		n;				/* nodes */
	uint32	   *at;				/* of each node: its place in the store */
	int32	   *parent;
	bool	   *right;			/* it is the right child of its parent */
	double	   *cover;
	int32	   *class;			/* scratch: of a leaf */
	double	   *weight;
	double	   *probability;
	int32	   *level;			/* scratch: of a split */
} Visit;

/* The nodes of tree t, with their parents and covers. */
static void
visit_start(Visit *visit, int t)
{
	const Forest *forest = visit->forest;
	const DecodedTrees *store = &forest->store;
	uint32		begin = forest->root[t];
	uint32		end = t + 1 < forest->trees ? forest->root[t + 1] : store->nnodes;
	uint32	   *number = crimeml_array(uint32, end - begin);	/* of a place */

	visit->at = crimeml_array(uint32, end - begin);
	visit->n = 0;
	for (uint32 at = begin; at < end; at++)
	{
		const TreeNode *node = &store->node[at];

		number[at - begin] = visit->n;
		visit->at[visit->n++] = at;
		if (node->entry != TREE_LEAF && node->cut == TREE_SET)
			at++;				/* the set's place */
		if ((at & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	visit->parent = crimeml_array(int32, visit->n);
	visit->right = crimeml_array(bool, visit->n);
	visit->cover = crimeml_array(double, visit->n);
	visit->parent[0] = -1;
	for (uint32 i = 0; i < visit->n; i++)
	{
		const TreeNode *node = &store->node[visit->at[i]];
		uint32		right;

		if (node->entry == TREE_LEAF)
			continue;
		right = number[node->next - begin];
		visit->parent[i + 1] = visit->parent[right] = (int32) i;
		visit->right[right] = true;
	}

	/* children stand behind their parents */
	for (uint32 i = visit->n; i-- > 0;)
	{
		uint32		at = visit->at[i];

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (store->node[at].entry == TREE_LEAF && forest->classes == 0)
			visit->cover[i] = tree_leaf_weight(store, at);
		else if (store->node[at].entry == TREE_LEAF)
		{
			int			n = tree_leaf_classes(store, at, visit->class, visit->weight);

			for (int k = 0; k < n; k++)
				visit->cover[i] += visit->weight[k];
		}
		if (i > 0)
			visit->cover[visit->parent[i]] += visit->cover[i];
	}
	pfree(number);
}

static void
visit_end(Visit *visit)
{
	pfree(visit->at);
	pfree(visit->parent);
	pfree(visit->right);
	pfree(visit->cover);
}

/* What a leaf says. */
static void
describe_leaf(Visit *visit, uint32 at, LearnNode *shown)
{
	const Forest *forest = visit->forest;
	const DecodedTrees *store = &forest->store;
	double	   *probability = visit->probability;
	double		smoothed;

	shown->feature = -1;
	if (forest->classes == 0)
	{
		shown->value = tree_leaf_value(store, at);
		return;
	}
	memset(probability, 0, sizeof(double) * forest->classes);
	smoothed = tree_add_leaf(store, at, probability);
	for (int c = 0; c < forest->classes; c++)
	{
		if (store->class_weight != NULL)
			probability[c] *= store->class_weight[c];
		if (forest->frequency != NULL)
			probability[c] += forest->frequency[c] * smoothed;
	}
	shown->best = most_probable(probability, forest->classes);
	shown->probability = probability[shown->best];
	shown->classes = tree_leaf_classes(store, at, visit->class, visit->weight);
	shown->class = visit->class;
	shown->weight = visit->weight;
}

/* Where a split sends the rows. */
static void
describe_split(Visit *visit, uint32 at, LearnNode *shown)
{
	const Forest *forest = visit->forest;
	const DecodedTrees *store = &forest->store;
	const TreeNode *node = &store->node[at];
	const FeatureBins *bins = &forest->bins[node->entry / 2];

	shown->feature = node->entry / 2;
	if (node->cut == TREE_SET)
	{
		const uint32 *set = &store->set[node[1].next];

		shown->missing_left = tree_in_set(set, 0);
		for (int b = 1; b < bins->nbins; b++)
			if (tree_in_set(set, b))
				visit->level[shown->levels++] = b - 1;
		shown->level = visit->level;
		return;
	}
	shown->missing_left = (node->entry & 1) == 0;
	if (node->cut == 0)
		shown->threshold = -INFINITY;
	else if (node->cut > bins->ncuts)
		shown->threshold = INFINITY;
	else
		shown->threshold = bins->cut[node->cut - 1];
}

void
forest_nodes(const void *model, LearnNodeVisit visit_node, void *arg)
{
	const Forest *forest = model;
	Visit		visit = {.forest = forest};
	int			nbins = 1;

	for (int f = 0; f < forest->features; f++)
		nbins = Max(nbins, forest->bins[f].nbins);
	visit.class = crimeml_array(int32, Max(forest->classes, 1));
	visit.weight = crimeml_array(double, Max(forest->classes, 1));
	visit.probability = crimeml_array(double, Max(forest->classes, 1));
	visit.level = crimeml_array(int32, nbins);
	for (int t = 0; t < forest->trees; t++)
	{
		visit_start(&visit, t);
		for (uint32 i = 0; i < visit.n; i++)
		{
			LearnNode	shown = {0};

			CHECK_FOR_INTERRUPTS();
			shown.tree = t;
			shown.node = (int32) i;
			shown.parent = visit.parent[i];
			shown.right = visit.right[i];
			shown.cover = visit.cover[i];
			if (forest->store.node[visit.at[i]].entry == TREE_LEAF)
				describe_leaf(&visit, visit.at[i], &shown);
			else
				describe_split(&visit, visit.at[i], &shown);
			visit_node(&shown, arg);
		}
		visit_end(&visit);
	}
}
