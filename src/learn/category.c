/*
 * category.c
 *		The best split of a category.
 */
#include "learn/category.h"

/* Power iteration for the order of levels: enough for an order. */
#define POWER_STEPS 30

void
category_init(CategoryOrder *category, const TreeData *data)
{
	int			nbins = 2;
	int			classes = Max(data->classes, 1);

	for (int f = 0; f < data->features; f++)
		if (data->feature[f].is_category)
			nbins = Max(nbins, data->feature[f].nbins);
	memset(category, 0, sizeof(*category));
	category->order = crimeml_array(int, nbins);
	category->place = crimeml_array(int, nbins);
	category->score = crimeml_array(double, nbins);
	category->direction = crimeml_array(double, classes);
	category->next_direction = crimeml_array(double, classes);
}

/* Sum up the levels and classes in the contingency table. */
static void
fill_table(CategoryOrder *category, const GrowNode *node, NodeBins *bins)
{
	int			classes = node->data->classes;
	Size		need = mul_size(bins->n, classes);

	if (need > category->table_size)
	{
		if (category->table != NULL)
			pfree(category->table);
		category->table = crimeml_array(double, need);
		category->table_size = need;
	}
	memset(category->table, 0, sizeof(double) * need);
	for (int i = 0; i < bins->n; i++)
	{
		category->place[bins->occurring[i]] = i;
		bins->weight[bins->occurring[i]] = 0;
	}
	for (uint32 i = 0; i < node->rows; i++)
	{
		uint16		b = bins->bin[i];
		int			c = DRAWN_CLASS(node->item[i].drawn);
		double		w = DRAWN_WEIGHT(node->item[i].drawn) * node_class_weight(node, c);

		category->table[(Size) category->place[b] * classes + c] += w;
		bins->weight[b] += w;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/*
 * Score the levels by the first principal component of their class shares,
 * weighted by size, by power iteration from the deviation of the largest
 * level.  (An iteration that has not yet settled still gives an order.)
 */
static void
score_by_component(CategoryOrder *category, const GrowNode *node, const NodeBins *bins)
{
	int			classes = node->data->classes;
	double	   *direction = category->direction;
	double	   *next_direction = category->next_direction;
	int			largest = 0;
	double		previous = -1;

	for (int i = 1; i < bins->n; i++)
		if (bins->count[bins->occurring[i]] > bins->count[bins->occurring[largest]])
			largest = i;
	for (int c = 0; c < classes; c++)
		direction[c] = category->table[(Size) largest * classes + c] /
			bins->weight[bins->occurring[largest]]
			- node->total[c] * node_class_weight(node, c) / node->weight;

	for (int step = 0; step < POWER_STEPS; step++)
	{
		double		norm = 0;
		double		mean = 0;

		for (int c = 0; c < classes; c++)
			norm += direction[c] * direction[c];
		norm = sqrt(norm);
		if (norm < 1e-300)
		{
			/* the largest level is as the whole: start from an axis */
			memset(direction, 0, sizeof(double) * classes);
			direction[step % classes] = 1;
			norm = 1;
		}
		for (int c = 0; c < classes; c++)
		{
			direction[c] /= norm;
			mean += direction[c] * node->total[c] * node_class_weight(node, c);
			next_direction[c] = 0;
		}
		mean /= node->weight;
		for (int i = 0; i < bins->n; i++)
		{
			const double *row = category->table + (Size) i * classes;
			double		dot = 0;

			CHECK_FOR_INTERRUPTS();
			for (int c = 0; c < classes; c++)
				dot += row[c] * direction[c];
			dot = dot / bins->weight[bins->occurring[i]] - mean;
			category->score[i] = dot;
			/* weight * (share - mean share) * dot; weight * share is the row */
			for (int c = 0; c < classes; c++)
				next_direction[c] += dot * row[c];
		}
		/* the mean part sums to nothing, as the weighted dots do */
		if (previous > 0 && fabs(norm - previous) <= 1e-9 * norm)
			break;
		previous = norm;
		memcpy(direction, next_direction, sizeof(double) * classes);
	}
}

/* Ascending by score, ties by level. */
static int
compare_levels(const void *a, const void *b, void *arg)
{
	const double *score = arg;
	int			i = *(const int *) a;
	int			j = *(const int *) b;

	if (score[i] != score[j])
		return score[i] < score[j] ? -1 : 1;
	return i - j;
}

static void
order_levels(CategoryOrder *category, const GrowNode *node, NodeBins *bins)
{
	if (node->data->classes > 2)
	{
		fill_table(category, node, bins);
		score_by_component(category, node, bins);
	}
	else if (node->data->classes == 2)
	{
		fill_table(category, node, bins);
		for (int i = 0; i < bins->n; i++)
			category->score[i] = category->table[2 * i + 1] / bins->weight[bins->occurring[i]];
	}
	else
	{
		node_bins_sum(bins, node);
		for (int i = 0; i < bins->n; i++)
			category->score[i] = bins->sum[bins->occurring[i]] / bins->weight[bins->occurring[i]];
	}

	for (int i = 0; i < bins->n; i++)
		category->order[i] = i;
	qsort_arg(category->order, bins->n, sizeof(int), compare_levels, category->score);
}

/*
 * Extremely randomized trees: each level to a side by lot, neither side empty.
 * Returns how many are on the left.
 */
static int
order_by_lot(CategoryOrder *category, const NodeBins *bins, Random *random)
{
	int			left = 0;
	int			right = bins->n;

	for (int i = 0; i < bins->n; i++)
		if (random_next(random) >> 63)
			category->order[left++] = i;
		else
			category->order[--right] = i;
	if (left == 0)
		left = 1;
	return Min(left, bins->n - 1);
}

/*
 * Remember the first n levels of the order as the set on the left.  What does
 * not occur in the node goes where missing goes.
 */
static void
keep_set(const CategoryOrder *category, const GrowNode *node, const NodeBins *bins, int f, int n,
		 uint32 left_rows, BestSplit *best)
{
	int			nbins = node->data->feature[f].nbins;
	int			words = (nbins + 31) / 32;
	bool		missing_left;

	if (node_bins_missing(bins))
	{
		missing_left = false;
		for (int i = 0; i < n; i++)
			missing_left |= category->order[i] == 0;
	}
	else
		missing_left = left_rows * 2 >= node->rows;

	memset(best->set, missing_left ? 0xFF : 0, sizeof(uint32) * words);
	if (missing_left && nbins % 32 != 0)
		best->set[words - 1] &= (UINT32_C(1) << (nbins % 32)) - 1;
	for (int i = 0; i < bins->n; i++)
	{
		int			b = bins->occurring[category->order[i]];

		if (i < n)
			best->set[b >> 5] |= UINT32_C(1) << (b & 31);
		else
			best->set[b >> 5] &= ~(UINT32_C(1) << (b & 31));
	}
	best->missing_left = missing_left;
}

void
category_try(CategoryOrder *category, const GrowNode *node, NodeBins *bins, Sides *sides,
			 Random *random, int f, BestSplit *best)
{
	uint32		min_leaf = node->params->min_leaf;
	uint32		left_rows = 0;
	uint32		kept_rows = 0;
	int			kept = 0;
	int			only = 0;

	if (node->params->random_cuts)
		only = order_by_lot(category, bins, random);
	else
		order_levels(category, node, bins);
	CHECK_FOR_INTERRUPTS();
	node_bins_sort(bins, node, SORTED_PLACES);
	sides_start(sides, node);
	for (int i = 0; i < bins->n - 1; i++)
	{
		int			b = bins->occurring[category->order[i]];
		double		before = best->score;

		CHECK_FOR_INTERRUPTS();
		for (uint32 at = bins->end[b] - bins->count[b]; at < bins->end[b]; at++)
			sides_move(sides, node, bins->sorted[at]);
		left_rows += bins->count[b];
		if (left_rows < min_leaf || (only > 0 && i + 1 < only))
			continue;
		if (node->rows - left_rows < min_leaf)
			break;
		best_split_consider(best, node, sides_score(sides, node), f, 0, left_rows, false, false);
		if (best->score > before)
		{
			kept = i + 1;
			kept_rows = left_rows;
		}
		if (i + 1 == only)
			break;
	}
	if (kept > 0)
		keep_set(category, node, bins, f, kept, kept_rows, best);
}
