/*
 * split.c
 *		The search for the best split of a node, over its features.
 */
#include "learn/split.h"

#include "utils/float.h"

void
split_init(SplitSearch *search, const GrowNode *node, Random *random, uint32 rows)
{
	const TreeData *data = node->data;
	int			nbins = 2;

	memset(search, 0, sizeof(*search));
	search->random = random;
	for (int f = 0; f < data->features; f++)
		nbins = Max(nbins, data->feature[f].nbins);
	search->feature = crimeml_array(int, data->features);
	for (int f = 0; f < data->features; f++)
		search->feature[f] = f;
	node_bins_init(&search->bins, data, rows);
	sides_init(&search->sides, node);
	search->cuts_by_gini = node->plain && !node->params->random_cuts;
	if (search->cuts_by_gini)
		gini_init(&search->gini, data, rows);
	category_init(&search->category, data);
	search->best.set = crimeml_array(uint32, (nbins + 31) / 32);
}

/*
 * Variance: try every cut over the sums of the bins.  Missing rows (bin 0, if it
 * occurs) are left or right.
 */
static void
scan_sums(SplitSearch *search, const GrowNode *node, int f, bool missing, bool missing_left)
{
	const NodeBins *bins = &search->bins;
	uint32		min_leaf = node->params->min_leaf;
	uint32		left_rows = 0;
	double		left_weight = 0;
	double		left_sum = 0;

	for (int i = missing && !missing_left ? 1 : 0; i < bins->n - 1; i++)
	{
		int			b = bins->occurring[i];

		left_rows += bins->count[b];
		left_weight += bins->weight[b];
		left_sum += bins->sum[b];
		if (left_rows < min_leaf)
			continue;
		if (node->rows - left_rows < min_leaf)
			break;
		best_split_consider(&search->best, node,
							impurity_value_score(left_sum, left_weight) +
							impurity_value_score(node->sum - left_sum,
												 node->weight - left_weight),
							f, node_bins_cut(bins, i), left_rows, missing, missing_left);
	}
}

/* Any other criterion: the same, row by row. */
static void
scan_rows(SplitSearch *search, const GrowNode *node, int f, bool missing, bool missing_left)
{
	const NodeBins *bins = &search->bins;
	Sides	   *sides = &search->sides;
	uint32		min_leaf = node->params->min_leaf;
	uint32		at = 0;
	uint32		left_rows = 0;
	int			first = 0;

	sides_start(sides, node);
	if (missing && !missing_left)
	{
		first = 1;
		at = bins->count[0];
	}
	for (int i = first; i < bins->n - 1; i++)
	{
		uint32		n = bins->count[bins->occurring[i]];

		CHECK_FOR_INTERRUPTS();
		for (uint32 end = at + n; at < end; at++)
			sides_move(sides, node, bins->sorted[at]);
		left_rows += n;
		if (left_rows < min_leaf)
			continue;
		if (node->rows - left_rows < min_leaf)
			break;
		best_split_consider(&search->best, node, sides_score(sides, node), f,
							node_bins_cut(bins, i), left_rows, missing, missing_left);
	}
}

/* One cut drawn at random, among those that part the rows that have a value. */
static void
try_random_cut(SplitSearch *search, const GrowNode *node, int f)
{
	const NodeBins *bins = &search->bins;
	Sides	   *sides = &search->sides;
	uint32		min_leaf = node->params->min_leaf;
	bool		missing = node_bins_missing(bins);
	int			low = bins->occurring[missing && bins->n > 2 ? 1 : 0];
	int			high = bins->occurring[bins->n - 1];
	uint16		cut = (uint16) (low + random_below(search->random, high - low));

	for (int side = 0; side < (missing && low > 0 ? 2 : 1); side++)
	{
		bool		missing_left = side == 0;
		uint32		left_rows = 0;

		sides_start(sides, node);
		for (uint32 i = 0; i < node->rows; i++)
		{
			uint16		b = bins->bin[i];

			if ((i & 0xFFFF) == 0)
				CHECK_FOR_INTERRUPTS();
			if (b == 0 ? missing_left : b <= cut)
			{
				sides_move(sides, node, i);
				left_rows++;
			}
		}
		if (left_rows >= min_leaf && node->rows - left_rows >= min_leaf)
			best_split_consider(&search->best, node, sides_score(sides, node), f, cut,
								left_rows, missing, missing_left);
	}
}

static void
try_number(SplitSearch *search, const GrowNode *node, int f)
{
	NodeBins   *bins = &search->bins;
	bool		missing = node_bins_missing(bins);
	bool		by_sums = node->data->classes == 0 && node->median == NULL;

	if (node->params->random_cuts)
	{
		try_random_cut(search, node, f);
		return;
	}
	if (by_sums)
		node_bins_sum(bins, node);
	else
		node_bins_sort(bins, node, SORTED_PLACES);
	CHECK_FOR_INTERRUPTS();
	for (int side = 0; side < (missing ? 2 : 1); side++)
		if (by_sums)
			scan_sums(search, node, f, missing, side == 0);
		else
			scan_rows(search, node, f, missing, side == 0);
}

/* Returns false when the feature is constant in the node. */
static bool
try_feature(SplitSearch *search, const GrowNode *node, int f)
{
	NodeBins   *bins = &search->bins;
	bool		is_category = node->data->feature[f].is_category;
	bool		differ;

	if (search->cuts_by_gini && !is_category)
		return gini_try_number(&search->gini, node, bins, f, &search->best);
	node_bins_count(bins, node, f);
	differ = bins->n > 1;
	if (differ && is_category)
		category_try(&search->category, node, bins, &search->sides, search->random, f,
					 &search->best);
	else if (differ)
		try_number(search, node, f);
	node_bins_clear(bins);
	return differ;
}

/*
 * Try features drawn without replacement until mtry have been seen, one of
 * which at least was not constant in the node, or one has parted all classes.
 */
void
split_find(SplitSearch *search, GrowNode *node)
{
	int			features = node->data->features;
	int			mtry = node->params->mtry;
	int		   *feature = search->feature;
	int			useful = 0;

	if (node->data->classes == 0)
		node_deviate(node);
	if (search->cuts_by_gini)
		gini_start(&search->gini, node);
	search->best.score = -get_float8_infinity();
	search->best.feature = -1;
	for (int tried = 0; tried < features; tried++)
	{
		if (tried >= mtry && useful > 0)
			break;
		if (mtry < features)
		{
			int			drawn = tried + random_below(search->random, features - tried);
			int			swap = feature[drawn];

			feature[drawn] = feature[tried];
			feature[tried] = swap;
		}
		CHECK_FOR_INTERRUPTS();
		useful += try_feature(search, node, feature[tried]);
		if (node->plain && search->best.score >= node->weight)
			break;
	}
}

double
split_gain(const SplitSearch *search, const GrowNode *node, int exponent)
{
	double		gain = search->best.score - node->score;

	if (node->exponent == exponent)
		return gain;
	return ldexp(gain, (node->exponent - exponent) * (node->median != NULL ? 1 : 2));
}
