/*
 * split.c
 *		The best split of a tree's node.
 */
#include "learn/split.h"

#include <math.h>

#include "port/pg_bitutils.h"

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
	s->seen = crimeml_array(uint64, (nbins + 63) / 64);
	s->level = crimeml_array(int, nbins);
	s->bin_weight = crimeml_array(double, nbins);
	s->bin_sum = crimeml_array(double, nbins);
	s->level_score = crimeml_array(double, nbins);
	s->level_order = crimeml_array(int, nbins);
	s->best_set = crimeml_array(uint32, (nbins + 31) / 32);
	s->total = crimeml_array(int64, classes);
	s->left = crimeml_array(int64, classes);
	s->direction = crimeml_array(double, classes);
	s->next_direction = crimeml_array(double, classes);
}

double
split_sum_node(SplitSearch *s, const Drawn *item, uint32 n, bool *pure)
{
	s->rows = n;
	s->weight = 0;
	*pure = true;
	if (s->classes > 0)
	{
		double		squares = 0;
		int64		weight = 0;
		int64	   *total = s->total;

		memset(total, 0, sizeof(int64) * s->classes);
		for (uint32 i = 0; i < n; i++)
			total[DRAWN_CLASS(item[i].drawn)] += DRAWN_WEIGHT(item[i].drawn);
		for (int c = 0; c < s->classes; c++)
		{
			weight += total[c];
			squares += (double) total[c] * total[c];
		}
		s->weight = weight;
		*pure = total[DRAWN_CLASS(item[0].drawn)] == weight;
		return squares / s->weight;
	}
	s->sum = 0;
	for (uint32 i = 0; i < n; i++)
	{
		double		w = DRAWN_WEIGHT(item[i].drawn);
		double		v = s->value[item[i].row];

		s->weight += w;
		s->sum += w * v;
		*pure &= v == s->value[item[0].row];
	}
	return s->sum * s->sum / s->weight;
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
			if (count[b] > 0)
				level[levels++] = b;
	}
	else
	{
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = bin[item[i].row];

			node_bin[i] = b;
			count[b]++;
			seen[b >> 6] |= UINT64CONST(1) << (b & 63);
		}
		for (int w = 0; w <= (nbins - 1) >> 6; w++)
		{
			uint64		bits = seen[w];

			while (bits != 0)
			{
				level[levels++] = w * 64 + pg_rightmost_one_pos64(bits);
				bits &= bits - 1;
			}
			seen[w] = 0;
		}
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

/* Where nothing was missing, missing follows the larger side. */
static inline void
consider(SplitSearch *s, double score, int f, uint16 cut, uint32 left_rows,
		 bool missing, bool missing_left)
{
	if (score > s->best.score)
	{
		s->best.score = score;
		s->best.feature = f;
		s->best.cut = cut;
		s->best.missing_left = missing ? missing_left : left_rows * 2 >= s->rows;
	}
}

/*
 * Pass the sorted rows of a number once and try every cut.  Missing rows (the
 * first level, if it is bin 0) are left or right.
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
	int64		right_squares = 0;
	double		all = s->weight;
	int			first = missing && !missing_left ? 1 : 0;

	memset(left, 0, sizeof(int64) * s->classes);
	for (int c = 0; c < s->classes; c++)
		right_squares += total[c] * total[c];
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
			right_squares -= w * (2 * (total[c] - l) - w);
			left[c] = l + w;
			left_weight += w;
		}
		left_rows = at - (first == 1 ? missing_rows : 0);
		if (left_rows < min_leaf)
			continue;
		if (rows - left_rows < min_leaf)
			break;
		consider(s,
				 left_squares / (double) left_weight +
				 right_squares / (all - left_weight),
				 f, cut_after(s, i), left_rows, missing, missing_left);
	}
}

/* The same for a numeric label, over the sums of the bins. */
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
		consider(s,
				 left_sum * left_sum / left_weight +
				 right_sum * right_sum / (s->weight - left_weight),
				 f, cut_after(s, i), left_rows, missing, missing_left);
	}
}

/* Weight and sum of the label in each bin that occurs. */
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
		s->bin_sum[b] += w * s->value[item[i].row];
	}
}

static void
try_number(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	bool		missing = s->level[0] == 0;

	if (s->classes > 0)
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
		for (uint32 i = 0; i < n; i++)
			sorted[place[node_bin[i]]++] = item[i].drawn;
		scan_classes(s, f, missing, true);
		if (missing)
			scan_classes(s, f, missing, false);
	}
	else
	{
		sum_bins(s, item, n);
		scan_values(s, f, missing, true);
		if (missing)
			scan_values(s, f, missing, false);
	}
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
		s->direction[c] = (double) s->table[(Size) largest * classes + c] / s->bin_weight[s->level[largest]]
			- s->total[c] / s->weight;

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
			mean += s->direction[c] * s->total[c];
			s->next_direction[c] = 0;
		}
		mean /= s->weight;
		for (int i = 0; i < s->levels; i++)
		{
			const uint32 *row = s->table + (Size) i * classes;
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

static void
try_category(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	int			classes = s->classes;
	uint32		left_rows = 0;
	double		left_weight = 0;
	double		left_sum = 0;
	int			best_n = 0;
	uint32		best_rows = 0;
	double		before = s->best.score;

	if (classes > 0)
	{
		Size		need = mul_size(s->levels, classes);

		if (need > s->table_size)
		{
			if (s->table != NULL)
				pfree(s->table);
			s->table = crimeml_array(uint32, need);
			s->table_size = need;
		}
		memset(s->table, 0, sizeof(uint32) * need);
		for (int i = 0; i < s->levels; i++)
		{
			s->place[s->level[i]] = i;
			s->bin_weight[s->level[i]] = 0;
		}
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = s->node_bin[i];

			s->table[(Size) s->place[b] * classes + DRAWN_CLASS(item[i].drawn)] +=
				DRAWN_WEIGHT(item[i].drawn);
			s->bin_weight[b] += DRAWN_WEIGHT(item[i].drawn);
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

	memset(s->left, 0, sizeof(int64) * classes);
	for (int i = 0; i < s->levels - 1; i++)
	{
		int			l = s->level_order[i];
		int			b = s->level[l];
		double		left_score = 0;
		double		right_score = 0;

		left_rows += s->count[b];
		left_weight += s->bin_weight[b];
		if (classes > 0)
		{
			const uint32 *row = s->table + (Size) l * classes;

			for (int c = 0; c < classes; c++)
			{
				double		to_left = s->left[c] += row[c];
				double		to_right = s->total[c] - s->left[c];

				left_score += to_left * to_left;
				right_score += to_right * to_right;
			}
		}
		else
		{
			left_sum += s->bin_sum[b];
			left_score = left_sum * left_sum;
			right_score = (s->sum - left_sum) * (s->sum - left_sum);
		}
		if (left_rows < (uint32) s->params->min_leaf)
			continue;
		if (s->rows - left_rows < (uint32) s->params->min_leaf)
			break;
		consider(s, left_score / left_weight + right_score / (s->weight - left_weight),
				 f, 0, left_rows, false, false);
		if (s->best.score > before)
		{
			before = s->best.score;
			best_n = i + 1;
			best_rows = left_rows;
		}
	}
	if (best_n > 0)
		keep_set(s, f, best_n, best_rows);
}

/*
 * Try features drawn without replacement until mtry have been seen, one of
 * which at least was not constant in the node.
 */
void
split_find(SplitSearch *s, const Drawn *item, uint32 n)
{
	int			features = s->data->features;
	int			useful = 0;

	s->best.score = -1;
	s->best.feature = -1;
	for (int tried = 0; tried < features; tried++)
	{
		int			f;

		if (tried >= s->params->mtry && useful > 0)
			break;
		if (s->params->mtry < features)
		{
			int			drawn = tried + random_below(s->random, features - tried);
			int			swap = s->feature[drawn];

			s->feature[drawn] = s->feature[tried];
			s->feature[tried] = swap;
		}
		f = s->feature[tried];

		CHECK_FOR_INTERRUPTS();
		count_bins(s, item, n, f);
		if (s->levels > 1)
		{
			useful++;
			if (s->data->feature[f].is_category)
				try_category(s, item, n, f);
			else
				try_number(s, item, n, f);
		}
		forget_bins(s);
	}
}
