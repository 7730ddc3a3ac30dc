/*
 * tree.c
 *		One decision tree over binned features: growing, packing, unpacking.
 *
 * A node is a run of items (row, class, weight) in one array, which splitting
 * partitions in place and in order.  To try a feature the node's rows are
 * brought into the order of their bins by counting, over the bins that occur
 * in the node only, and then passed once, keeping the sums of squared class
 * weights of both sides up to date: O(rows) a feature however many classes
 * and bins there are.  When a node has become small its bins are copied
 * together, so that the many small nodes below it work within the processor's
 * nearest cache.
 */
#include "learn/tree.h"

#include <math.h>

#include "port/pg_bitutils.h"

/* A node of at most so many rows gets a copy of its bins. */
#define COMPACT_ROWS 8192

/* Power iteration for the order of levels: enough for an order. */
#define POWER_STEPS 30

typedef struct Drawn
{
	uint32		row;
	uint32		drawn;			/* class in the low half, weight in the high */
} Drawn;

#define ITEM_CLASS(drawn) ((drawn) & 0xFFFF)
#define ITEM_WEIGHT(drawn) ((drawn) >> 16)

/* A node that waits to be looked at. */
typedef struct Pending
{
	uint32		begin,
				end;
	int			depth;
	bool		compact;
} Pending;

/* The best split found so far in a node. */
typedef struct Split
{
	double		score;
	int			feature;		/* -1: none */
	uint16		cut;
	bool		missing_left;
	/* a category's set is in Grower.best_set */
} Split;

typedef struct Grower
{
	const TreeData *data;
	const TreeParams *params;
	Random	   *random;
	ByteWriter *out;
	double	   *importance;
	int			classes;
	bool		compact_pays;

	Drawn	   *item;
	Drawn	   *spill;

	/* the bins that item.row points into, and those of the whole tree */
	const uint16 *bin;
	Size		stride;
	const double *value;
	const uint16 *tree_bin;
	Size		tree_stride;
	const double *tree_value;
	uint16	   *compact_bin;
	double	   *compact_value;

	int		   *feature;		/* a permutation, drawn from */

	/* one feature in one node */
	uint16	   *node_bin;		/* bin of each row */
	uint32	   *sorted;			/* "drawn" of each row, by bin */
	uint32	   *count;			/* rows in each bin; all zero in between */
	uint32	   *place;			/* where the bin starts in sorted; or which
								 * level it is */
	uint64	   *seen;			/* bins that occur, a bit each; zero between */
	int		   *level;			/* the bins that occur, ascending */
	int			levels;
	double	   *bin_weight;		/* regression; of the bins that occur */
	double	   *bin_sum;
	uint32	   *table;			/* levels x classes */
	Size		table_size;
	double	   *level_score;
	double	   *direction;		/* classes */
	double	   *next_direction;
	int		   *level_order;

	/* the node */
	int64	   *total;			/* weight of each class */
	int64	   *left;
	double		weight;
	double		sum;			/* regression */
	uint32		rows;
	Split		best;
	uint32	   *best_set;		/* by bin */
} Grower;

/* Copy the bins of n items together and let the items point there. */
static void
copy_together(Grower *g, Drawn *item, uint32 n, uint16 *bin, double *value)
{
	for (int f = 0; f < g->data->features; f++)
	{
		const uint16 *from = g->bin + g->stride * f;
		uint16	   *to = bin + (Size) n * f;

		for (uint32 i = 0; i < n; i++)
			to[i] = from[item[i].row];
	}
	if (g->value != NULL)
		for (uint32 i = 0; i < n; i++)
			value[i] = g->value[item[i].row];
	for (uint32 i = 0; i < n; i++)
		item[i].row = i;
	g->bin = bin;
	g->stride = n;
	g->value = value;
}

/*
 * Find which bins occur among the items, and how often.  Leaves node_bin,
 * count, level and levels; forget_bins() clears them.
 */
static void
count_bins(Grower *g, const Drawn *item, uint32 n, int f)
{
	const uint16 *bin = g->bin + g->stride * f;
	uint16	   *node_bin = g->node_bin;
	uint32	   *count = g->count;
	uint64	   *seen = g->seen;
	int		   *level = g->level;
	int			nbins = g->data->feature[f].nbins;
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
	g->levels = levels;
}

static void
forget_bins(Grower *g)
{
	for (int i = 0; i < g->levels; i++)
		g->count[g->level[i]] = 0;
}

/* Between two bins that occur, cut in the middle of those that do not. */
static uint16
cut_after(const Grower *g, int i)
{
	return (uint16) (g->level[i] + (g->level[i + 1] - g->level[i] - 1) / 2);
}

/* Where nothing was missing, missing follows the larger side. */
static inline void
consider(Grower *g, double score, int f, uint16 cut, uint32 left_rows,
		 bool missing, bool missing_left)
{
	if (score > g->best.score)
	{
		g->best.score = score;
		g->best.feature = f;
		g->best.cut = cut;
		g->best.missing_left = missing ? missing_left : left_rows * 2 >= g->rows;
	}
}

/*
 * Pass the sorted rows of a number once and try every cut.  Missing rows (the
 * first level, if it is bin 0) are left or right.
 */
static void
scan_classes(Grower *g, int f, bool missing, bool missing_left)
{
	const uint32 *sorted = g->sorted;
	const uint32 *count = g->count;
	const int	*level = g->level;
	int			levels = g->levels;
	int64	   *left = g->left;
	const int64 *total = g->total;
	uint32		rows = g->rows;
	uint32		min_leaf = g->params->min_leaf;
	uint32		at = 0;
	uint32		missing_rows = missing ? g->count[0] : 0;
	int64		left_weight = 0;
	int64		left_squares = 0;
	int64		right_squares = 0;
	double		all = g->weight;
	int			first = missing && !missing_left ? 1 : 0;

	memset(left, 0, sizeof(int64) * g->classes);
	for (int c = 0; c < g->classes; c++)
		right_squares += total[c] * total[c];
	if (first == 1)
		at = missing_rows;

	for (int i = first; i < levels - 1; i++)
	{
		uint32		end = at + count[level[i]];
		uint32		left_rows;

		for (; at < end; at++)
		{
			uint32		c = ITEM_CLASS(sorted[at]);
			int64		w = ITEM_WEIGHT(sorted[at]);
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
		consider(g,
				 left_squares / (double) left_weight +
				 right_squares / (all - left_weight),
				 f, cut_after(g, i), left_rows, missing, missing_left);
	}
}

/* The same for a numeric label, over the sums of the bins. */
static void
scan_values(Grower *g, int f, bool missing, bool missing_left)
{
	uint32		min_leaf = g->params->min_leaf;
	uint32		left_rows = 0;
	double		left_weight = 0;
	double		left_sum = 0;

	for (int i = missing && !missing_left ? 1 : 0; i < g->levels - 1; i++)
	{
		int			b = g->level[i];
		double		right_sum;

		left_rows += g->count[b];
		left_weight += g->bin_weight[b];
		left_sum += g->bin_sum[b];
		if (left_rows < min_leaf)
			continue;
		if (g->rows - left_rows < min_leaf)
			break;
		right_sum = g->sum - left_sum;
		consider(g,
				 left_sum * left_sum / left_weight +
				 right_sum * right_sum / (g->weight - left_weight),
				 f, cut_after(g, i), left_rows, missing, missing_left);
	}
}

/* Weight and sum of the label in each bin that occurs. */
static void
sum_bins(Grower *g, const Drawn *item, uint32 n)
{
	for (int i = 0; i < g->levels; i++)
		g->bin_weight[g->level[i]] = g->bin_sum[g->level[i]] = 0;
	for (uint32 i = 0; i < n; i++)
	{
		uint16		b = g->node_bin[i];
		double		w = ITEM_WEIGHT(item[i].drawn);

		g->bin_weight[b] += w;
		g->bin_sum[b] += w * g->value[item[i].row];
	}
}

static void
try_number(Grower *g, const Drawn *item, uint32 n, int f)
{
	bool		missing = g->level[0] == 0;

	if (g->classes > 0)
	{
		const uint16 *node_bin = g->node_bin;
		uint32	   *place = g->place;
		uint32	   *sorted = g->sorted;
		uint32		start = 0;

		for (int i = 0; i < g->levels; i++)
		{
			place[g->level[i]] = start;
			start += g->count[g->level[i]];
		}
		for (uint32 i = 0; i < n; i++)
			sorted[place[node_bin[i]]++] = item[i].drawn;
		scan_classes(g, f, missing, true);
		if (missing)
			scan_classes(g, f, missing, false);
	}
	else
	{
		sum_bins(g, item, n);
		scan_values(g, f, missing, true);
		if (missing)
			scan_values(g, f, missing, false);
	}
}

/*
 * Score the levels by the first principal component of their class shares,
 * weighted by size, by power iteration from the deviation of the largest
 * level.  (An iteration that has not yet settled still gives an order.)
 */
static void
score_by_component(Grower *g)
{
	int			classes = g->classes;
	int			largest = 0;
	double		previous = -1;

	for (int i = 1; i < g->levels; i++)
		if (g->count[g->level[i]] > g->count[g->level[largest]])
			largest = i;
	for (int c = 0; c < classes; c++)
		g->direction[c] = (double) g->table[(Size) largest * classes + c] / g->bin_weight[g->level[largest]]
			- g->total[c] / g->weight;

	for (int step = 0; step < POWER_STEPS; step++)
	{
		double		norm = 0;
		double		mean = 0;

		for (int c = 0; c < classes; c++)
			norm += g->direction[c] * g->direction[c];
		norm = sqrt(norm);
		if (norm < 1e-300)
		{
			/* the largest level is as the whole: start from an axis */
			memset(g->direction, 0, sizeof(double) * classes);
			g->direction[step % classes] = 1;
			norm = 1;
		}
		for (int c = 0; c < classes; c++)
		{
			g->direction[c] /= norm;
			mean += g->direction[c] * g->total[c];
			g->next_direction[c] = 0;
		}
		mean /= g->weight;
		for (int i = 0; i < g->levels; i++)
		{
			const uint32 *row = g->table + (Size) i * classes;
			double		dot = 0;

			for (int c = 0; c < classes; c++)
				dot += row[c] * g->direction[c];
			dot = dot / g->bin_weight[g->level[i]] - mean;
			g->level_score[i] = dot;
			/* weight * (share - mean share) * dot; weight * share is the row */
			for (int c = 0; c < classes; c++)
				g->next_direction[c] += dot * row[c];
		}
		/* the mean part sums to nothing, as the weighted dots do */
		if (previous > 0 && fabs(norm - previous) <= 1e-9 * norm)
			break;
		previous = norm;
		memcpy(g->direction, g->next_direction, sizeof(double) * classes);
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
keep_set(Grower *g, int f, int n, uint32 left_rows)
{
	int			nbins = g->data->feature[f].nbins;
	int			words = (nbins + 31) / 32;
	bool		missing_left;

	if (g->level[0] == 0)
	{
		missing_left = false;
		for (int i = 0; i < n; i++)
			missing_left |= g->level_order[i] == 0;
	}
	else
		missing_left = left_rows * 2 >= g->rows;

	memset(g->best_set, missing_left ? 0xFF : 0, sizeof(uint32) * words);
	if (missing_left && nbins % 32 != 0)
		g->best_set[words - 1] &= (UINT32_C(1) << (nbins % 32)) - 1;
	for (int i = 0; i < g->levels; i++)
	{
		int			b = g->level[g->level_order[i]];

		if (i < n)
			g->best_set[b >> 5] |= UINT32_C(1) << (b & 31);
		else
			g->best_set[b >> 5] &= ~(UINT32_C(1) << (b & 31));
	}
	g->best.missing_left = missing_left;
}

static void
try_category(Grower *g, const Drawn *item, uint32 n, int f)
{
	int			classes = g->classes;
	uint32		left_rows = 0;
	double		left_weight = 0;
	double		left_sum = 0;
	int			best_n = 0;
	uint32		best_rows = 0;
	double		before = g->best.score;

	if (classes > 0)
	{
		Size		need = mul_size(g->levels, classes);

		if (need > g->table_size)
		{
			if (g->table != NULL)
				pfree(g->table);
			g->table = crimeml_array(uint32, need);
			g->table_size = need;
		}
		memset(g->table, 0, sizeof(uint32) * need);
		for (int i = 0; i < g->levels; i++)
		{
			g->place[g->level[i]] = i;
			g->bin_weight[g->level[i]] = 0;
		}
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = g->node_bin[i];

			g->table[(Size) g->place[b] * classes + ITEM_CLASS(item[i].drawn)] +=
				ITEM_WEIGHT(item[i].drawn);
			g->bin_weight[b] += ITEM_WEIGHT(item[i].drawn);
		}
		if (classes == 2)
			for (int i = 0; i < g->levels; i++)
				g->level_score[i] = g->table[2 * i + 1] / g->bin_weight[g->level[i]];
		else
			score_by_component(g);
	}
	else
	{
		sum_bins(g, item, n);
		for (int i = 0; i < g->levels; i++)
			g->level_score[i] = g->bin_sum[g->level[i]] / g->bin_weight[g->level[i]];
	}

	for (int i = 0; i < g->levels; i++)
		g->level_order[i] = i;
	qsort_arg(g->level_order, g->levels, sizeof(int), compare_levels, g->level_score);

	memset(g->left, 0, sizeof(int64) * classes);
	for (int i = 0; i < g->levels - 1; i++)
	{
		int			l = g->level_order[i];
		int			b = g->level[l];
		double		left_score = 0;
		double		right_score = 0;

		left_rows += g->count[b];
		left_weight += g->bin_weight[b];
		if (classes > 0)
		{
			const uint32 *row = g->table + (Size) l * classes;

			for (int c = 0; c < classes; c++)
			{
				double		to_left = g->left[c] += row[c];
				double		to_right = g->total[c] - g->left[c];

				left_score += to_left * to_left;
				right_score += to_right * to_right;
			}
		}
		else
		{
			left_sum += g->bin_sum[b];
			left_score = left_sum * left_sum;
			right_score = (g->sum - left_sum) * (g->sum - left_sum);
		}
		if (left_rows < (uint32) g->params->min_leaf)
			continue;
		if (g->rows - left_rows < (uint32) g->params->min_leaf)
			break;
		consider(g, left_score / left_weight + right_score / (g->weight - left_weight),
				 f, TREE_SET, left_rows, false, false);
		if (g->best.score > before)
		{
			before = g->best.score;
			best_n = i + 1;
			best_rows = left_rows;
		}
	}
	if (best_n > 0)
		keep_set(g, f, best_n, best_rows);
}

/*
 * Try features drawn without replacement until mtry have been seen, one of
 * which at least was not constant in the node.
 */
static void
find_split(Grower *g, const Drawn *item, uint32 n)
{
	int			features = g->data->features;
	int			useful = 0;

	g->best.score = -1;
	g->best.feature = -1;
	for (int tried = 0; tried < features; tried++)
	{
		int			f;

		if (tried >= g->params->mtry && useful > 0)
			break;
		if (g->params->mtry < features)
		{
			int			drawn = tried + random_below(g->random, features - tried);
			int			swap = g->feature[drawn];

			g->feature[drawn] = g->feature[tried];
			g->feature[tried] = swap;
		}
		f = g->feature[tried];

		CHECK_FOR_INTERRUPTS();
		count_bins(g, item, n, f);
		if (g->levels > 1)
		{
			useful++;
			if (g->data->feature[f].is_category)
				try_category(g, item, n, f);
			else
				try_number(g, item, n, f);
		}
		forget_bins(g);
	}
}

/* Which side a bin goes to. */
static inline bool
goes_left(const Grower *g, bool by_set, uint16 bin)
{
	if (by_set)
		return (g->best_set[bin >> 5] >> (bin & 31)) & 1;
	if (bin == 0)
		return g->best.missing_left;
	return bin <= g->best.cut;
}

/* Left rows to the front, both sides in their old order; returns how many. */
static uint32
partition(Grower *g, Drawn *item, uint32 n)
{
	const uint16 *bin = g->bin + g->stride * g->best.feature;
	bool		by_set = g->data->feature[g->best.feature].is_category;
	Drawn	   *spill = g->spill;
	uint32		left = 0;
	uint32		right = 0;

	for (uint32 i = 0; i < n; i++)
	{
		Drawn		it = item[i];
		bool		to_left = goes_left(g, by_set, bin[it.row]);

		item[left] = it;
		spill[right] = it;
		left += to_left;
		right += !to_left;
	}
	memcpy(item + left, spill, sizeof(Drawn) * right);
	return left;
}

/* A set as a list of bins or as bits, whichever is shorter. */
static void
write_set(Grower *g, int f)
{
	int			nbins = g->data->feature[f].nbins;
	int			members = 0;
	int			last = 0;

	for (int b = 0; b < nbins; b++)
		if ((g->best_set[b >> 5] >> (b & 31)) & 1)
		{
			members++;
			last = b;
		}
	if (members < last / 8 + 1)
	{
		int			previous = 0;

		write_varint(g->out, ((uint64) members << 1) | 1);
		for (int b = 0; b <= last; b++)
			if ((g->best_set[b >> 5] >> (b & 31)) & 1)
			{
				write_varint(g->out, b - previous);
				previous = b;
			}
	}
	else
	{
		int			bytes = last / 8 + 1;

		write_varint(g->out, (uint64) bytes << 1);
		for (int i = 0; i < bytes; i++)
			write_u8(g->out, (uint8) (g->best_set[i / 4] >> (8 * (i % 4))));
	}
}

static void
write_leaf(Grower *g)
{
	write_varint(g->out, 0);
	if (g->classes > 0)
	{
		int			n = 0;
		int			previous = 0;

		for (int c = 0; c < g->classes; c++)
			n += g->total[c] > 0;
		write_varint(g->out, n);
		for (int c = 0; c < g->classes; c++)
			if (g->total[c] > 0)
			{
				write_varint(g->out, c - previous);
				write_varint(g->out, g->total[c]);
				previous = c;
			}
	}
	else
		write_f64(g->out, g->data->center + g->sum / g->weight);
}

/*
 * The node's totals.  Returns its own score, against which a split gains, and
 * says whether all its labels agree.
 */
static double
sum_node(Grower *g, const Drawn *item, uint32 n, bool *pure)
{
	g->rows = n;
	g->weight = 0;
	*pure = true;
	if (g->classes > 0)
	{
		double		squares = 0;
		int64		weight = 0;
		int64	   *total = g->total;

		memset(total, 0, sizeof(int64) * g->classes);
		for (uint32 i = 0; i < n; i++)
			total[ITEM_CLASS(item[i].drawn)] += ITEM_WEIGHT(item[i].drawn);
		for (int c = 0; c < g->classes; c++)
		{
			weight += total[c];
			squares += (double) total[c] * total[c];
		}
		g->weight = weight;
		*pure = total[ITEM_CLASS(item[0].drawn)] == weight;
		return squares / g->weight;
	}
	g->sum = 0;
	for (uint32 i = 0; i < n; i++)
	{
		double		w = ITEM_WEIGHT(item[i].drawn);
		double		v = g->value[item[i].row];

		g->weight += w;
		g->sum += w * v;
		*pure &= v == g->value[item[0].row];
	}
	return g->sum * g->sum / g->weight;
}

/* Buffers for a tree of n rows. */
static void
grower_init(Grower *g, uint32 n)
{
	const TreeData *data = g->data;
	int			features = data->features;
	int			nbins = 2;
	int			classes = Max(g->classes, 1);

	for (int f = 0; f < features; f++)
		nbins = Max(nbins, data->feature[f].nbins);

	g->compact_pays = features <= 8 * g->params->mtry;
	g->item = crimeml_array(Drawn, n);
	g->spill = crimeml_array(Drawn, n);
	g->node_bin = crimeml_array(uint16, n);
	g->sorted = crimeml_array(uint32, n);
	g->feature = crimeml_array(int, features);
	for (int f = 0; f < features; f++)
		g->feature[f] = f;
	g->count = crimeml_array(uint32, nbins);
	g->place = crimeml_array(uint32, nbins);
	g->seen = crimeml_array(uint64, (nbins + 63) / 64);
	g->level = crimeml_array(int, nbins);
	g->bin_weight = crimeml_array(double, nbins);
	g->bin_sum = crimeml_array(double, nbins);
	g->level_score = crimeml_array(double, nbins);
	g->level_order = crimeml_array(int, nbins);
	g->best_set = crimeml_array(uint32, (nbins + 31) / 32);
	g->total = crimeml_array(int64, classes);
	g->left = crimeml_array(int64, classes);
	g->direction = crimeml_array(double, classes);
	g->next_direction = crimeml_array(double, classes);
	if (g->compact_pays)
	{
		uint16	   *bin = crimeml_array(uint16, mul_size(n, features));
		double	   *value = data->value ? crimeml_array(double, n) : NULL;
		uint32		rows = Min(n, COMPACT_ROWS);

		g->tree_bin = bin;
		g->tree_value = value;
		g->compact_bin = crimeml_array(uint16, mul_size(rows, features));
		g->compact_value = data->value ? crimeml_array(double, rows) : NULL;
	}
}

void
tree_grow(const TreeData *data, const TreeParams *params,
		  Random *random, ByteWriter *out, double *importance)
{
	Grower		grower = {0};
	Grower	   *g = &grower;
	Pending    *stack;
	int			depth = 1;
	int			stack_size = 64;
	uint32		n = 0;

	g->data = data;
	g->params = params;
	g->random = random;
	g->out = out;
	g->importance = importance;
	g->classes = data->classes;

	for (int64 i = 0; i < data->rows; i++)
		n += data->weight[i] > 0;
	grower_init(g, n);
	n = 0;
	for (int64 i = 0; i < data->rows; i++)
		if (data->weight[i] > 0)
		{
			g->item[n].row = (uint32) i;
			g->item[n++].drawn = (uint32) data->weight[i] << 16 |
				(data->classes > 0 ? data->label[i] : 0);
		}

	g->bin = data->bin;
	g->stride = data->rows;
	g->value = data->value;
	if (g->compact_pays)
		copy_together(g, g->item, n, (uint16 *) g->tree_bin, (double *) g->tree_value);
	g->tree_bin = g->bin;
	g->tree_stride = g->stride;
	g->tree_value = g->value;

	stack = palloc(sizeof(Pending) * stack_size);
	stack[0] = (Pending) {0, n, 0, false};
	while (depth > 0)
	{
		Pending		node = stack[--depth];
		Drawn	   *item = g->item + node.begin;
		uint32		rows = node.end - node.begin;
		uint32		left;
		double		score;
		bool		pure;

		CHECK_FOR_INTERRUPTS();
		if (!node.compact)
		{
			g->bin = g->tree_bin;
			g->stride = g->tree_stride;
			g->value = g->tree_value;
			if (g->compact_pays && rows <= COMPACT_ROWS)
			{
				copy_together(g, item, rows, g->compact_bin, g->compact_value);
				node.compact = true;
			}
		}

		score = sum_node(g, item, rows, &pure);
		g->best.feature = -1;
		if (!pure && rows / 2 >= (uint32) params->min_leaf && rows >= 2 &&
			(params->max_depth == 0 || node.depth < params->max_depth))
			find_split(g, item, rows);
		if (g->best.feature < 0)
		{
			write_leaf(g);
			continue;
		}

		importance[g->best.feature] += Max(g->best.score - score, 0);
		if (data->feature[g->best.feature].is_category)
		{
			write_varint(out, 1 + 2 * (uint64) g->best.feature);
			write_set(g, g->best.feature);
		}
		else
		{
			write_varint(out, 1 + 2 * (uint64) g->best.feature + !g->best.missing_left);
			write_varint(out, g->best.cut);
		}
		left = partition(g, item, rows);

		if (depth + 2 > stack_size)
		{
			stack_size *= 2;
			stack = repalloc(stack, sizeof(Pending) * stack_size);
		}
		stack[depth++] = (Pending) {node.begin + left, node.end, node.depth + 1, node.compact};
		stack[depth++] = (Pending) {node.begin, node.begin + left, node.depth + 1, node.compact};
	}
}

/* Room for n more elements in one of the store's arrays. */
static void *
make_room(void *array, Size size, uint32 used, uint32 n, uint32 *capacity)
{
	uint64		need = (uint64) used + n;
	uint64		grown = Max(need, (uint64) *capacity + *capacity / 2 + 1024);

	if (need <= *capacity)
		return array;
	if (need > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the trees of the model have too many nodes")));
	*capacity = (uint32) Min(grown, PG_INT32_MAX);
	if (array == NULL)
		return crimeml_alloc(CurrentMemoryContext, *capacity, size);
	return crimeml_realloc(array, *capacity, size);
}

static TreeNode *
add_node(TreeStore *store)
{
	store->node = make_room(store->node, sizeof(TreeNode), store->nnodes, 1,
							&store->node_capacity);
	return &store->node[store->nnodes++];
}

static uint32 *
add_leaf_words(TreeStore *store, uint32 n)
{
	store->leaf = make_room(store->leaf, sizeof(uint32), store->nleaf, n,
							&store->leaf_capacity);
	store->nleaf += n;
	return store->leaf + store->nleaf - n;
}

/* A leaf's entries; wide where a count does not fit 16 bits. */
static void
unpack_leaf(TreeStore *store, ByteReader *r)
{
	uint32		at = store->nleaf;
	uint32		n;
	uint64		class = 0;
	uint64		sum = 0;
	bool		wide = false;
	uint32	   *leaf;

	add_node(store)->entry = TREE_LEAF;
	store->node[store->nnodes - 1].cut = 0;
	store->node[store->nnodes - 1].next = at;
	if (store->classes == 0)
	{
		double		value = read_f64(r);

		if (!isfinite(value))
			reader_damaged(r, "a leaf has no finite value");
		memcpy(add_leaf_words(store, 2), &value, sizeof(value));
		return;
	}

	n = read_count(r, 2, store->classes);
	if (n == 0)
		reader_damaged(r, "a leaf is empty");
	leaf = add_leaf_words(store, 2 + 2 * n);
	for (uint32 i = 0; i < n; i++)
	{
		uint64		delta = read_varint(r);
		uint64		count = read_varint(r);

		if ((i > 0 && delta == 0) || delta >= (uint64) store->classes - class ||
			count == 0 || count > PG_UINT32_MAX - sum)
			reader_damaged(r, "a leaf has a wrong class or count");
		class += delta;
		sum += count;
		wide |= count > 0xFFFF;
		leaf[2 + i] = (uint32) class;
		leaf[2 + n + i] = (uint32) count;
	}
	leaf[0] = n | (wide ? TREE_WIDE : 0);
	leaf[1] = (uint32) sum;
	if (!wide)
	{
		for (uint32 i = 0; i < n; i++)
			leaf[2 + i] |= leaf[2 + n + i] << 16;
		store->nleaf -= n;
	}
}

/* A set as it is written: a list stays a list, so that few of many levels
 * take little room. */
static void
unpack_set(TreeStore *store, int f, ByteReader *r)
{
	uint64		head = read_varint(r);
	uint64		n = head >> 1;
	uint64		limit = head & 1 ? store->nbins[f] : (store->nbins[f] + 7) / 8;
	uint32		words = head & 1 ? (uint32) n : (uint32) (n + 3) / 4;
	uint32	   *set;

	if (n > limit || n > r->len - r->at)
		reader_damaged(r, "a set has too many levels");
	store->set = make_room(store->set, sizeof(uint32), store->nset, words + 1,
						   &store->set_capacity);
	set = store->set + store->nset;
	store->nset += words + 1;
	if (head & 1)
	{
		uint64		b = 0;

		set[0] = TREE_LIST | words;
		for (uint32 i = 0; i < words; i++)
		{
			uint64		delta = read_varint(r);

			if ((i > 0 && delta == 0) || delta >= store->nbins[f] - b)
				reader_damaged(r, "a set has an unknown level");
			b += delta;
			set[1 + i] = (uint32) b;
		}
	}
	else
	{
		const uint8 *bytes = read_bytes(r, n);

		set[0] = words;
		memset(set + 1, 0, sizeof(uint32) * words);
		for (uint32 i = 0; i < n; i++)
			set[1 + i / 4] |= (uint32) bytes[i] << (8 * (i % 4));
	}
}

uint32
tree_unpack(TreeStore *store, ByteReader *r)
{
	uint32		root = store->nnodes;
	int			capacity = 64;
	int			open = 0;		/* nodes whose right child is still to come */
	uint32	   *waiting = palloc(sizeof(uint32) * capacity);

	for (;;)
	{
		uint64		tag = read_varint(r);

		if ((store->nnodes & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (tag > 2 * (uint64) store->features)
			reader_damaged(r, "a node splits an unknown feature");
		if (tag == 0)
		{
			unpack_leaf(store, r);
			if (open == 0)
				break;
			store->node[waiting[--open]].next = store->nnodes;
			continue;
		}
		if (open == capacity)
		{
			capacity *= 2;
			waiting = repalloc_huge(waiting, sizeof(uint32) * (Size) capacity);
		}
		waiting[open++] = store->nnodes;
		{
			int			f = (int) ((tag - 1) / 2);
			TreeNode   *node = add_node(store);

			node->entry = (uint16) (tag - 1);
			node->next = 0;
			if (store->is_category[f])
			{
				node->cut = TREE_SET;
				if ((tag - 1) & 1)
					reader_damaged(r, "a node splits a category as a number");
				node = add_node(store);
				node->entry = node->cut = 0;
				node->next = store->nset;
				unpack_set(store, f, r);
			}
			else
			{
				uint64		cut = read_varint(r);

				if (cut >= (uint64) store->nbins[f])
					reader_damaged(r, "a node has an unknown cut");
				node->cut = (uint16) cut;
			}
		}
	}
	pfree(waiting);
	return root;
}
