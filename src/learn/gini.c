/*
 * gini.c
 *		The best cut of a number by plain Gini, where a node has few rows or many.
 *
 * The score of a cut is the sum over both sides of the squared weights of the
 * classes by the side's weight.  With one denominator L (W - L), where L and W
 * are the weights of the left and of the node, the numerator is
 * W sum(l^2) + L (sum(t^2) - 2 sum(l t)), l and t being a class's weights on the
 * left and in the node.
 */
#include "learn/gini.h"

/* Products of five weights of so much fit integers. */
#define FEW_WEIGHT 4096

/* A key is a row's bin, and its place in the node below. */
#define KEY(bin, place) ((uint32) (bin) << 16 | (place))
#define KEY_BIN(key) ((key) >> 16)
#define KEY_PLACE(key) ((key) & 0xFFFF)

/* A cell counts the rows of a bin and a class, and their weight. */
#define CELL(rows, weight) ((uint64) (rows) << 32 | (weight))
#define CELL_ROWS(cell) ((uint32) ((cell) >> 32))
#define CELL_WEIGHT(cell) ((uint32) (cell))

bool
gini_few_start(GiniFew *few, SplitSearch *s, const Drawn *item, uint32 n)
{
	if (n > GINI_FEW || s->weight > FEW_WEIGHT)
		return false;
	for (int k = 0; k < s->nclass; k++)
		s->class_rank[s->class[k]] = k;
	few->n = n;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		c = DRAWN_CLASS(item[i].drawn);
		uint32		w = DRAWN_WEIGHT(item[i].drawn);

		few->row[i].place = item[i].row;
		few->row[i].twice = 2 * w * s->total[c];
		few->row[i].weight = w;
		few->row[i].class = s->class_rank[c];
	}
	return true;
}

/*
 * Each key's place is how many are less: work that grows with the square of
 * the keys, and no branch that depends on them.
 */
static inline void
sort_keys(const uint32 *key, uint32 n, uint32 *sorted)
{
	int			place[GINI_FEW];

	for (uint32 i = 0; i < n; i++)
	{
		int			less = 0;

		for (uint32 j = 0; j < i; j++)
		{
			int			before = key[j] < key[i];

			less += before;
			place[j] += 1 - before;
		}
		place[i] = less;
	}
	for (uint32 i = 0; i < n; i++)
		sorted[place[i]] = key[i];
}

static void
scan_few(SplitSearch *s, const GiniFew *few, const uint32 *sorted, int f,
		 uint32 missing, bool missing_left)
{
	uint32		first = missing_left ? 0 : missing;
	uint32		least = first + s->params->min_leaf;
	/* those that are missing may be on the right */
	uint32		end = Min(few->n - 1, few->n - s->params->min_leaf + first);
	int32		left[GINI_FEW] = {0};
	int64		all = s->weight;
	int64		weight = 0;
	int64		squares = 0;
	int64		rest = s->squares;
	int64		best_score = 0;
	int64		best_weights = 1;
	uint32		best = 0;

	for (uint32 i = first; i < end; i++)
	{
		uint32		place = KEY_PLACE(sorted[i]);
		int64		w = few->row[place].weight;
		int64		l = left[few->row[place].class];
		bool		cut = (KEY_BIN(sorted[i]) != KEY_BIN(sorted[i + 1])) & (i + 1 >= least);
		int64		score;
		int64		weights;
		bool		better;

		left[few->row[place].class] = l + w;
		squares += w * (2 * l + w);
		rest -= few->row[place].twice;
		weight += w;
		score = (all * squares + rest * weight) & -(int64) cut;
		weights = weight * (all - weight);
		better = score * best_weights > best_score * weights;
		best_score = better ? score : best_score;
		best_weights = better ? weights : best_weights;
		best = better ? i + 1 : best;
	}
	if (best > 0)
	{
		int			bin = KEY_BIN(sorted[best - 1]);
		int			next = KEY_BIN(sorted[best]);

		split_consider(s, (double) best_score / best_weights, f, bin + (next - bin - 1) / 2,
					   best - first, missing > 0, missing_left);
	}
}

bool
gini_try_few(SplitSearch *s, const GiniFew *few, int f)
{
	const uint16 *bin = s->bin + s->stride * f;
	uint32		n = few->n;
	uint32		key[GINI_FEW];
	uint32		sorted[GINI_FEW];
	uint32		differ = 0;
	uint32		missing = 0;

	for (uint32 i = 0; i < n; i++)
	{
		key[i] = KEY(bin[few->row[i].place], i);
		differ |= key[i] ^ key[0];
	}
	if (KEY_BIN(differ) == 0)
		return false;
	sort_keys(key, n, sorted);

	while (KEY_BIN(sorted[missing]) == 0)
		missing++;
	scan_few(s, few, sorted, f, missing, true);
	if (missing > 0)
		scan_few(s, few, sorted, f, missing, false);
	return true;
}

bool
gini_many(const SplitSearch *s, uint32 n, int f)
{
	Size		cells = (Size) s->data->feature[f].nbins * s->classes;

	return cells <= n && cells <= GINI_CELLS && s->weight <= PG_UINT32_MAX;
}

static void
scan_many(SplitSearch *s, int f, uint32 missing, bool missing_left)
{
	const int64 *total = s->total;
	const int  *class = s->class;
	int64	   *left = s->left;
	int			nclass = s->nclass;
	int			nbins = s->data->feature[f].nbins;
	uint32		min_leaf = s->params->min_leaf;
	int64		weight = 0;
	int64		squares = 0;
	int64		products = 0;	/* of the classes on the left and in all */
	uint32		rows = 0;
	uint32		end = s->rows - (missing_left ? 0 : missing);
	GiniCut		best = GINI_NO_CUT;
	int			next = -1;		/* the bin that occurs after the best */
	int			last = -1;

	for (int k = 0; k < nclass; k++)
		left[class[k]] = 0;
	for (int b = missing_left ? 0 : 1; b < nbins; b++)
	{
		const uint64 *cell = s->cell + (Size) b * s->classes;
		uint64		sum = 0;

		for (int k = 0; k < nclass; k++)
		{
			int			c = class[k];
			int64		w = CELL_WEIGHT(cell[c]);
			int64		l = left[c];

			sum += cell[c];
			squares += w * (2 * l + w);
			products += w * total[c];
			left[c] = l + w;
		}
		if (sum == 0)
			continue;
		if (best.after >= 0 && best.after == last)
			next = b;
		last = b;
		weight += CELL_WEIGHT(sum);
		rows += CELL_ROWS(sum);
		if (rows < min_leaf)
			continue;
		if (s->rows - rows < min_leaf || rows == end)
			break;
		gini_compare(&best, s, weight, squares, products, b, rows);
	}
	if (best.after >= 0)
		split_consider(s, best.score / best.weights, f,
					   best.after + (next - best.after - 1) / 2, best.left_rows,
					   missing > 0, missing_left);
}

bool
gini_try_many(SplitSearch *s, const Drawn *item, uint32 n, int f)
{
	const uint16 *bin = s->bin + s->stride * f;
	uint64	   *cell = s->cell;
	int			classes = s->classes;
	int			nbins = s->data->feature[f].nbins;
	uint32		missing = 0;
	uint32		first = bin[item[0].row];
	bool		differ = false;

	memset(cell, 0, sizeof(uint64) * nbins * classes);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		b = bin[item[i].row];

		differ |= b != first;
		cell[b * classes + DRAWN_CLASS(item[i].drawn)] += CELL(1, DRAWN_WEIGHT(item[i].drawn));
	}
	for (int c = 0; c < classes; c++)
		missing += CELL_ROWS(cell[c]);

	CHECK_FOR_INTERRUPTS();
	scan_many(s, f, missing, true);
	if (missing > 0)
		scan_many(s, f, missing, false);
	return differ;
}
