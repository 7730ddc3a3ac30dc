/*
 * forest_predict.c
 *		A stored forest or tree, decoded: what it predicts, and its nodes.
 */
#include "learn/forest_predict.h"

#include <math.h>

#include "learn/forest_format.h"
#include "learn/metrics.h"
#include "learn/pools.h"
#include "learn/shap.h"
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
		forest->root[t] = tree_unpack(&forest->store, r, 0);
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
	DecodedTrees *store = &forest->store;
	ForestHeader head;

	forest_read_header(r, shape, &head);
	forest_set_bins(forest, shape, head.bins);
	forest->classes = store->classes = shape->classes;
	forest->importance = head.importance;
	forest->trees = head.trees;
	forest->root = crimeml_array(uint32, forest->trees);
	forest->smoothing = crimeml_array(double, forest->trees);
	forest->first_pool = crimeml_array(uint32, forest->trees);
	store->class_weight = head.class_weight;
	for (int i = 0, t = 0; i < head.stands; i++)
		for (int end = t + head.stand[i].trees; t < end; t++)
		{
			forest->smoothing[t] = head.stand[i].smoothing;
			forest->first_pool[t] = store->npools;
			forest->root[t] = tree_unpack(store, r, head.stand[i].smoothing);
			if (head.stand[i].smoothing > 0)
				pools_smooth(store, forest->root[t], head.stand[i].pool_rows,
							 head.stand[i].smoothing, head.frequency);
		}
	return forest;
}

/* What the leaves of some trees borrow: so many rows of each pool. */
typedef struct Borrowed
{
	int			n;
	const double *share[TREE_GROUP];
	double		rows[TREE_GROUP];
} Borrowed;

/*
 * Add what a leaf of tree t says of its own rows, not yet multiplied by the class
 * weights.  The pool that it borrows from is fetched meanwhile.
 */
static inline void
add_leaf(const Forest *forest, int t, uint32 at, double *own, Borrowed *borrowed)
{
	const DecodedTrees *store = &forest->store;
	uint32		pool;
	double		rows = tree_add_leaf(store, at, forest->smoothing[t], own, &pool);

	if (rows > 0)
	{
		const double *share = store->pool + (Size) (forest->first_pool[t] + pool) * forest->classes;

		for (int c = 0; c < Min(forest->classes, 64); c += 8)
			__builtin_prefetch(share + c);
		borrowed->share[borrowed->n] = share;
		borrowed->rows[borrowed->n++] = rows;
	}
}

/* Add what was borrowed, four pools at a time. */
static inline void
add_borrowed(const Borrowed *borrowed, int classes, double *pooled)
{
	const double *const *share = borrowed->share;
	const double *rows = borrowed->rows;
	int			i = 0;

	for (; i + 4 <= borrowed->n; i += 4)
		for (int c = 0; c < classes; c++)
			pooled[c] += (rows[i] * share[i][c] + rows[i + 1] * share[i + 1][c]) +
				(rows[i + 2] * share[i + 2][c] + rows[i + 3] * share[i + 3][c]);
	for (; i < borrowed->n; i++)
		for (int c = 0; c < classes; c++)
			pooled[c] += rows[i] * share[i][c];
}

/* Own and borrowed together, as the mean of so many trees. */
static inline void
join_shares(const Forest *forest, double *own, const double *pooled, int trees)
{
	const double *weight = forest->store.class_weight;
	double		scale = 1.0 / trees;

	for (int c = 0; c < forest->classes; c++)
		own[c] = (own[c] * (weight != NULL ? weight[c] : 1) + pooled[c]) * scale;
}

/* One row; bin has room for two bins a feature, pooled for the classes. */
static void
predict_row(const Forest *forest, uint16 *bin, double *pooled, const double *row,
			double *result)
{
	const DecodedTrees *store = &forest->store;
	Total		total = TOTAL_EMPTY;	/* regression: of values */
	uint32		leaf[TREE_GROUP];

	forest_find_bins(forest, row, bin);
	if (forest->classes > 0)
	{
		memset(result, 0, sizeof(double) * forest->classes);
		memset(pooled, 0, sizeof(double) * forest->classes);
	}
	for (int t = 0; t < forest->trees; t += TREE_GROUP)
	{
		int			n = Min(TREE_GROUP, forest->trees - t);
		Borrowed	borrowed;

		tree_walk(store, forest->root + t, n, bin, leaf);
		borrowed.n = 0;
		for (int i = 0; i < n; i++)
			if (forest->classes > 0)
				add_leaf(forest, t + i, leaf[i], result, &borrowed);
			else
				total_add(&total, tree_leaf_value(store, leaf[i]), 1);
		add_borrowed(&borrowed, forest->classes, pooled);
	}
	if (forest->classes == 0)
		*result = total_mean(&total, forest->trees);
	else
		join_shares(forest, result, pooled, forest->trees);
}

void
forest_predict(const void *model, void *scratch, const double *row, int64 n, double *result)
{
	const Forest *forest = model;
	double	   *pooled = scratch;
	uint16	   *bin = (uint16 *) (pooled + forest->classes);

	for (int64 i = 0; i < n; i++)
		predict_row(forest, bin, pooled, row + i * forest->features,
					result + i * Max(forest->classes, 1));
}

Size
forest_scratch(const void *model)
{
	const Forest *forest = model;

	return sizeof(double) * (Size) forest->classes + sizeof(uint16) * 2 * (Size) forest->features;
}

void
forest_importance(const void *model, double *result)
{
	const Forest *forest = model;

	memcpy(result, forest->importance, sizeof(double) * forest->features);
}

/* ----------
 * Explanations
 * ----------
 */
typedef struct ForestExplainer
{
	const Forest *forest;
	Shap	   *shap;
	uint16	   *bin;			/* of the row: two a feature */
} ForestExplainer;

void *
forest_make_explainer(const Forest *forest, int sums)
{
	ForestExplainer  *explainer = palloc0(sizeof(ForestExplainer));
	ShapTree   *tree = crimeml_array(ShapTree, forest->trees);

	for (int t = 0; t < forest->trees; t++)
	{
		tree[t].root = forest->root[t];
		tree[t].end = t + 1 < forest->trees ? forest->root[t + 1] : forest->store.nnodes;
		tree[t].output = sums > 0 ? t % sums : -1;
		tree[t].scale = sums > 0 ? 1 : 1.0 / forest->trees;
		if (forest->classes == 0)
			continue;
		tree[t].smoothing = forest->smoothing[t];
		tree[t].first_pool = forest->first_pool[t];
		tree[t].pools = (t + 1 < forest->trees ? forest->first_pool[t + 1] : forest->store.npools) -
			forest->first_pool[t];
	}
	explainer->forest = forest;
	explainer->shap = shap_create(&forest->store, tree, forest->trees,
								  sums > 0 ? sums : Max(forest->classes, 1),
								  "the number of trees or their size");
	explainer->bin = crimeml_array(uint16, 2 * (Size) forest->features);
	pfree(tree);
	return explainer;
}

void *
forest_explainer(const void *model)
{
	return forest_make_explainer(model, 0);
}

double
forest_explain(void *made, const double *row, const LearnPlayers *players, int class,
			   double *result)
{
	ForestExplainer  *explainer = made;

	forest_find_bins(explainer->forest, row, explainer->bin);
	return shap_explain(explainer->shap, explainer->bin, players, class, result);
}

/* ----------
 * Nodes
 * ----------
 */

/* One tree while its nodes are visited. */
typedef struct Visit
{
	const Forest *forest;
	int			tree;
	TreeOutline outline;
	int32	   *class;			/* scratch: of a leaf */
	double	   *weight;
	double	   *probability;	/* 2 x classes */
	int32	   *level;			/* scratch: of a split */
} Visit;

/* What a leaf says. */
static void
describe_leaf(Visit *visit, uint32 at, LearnNode *shown)
{
	const Forest *forest = visit->forest;
	const DecodedTrees *store = &forest->store;
	double	   *probability = visit->probability;
	Borrowed	borrowed = {0};

	shown->feature = -1;
	if (forest->classes == 0)
	{
		shown->value = tree_leaf_value(store, at);
		return;
	}
	memset(probability, 0, sizeof(double) * 2 * forest->classes);
	add_leaf(forest, visit->tree, at, probability, &borrowed);
	add_borrowed(&borrowed, forest->classes, probability + forest->classes);
	join_shares(forest, probability, probability + forest->classes, 1);
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
	visit.probability = crimeml_array(double, 2 * Max(forest->classes, 1));
	visit.level = crimeml_array(int32, nbins);
	for (int t = 0; t < forest->trees; t++)
	{
		const TreeOutline *outline = &visit.outline;

		visit.tree = t;
		outline_make(&forest->store, forest->root[t],
					 t + 1 < forest->trees ? forest->root[t + 1] : forest->store.nnodes,
					 &visit.outline);
		for (uint32 i = 0; i < outline->n; i++)
		{
			LearnNode	shown = {0};

			CHECK_FOR_INTERRUPTS();
			shown.tree = t;
			shown.node = (int32) i;
			shown.parent = outline->parent[i];
			shown.right = outline->right[i];
			shown.cover = outline->cover[i];
			if (forest->store.node[outline->at[i]].entry == TREE_LEAF)
				describe_leaf(&visit, outline->at[i], &shown);
			else
				describe_split(&visit, outline->at[i], &shown);
			visit_node(&shown, arg);
		}
		outline_free(&visit.outline);
	}
}
