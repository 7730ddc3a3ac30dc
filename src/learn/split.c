/*
 * split.c
 *		The best split of a tree's node.
 */
#include "learn/split.h"

#include <math.h>

#include "learn/gini.h"
#include "learn/sides.h"
#include "utils/float.h"

/* Power iteration for the order of levels: enough for an order. */
#define POWER_STEPS 30

void
split_init(SplitSearch *s, const TreeData *data, const TreeParams *params,
		   Random *random, uint32 n)
{
	int			nbins = 2;
	int			classes = Max(data->classes, 1);

	memset(s, 0, sizeof(*s));
	s->data = data;
	s->params = params;
	s->random = random;
	s->classes = data->classes;
	for (int f = 0; f < data->features; f++)
		nbins = Max(nbins, data->feature[f].nbins);

	s->feature = crimeml_array(int, data->features);
	for (int f = 0; f < data->features; f++)
		s->feature[f] = f;
	s->node_bin = crimeml_array(uint16, n);
	s->sorted = crimeml_array(uint32, n);
	s->count = crimeml_array(uint32, nbins);
	s->place = crimeml_array(uint32, nbins);
	s->seen = crimeml_array(uint64, (Max(nbins, classes) + 63) / 64);
	s->level = crimeml_array(int, nbins + 1);
	s->bin_weight = crimeml_array(double, nbins);
	s->bin_sum = crimeml_array(double, nbins);
	s->level_score = crimeml_array(double, nbins);
	s->level_order = crimeml_array(int, nbins);
	s->best_set = crimeml_array(uint32, (nbins + 31) / 32);
	s->total = crimeml_array(int64, classes);
	s->class = crimeml_array(int, classes + 1);
	s->left = crimeml_array(int64, classes);
	s->sides.class_left = crimeml_array(double, classes);
	s->class_rank = crimeml_array(uint16, classes);
	s->direction = crimeml_array(double, classes);
	s->next_direction = crimeml_array(double, classes);
	s->plain = data->classes > 0 && params->criterion == TREE_GINI &&
		data->class_weight == NULL;
	s->cuts_by_gini = s->plain && !params->random_cuts;
	if (s->cuts_by_gini)
		s->cell = crimeml_array(uint64, Min(GINI_CELLS, n));
	s->by_ranks = data->classes == 0 && params->criterion == TREE_ABSOLUTE;
	if (s->by_ranks)
	{
		s->ranks = ranks_create(n);
		s->rank_weight = crimeml_array(double, n);
	}
	if (s->classes == 0)
		s->deviation = crimeml_array(double, n);
}

/*
 * Find which bins occur among the items, and how often.  Leaves node_bin,
 * count, level and levels; forget_bins() clears them.
 */
static void
count_bins(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	const uint16 *bin = s->bin + s->stride * f;
	uint16	   *node_bin = s->node_bin;
	uint32	   *count = s->count;
	uint64	   *seen = s->seen;
	int		   *level = s->level;
	int			nbins = s->data->feature[f].nbins;
	int			levels = 0;

	if (n >= (uint32) nbins)
	{
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = bin[item[i].row];

			node_bin[i] = b;
			count[b]++;
		}
		for (int b = 0; b < nbins; b++)
		{
			level[levels] = b;
			levels += count[b] > 0;
		}
	}
	else
	{
		uint16		low = PG_UINT16_MAX;
		uint16		high = 0;

		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = bin[item[i].row];

			node_bin[i] = b;
			count[b]++;
			seen[b >> 6] |= UINT64CONST(1) << (b & 63);
			low = Min(low, b);
			high = Max(high, b);
		}
		levels = split_take_seen(s, low, high, level);
	}
	s->levels = levels;
}

static void
forget_bins(SplitSearch *s)
{
	for (int i = 0; i < s->levels; i++)
		s->count[s->level[i]] = 0;
}

/* Between two bins that occur, cut in the middle of those that do not. */
static uint16
cut_after(const SplitSearch *s, int i)
{
	return (uint16) (s->level[i] + (s->level[i + 1] - s->level[i] - 1) / 2);
}

/*
 * Plain Gini: pass the sorted rows of a number once and try every cut.  Missing
 * rows (the first level, if it is bin 0) are left or right.
 */
static void
scan_classes(SplitSearch *s, int f, bool missing, bool missing_left)
{
	const uint32 *sorted = s->sorted;
	const uint32 *count = s->count;
	const int	*level = s->level;
	int			levels = s->levels;
	int64	   *left = s->left;
	const int64 *total = s->total;
	uint32		rows = s->rows;
	uint32		min_leaf = s->params->min_leaf;
	uint32		at = 0;
	uint32		missing_rows = missing ? s->count[0] : 0;
	int64		left_weight = 0;
	int64		left_squares = 0;
	int64		products = 0;	/* of the classes on the left and in all */
	GiniCut		best = GINI_NO_CUT;
	int			first = missing && !missing_left ? 1 : 0;

	for (int k = 0; k < s->nclass; k++)
		left[s->class[k]] = 0;
	if (first == 1)
		at = missing_rows;

	for (int i = first; i < levels - 1; i++)
	{
		uint32		end = at + count[level[i]];
		uint32		left_rows;

		for (; at < end; at++)
		{
			uint32		c = DRAWN_CLASS(sorted[at]);
			int64		w = DRAWN_WEIGHT(sorted[at]);
			int64		l = left[c];

			left_squares += w * (2 * l + w);
			products += w * total[c];
			left[c] = l + w;
			left_weight += w;
		}
		left_rows = at - (first == 1 ? missing_rows : 0);
		if (left_rows < min_leaf)
			continue;
		if (rows - left_rows < min_leaf)
			break;
		gini_compare(&best, s, left_weight, left_squares, products, i, left_rows);
	}
	if (best.after >= 0)
		split_consider(s, best.score / best.weights, f, cut_after(s, best.after),
					   best.left_rows, missing, missing_left);
}

/* Variance: the same over the sums of the bins. */
static void
scan_values(SplitSearch *s, int f, bool missing, bool missing_left)
{
	uint32		min_leaf = s->params->min_leaf;
	uint32		left_rows = 0;
	double		left_weight = 0;
	double		left_sum = 0;

	for (int i = missing && !missing_left ? 1 : 0; i < s->levels - 1; i++)
	{
		int			b = s->level[i];
		double		right_sum;

		left_rows += s->count[b];
		left_weight += s->bin_weight[b];
		left_sum += s->bin_sum[b];
		if (left_rows < min_leaf)
			continue;
		if (s->rows - left_rows < min_leaf)
			break;
		right_sum = s->sum - left_sum;
		split_consider(s,
					   left_sum * left_sum / left_weight +
					   right_sum * right_sum / (s->weight - left_weight),
					   f, cut_after(s, i), left_rows, missing, missing_left);
	}
}

/* Weight and sum of the deviations in each bin that occurs. */
static void
sum_bins(SplitSearch *s, const Drawn *item, uint32 n)
{
	for (int i = 0; i < s->levels; i++)
		s->bin_weight[s->level[i]] = s->bin_sum[s->level[i]] = 0;
	for (uint32 i = 0; i < n; i++)
	{
		uint16		b = s->node_bin[i];
		double		w = DRAWN_WEIGHT(item[i].drawn);

		s->bin_weight[b] += w;
		s->bin_sum[b] += w * s->deviation[i];
	}
}

/* Any other criterion: the same, row by row; sorted holds the rows' places. */
static void
scan_rows(SplitSearch *s, const Drawn *item, int f, bool missing, bool missing_left)
{
	uint32		min_leaf = s->params->min_leaf;
	uint32		at = 0;
	uint32		left_rows = 0;
	int			first = 0;

	sides_start(s);
	if (missing && !missing_left)
	{
		first = 1;
		at = s->count[0];
	}
	for (int i = first; i < s->levels - 1; i++)
	{
		uint32		n = s->count[s->level[i]];

		CHECK_FOR_INTERRUPTS();
		for (uint32 end = at + n; at < end; at++)
			sides_move(s, item, s->sorted[at]);
		left_rows += n;
		if (left_rows < min_leaf)
			continue;
		if (s->rows - left_rows < min_leaf)
			break;
		split_consider(s, sides_score(s), f, cut_after(s, i), left_rows, missing, missing_left);
	}
}

/* Bring the node's rows into the order of their bins. */
static void
sort_rows(SplitSearch *s, const Drawn *item, uint32 n, bool drawn)
{
	const uint16 *node_bin = s->node_bin;
	uint32	   *place = s->place;
	uint32	   *sorted = s->sorted;
	uint32		start = 0;

	for (int i = 0; i < s->levels; i++)
	{
		place[s->level[i]] = start;
		start += s->count[s->level[i]];
	}
	if (drawn)
		for (uint32 i = 0; i < n; i++)
			sorted[place[node_bin[i]]++] = item[i].drawn;
	else
		for (uint32 i = 0; i < n; i++)
			sorted[place[node_bin[i]]++] = i;
}

/* One cut drawn at random, among those that part the rows that have a value. */
static void
random_cut(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	bool		missing = s->level[0] == 0;
	int			low = s->level[missing && s->levels > 2 ? 1 : 0];
	int			high = s->level[s->levels - 1];
	uint16		cut = (uint16) (low + random_below(s->random, high - low));

	for (int side = 0; side < (missing && low > 0 ? 2 : 1); side++)
	{
		bool		missing_left = side == 0;
		uint32		left_rows = 0;

		sides_start(s);
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = s->node_bin[i];

			if ((i & 0xFFFF) == 0)
				CHECK_FOR_INTERRUPTS();
			if (b == 0 ? missing_left : b <= cut)
			{
				sides_move(s, item, i);
				left_rows++;
			}
		}
		if (left_rows >= (uint32) s->params->min_leaf &&
			n - left_rows >= (uint32) s->params->min_leaf)
			split_consider(s, sides_score(s), f, cut, left_rows, missing, missing_left);
	}
}

static void
try_number(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	bool		missing = s->level[0] == 0;

	if (s->params->random_cuts)
	{
		random_cut(s, item, n, f);
		return;
	}
	if (s->classes == 0 && !s->by_ranks)
		sum_bins(s, item, n);
	else
		sort_rows(s, item, n, s->plain);
	CHECK_FOR_INTERRUPTS();
	for (int side = 0; side < (missing ? 2 : 1); side++)
		if (s->plain)
			scan_classes(s, f, missing, side == 0);
		else if (s->classes == 0 && !s->by_ranks)
			scan_values(s, f, missing, side == 0);
		else
			scan_rows(s, item, f, missing, side == 0);
}

/*
 * Score the levels by the first principal component of their class shares,
 * weighted by size, by power iteration from the deviation of the largest
 * level.  (An iteration that has not yet settled still gives an order.)
 */
static void
score_by_component(SplitSearch *s)
{
	int			classes = s->classes;
	int			largest = 0;
	double		previous = -1;

	for (int i = 1; i < s->levels; i++)
		if (s->count[s->level[i]] > s->count[s->level[largest]])
			largest = i;
	for (int c = 0; c < classes; c++)
		s->direction[c] = s->table[(Size) largest * classes + c] / s->bin_weight[s->level[largest]]
			- s->total[c] * class_weight(s, c) / s->weight;

	for (int step = 0; step < POWER_STEPS; step++)
	{
		double		norm = 0;
		double		mean = 0;

		for (int c = 0; c < classes; c++)
			norm += s->direction[c] * s->direction[c];
		norm = sqrt(norm);
		if (norm < 1e-300)
		{
			/* the largest level is as the whole: start from an axis */
			memset(s->direction, 0, sizeof(double) * classes);
			s->direction[step % classes] = 1;
			norm = 1;
		}
		for (int c = 0; c < classes; c++)
		{
			s->direction[c] /= norm;
			mean += s->direction[c] * s->total[c] * class_weight(s, c);
			s->next_direction[c] = 0;
		}
		mean /= s->weight;
		for (int i = 0; i < s->levels; i++)
		{
			const double *row = s->table + (Size) i * classes;
			double		dot = 0;

			for (int c = 0; c < classes; c++)
				dot += row[c] * s->direction[c];
			dot = dot / s->bin_weight[s->level[i]] - mean;
			s->level_score[i] = dot;
			/* weight * (share - mean share) * dot; weight * share is the row */
			for (int c = 0; c < classes; c++)
				s->next_direction[c] += dot * row[c];
		}
		/* the mean part sums to nothing, as the weighted dots do */
		if (previous > 0 && fabs(norm - previous) <= 1e-9 * norm)
			break;
		previous = norm;
		memcpy(s->direction, s->next_direction, sizeof(double) * classes);
		CHECK_FOR_INTERRUPTS();
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

/* Remember the first "n" levels of the order as the left set. */
static void
keep_set(SplitSearch *s, int f, int n, uint32 left_rows)
{
	int			nbins = s->data->feature[f].nbins;
	int			words = (nbins + 31) / 32;
	bool		missing_left;

	if (s->level[0] == 0)
	{
		missing_left = false;
		for (int i = 0; i < n; i++)
			missing_left |= s->level_order[i] == 0;
	}
	else
		missing_left = left_rows * 2 >= s->rows;

	memset(s->best_set, missing_left ? 0xFF : 0, sizeof(uint32) * words);
	if (missing_left && nbins % 32 != 0)
		s->best_set[words - 1] &= (UINT32_C(1) << (nbins % 32)) - 1;
	for (int i = 0; i < s->levels; i++)
	{
		int			b = s->level[s->level_order[i]];

		if (i < n)
			s->best_set[b >> 5] |= UINT32_C(1) << (b & 31);
		else
			s->best_set[b >> 5] &= ~(UINT32_C(1) << (b & 31));
	}
	s->best.missing_left = missing_left;
}

/* The order in which the levels of a category are passed. */
static void
order_levels(SplitSearch *s, const Drawn *item, uint32 n)
{
	int			classes = s->classes;

	if (classes > 0)
	{
		Size		need = mul_size(s->levels, classes);

		if (need > s->table_size)
		{
			if (s->table != NULL)
				pfree(s->table);
			s->table = crimeml_array(double, need);
			s->table_size = need;
		}
		memset(s->table, 0, sizeof(double) * need);
		for (int i = 0; i < s->levels; i++)
		{
			s->place[s->level[i]] = i;
			s->bin_weight[s->level[i]] = 0;
		}
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = s->node_bin[i];
			int			c = DRAWN_CLASS(item[i].drawn);
			double		w = DRAWN_WEIGHT(item[i].drawn) * class_weight(s, c);

			s->table[(Size) s->place[b] * classes + c] += w;
			s->bin_weight[b] += w;
		}
		if (classes == 2)
			for (int i = 0; i < s->levels; i++)
				s->level_score[i] = s->table[2 * i + 1] / s->bin_weight[s->level[i]];
		else
			score_by_component(s);
	}
	else
	{
		sum_bins(s, item, n);
		for (int i = 0; i < s->levels; i++)
			s->level_score[i] = s->bin_sum[s->level[i]] / s->bin_weight[s->level[i]];
	}

	for (int i = 0; i < s->levels; i++)
		s->level_order[i] = i;
	qsort_arg(s->level_order, s->levels, sizeof(int), compare_levels, s->level_score);
}

/* Extremely randomized trees: each level to a side by lot, neither side empty. */
static int
random_set(SplitSearch *s)
{
	int			left = 0;
	int			right = s->levels;

	for (int i = 0; i < s->levels; i++)
		if (random_next(s->random) >> 63)
			s->level_order[left++] = i;
		else
			s->level_order[--right] = i;
	if (left == 0)
		left = 1;
	return Min(left, s->levels - 1);
}

static void
try_category(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	uint32		left_rows = 0;
	uint32		best_rows = 0;
	int			best = 0;
	int			only = 0;

	if (s->params->random_cuts)
		only = random_set(s);
	else
		order_levels(s, item, n);
	CHECK_FOR_INTERRUPTS();
	sort_rows(s, item, n, false);
	sides_start(s);
	for (int i = 0; i < s->levels - 1; i++)
	{
		int			b = s->level[s->level_order[i]];
		double		before = s->best.score;

		CHECK_FOR_INTERRUPTS();
		/* sort_rows() left the places where the bins end */
		for (uint32 at = s->place[b] - s->count[b]; at < s->place[b]; at++)
			sides_move(s, item, s->sorted[at]);
		left_rows += s->count[b];
		if (left_rows < (uint32) s->params->min_leaf || (only > 0 && i + 1 < only))
			continue;
		if (s->rows - left_rows < (uint32) s->params->min_leaf)
			break;
		split_consider(s, sides_score(s), f, 0, left_rows, false, false);
		if (s->best.score > before)
		{
			best = i + 1;
			best_rows = left_rows;
		}
		if (i + 1 == only)
			break;
	}
	if (best > 0)
		keep_set(s, f, best, best_rows);
}

/* Returns false when the feature is constant in the node. */
static bool
try_feature(SplitSearch *s, const Drawn *item, uint32 n, const GiniFew *few, int f)
{
	bool		differ;

	if (s->cuts_by_gini && !s->data->feature[f].is_category)
	{
		if (few != NULL)
			return gini_try_few(s, few, f);
		if (gini_many(s, n, f))
			return gini_try_many(s, item, n, f);
	}
	count_bins(s, item, n, f);
	differ = s->levels > 1;
	if (differ)
	{
		if (s->data->feature[f].is_category)
			try_category(s, item, n, f);
		else
			try_number(s, item, n, f);
	}
	forget_bins(s);
	return differ;
}

/*
 * Try features drawn without replacement until mtry have been seen, one of
 * which at least was not constant in the node, or one has parted all classes.
 */
void
split_find(SplitSearch *s, const Drawn *item, uint32 n)
{
	int			features = s->data->features;
	int			useful = 0;
	GiniFew		few;
	bool		is_few = s->cuts_by_gini && gini_few_start(&few, s, item, n);

	if (s->classes == 0)
		split_deviate(s, item, n);
	s->best.score = -get_float8_infinity();
	s->best.feature = -1;
	for (int tried = 0; tried < features; tried++)
	{
		if (tried >= s->params->mtry && useful > 0)
			break;
		if (s->params->mtry < features)
		{
			int			drawn = tried + random_below(s->random, features - tried);
			int			swap = s->feature[drawn];

			s->feature[drawn] = s->feature[tried];
			s->feature[tried] = swap;
		}
		CHECK_FOR_INTERRUPTS();
		useful += try_feature(s, item, n, is_few ? &few : NULL, s->feature[tried]);
		if (s->plain && s->best.score >= s->weight)
			break;
	}
}
