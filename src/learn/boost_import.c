/*
 * boost_import.c
 *		Boosted trees that were trained elsewhere, as a payload of boost_model.h.
 */
#include "learn/boost_import.h"

#include <float.h>
#include <math.h>

#include "learn/boost.h"
#include "learn/boost_model.h"
#include "learn/packed_tree.h"

/* A leaf or child without hessian still has some cover, as explanations want it. */
#define LEAST_COVER 1e-30

/* The thresholds of a feature, as cuts of doubles. */
typedef struct Cuts
{
	int64		n;
	double	   *cut;
} Cuts;

void
boost_import_error(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the text is no model of XGBoost"),
			 errdetail("%s", detail),
			 errhint("A model is what Booster.save_model('model.json') writes.")));
}

/* The greatest double that is below the threshold when it is rounded to a float. */
static double
float_cut(float threshold)
{
	double		middle;

	/* what is rounded to -infinity; below it is nothing that is finite */
	if (threshold == -FLT_MAX)
		return -(ldexp(1, 128) - ldexp(1, 103));
	middle = ((double) nextafterf(threshold, -INFINITY) + threshold) / 2;
	return (float) middle < threshold ? middle : nextafter(middle, -INFINITY);
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	CHECK_FOR_INTERRUPTS();
	return (x > y) - (x < y);
}

/* ----------
 * Walking
 * ----------
 */
typedef void (*NodeVisit) (const ImportedNode *node, void *arg);

pg_noreturn static void
tree_error(int tree, const char *what)
{
	boost_import_error(psprintf("Tree %d: %s.", tree, what));
}

/* Visit the nodes of a tree in preorder. */
static void
walk(const BoostImport *import, int t, NodeVisit visit, void *arg)
{
	const ImportedTree *tree = &import->tree[t];
	int32	   *waiting = crimeml_array(int32, (Size) tree->nodes + 1);
	bool	   *seen = crimeml_array(bool, Max(tree->nodes, 1));
	int32		n = 0;

	if (tree->nodes == 0)
		tree_error(t, "it has no nodes");
	waiting[n++] = 0;
	while (n > 0)
	{
		const ImportedNode *node;
		int32		at = waiting[--n];

		CHECK_FOR_INTERRUPTS();
		if (at < 0 || at >= tree->nodes)
			tree_error(t, "a child is none of its nodes");
		if (seen[at])
			tree_error(t, "a node has two parents");
		seen[at] = true;
		node = &tree->node[at];
		if (!isfinite(node->value) || !(node->hessian >= 0) || isinf(node->hessian))
			tree_error(t, "a number is not finite, or a hessian is negative");
		if (node->left >= 0)
		{
			if (node->feature < 0 || node->feature >= import->features)
				tree_error(t, "it splits by a feature that there is not");
			waiting[n++] = node->right;
			waiting[n++] = node->left;
		}
		else if (import->link != LINK_IDENTITY && fabsf(node->value) > BOOST_GREATEST_LEAF)
			tree_error(t, psprintf("a leaf adds %g, and e^%g is the most that is taken",
								   node->value, BOOST_GREATEST_LEAF));
		visit(node, arg);
	}
	pfree(seen);
	pfree(waiting);
}

static void
count_cut(const ImportedNode *node, void *arg)
{
	if (node->left >= 0)
		((Cuts *) arg)[node->feature].n++;
}

static void
add_cut(const ImportedNode *node, void *arg)
{
	Cuts	   *cuts = arg;

	if (node->left >= 0)
		cuts[node->feature].cut[cuts[node->feature].n++] = float_cut(node->value);
}

/* The bins of each feature: between all of its thresholds. */
static FeatureBins *
make_bins(const BoostImport *import)
{
	Cuts	   *cuts = crimeml_array(Cuts, import->features);
	FeatureBins *bins = crimeml_array(FeatureBins, import->features);

	for (int t = 0; t < import->trees; t++)
		walk(import, t, count_cut, cuts);
	for (int f = 0; f < import->features; f++)
	{
		cuts[f].cut = crimeml_array(double, Max(cuts[f].n, 1));
		cuts[f].n = 0;
	}
	for (int t = 0; t < import->trees; t++)
		walk(import, t, add_cut, cuts);
	for (int f = 0; f < import->features; f++)
	{
		int64		n = 0;

		qsort(cuts[f].cut, cuts[f].n, sizeof(double), compare_doubles);
		for (int64 i = 0; i < cuts[f].n; i++)
			if (n == 0 || cuts[f].cut[i] != cuts[f].cut[n - 1])
				cuts[f].cut[n++] = cuts[f].cut[i];
		if (n > BINS_MAX - 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("feature %d has %lld thresholds, and a model takes at most %d of each",
							f, (long long) n, BINS_MAX - 2),
					 errhint("Train with tree_method \"hist\" and max_bin, which rounds them.")));
		bins[f].ncuts = (int32) n;
		bins[f].nbins = (int32) n + 2;
		bins[f].cut = cuts[f].cut;
	}
	pfree(cuts);
	return bins;
}

/* ----------
 * Packing
 * ----------
 */
typedef struct Packing
{
	const FeatureBins *bins;
	double	   *importance;
	bool		negative;
	ByteWriter *out;
} Packing;

static void
pack_node(const ImportedNode *node, void *arg)
{
	Packing    *packing = arg;
	double		value = node->value;

	if (node->left < 0)
	{
		write_varint(packing->out, 0);
		packed_write_value(packing->negative ? -value : value,
						   Max(node->hessian, LEAST_COVER), packing->out);
		return;
	}
	write_varint(packing->out, 1 + 2 * (uint64) node->feature + !node->missing_left);
	/* the bin of the cut itself is the last on the left */
	write_varint(packing->out, bins_find(&packing->bins[node->feature], float_cut(node->value)));
	if (node->gain > 0 && isfinite(node->gain))
		packing->importance[node->feature] += node->gain;
}

/* The order in which a model has its trees: a sum after another in each round. */
static int *
order_trees(const BoostImport *import)
{
	int		   *order = crimeml_array(int, Max(import->trees, 1));
	int		   *seen = crimeml_array(int, import->sums);

	for (int t = 0; t < import->trees; t++)
	{
		int			sum = import->tree[t].sum;
		Size		at = (Size) seen[sum]++ * import->sums + sum;

		if (at >= (Size) import->trees)
			boost_import_error("Its classes do not have equally many trees.");
		order[at] = t;
	}
	for (int k = 1; k < import->sums; k++)
		if (seen[k] != seen[0])
			boost_import_error("Its classes do not have equally many trees.");
	pfree(seen);
	return order;
}

void
boost_import(const BoostImport *import, ByteWriter *out)
{
	Packing		packing = {0};
	ByteWriter	packed;
	BoostHeader head = {0};
	int		   *order = order_trees(import);

	writer_init(&packed);
	packing.bins = make_bins(import);
	packing.importance = crimeml_array(double, import->features);
	packing.out = &packed;
	for (int t = 0; t < import->trees; t++)
	{
		packing.negative = import->tree[order[t]].negative;
		walk(import, order[t], pack_node, &packing);
	}
	head.link = import->link;
	head.sums = import->sums;
	head.base = import->base;
	head.bins = packing.bins;
	head.importance = packing.importance;
	head.trees = import->trees;
	boost_write_header(&head, import->features, out);
	write_bytes(out, packed.data, packed.len);
}
