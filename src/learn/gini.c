/*
 * gini.c
 *		The best cut of a number by plain Gini.
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

/*
 * The best cut of a feature, its score as a fraction: to compare takes no
 * division.
 */
typedef struct GiniCut
{
	double		score;
	double		weights;
	int			after;			/* the last on the left of it; -1: none */
	uint32		left_rows;
} GiniCut;

#define GINI_NO_CUT ((GiniCut) {0, 1, -1, 0})

/*
 * Is this one better?  Of the classes are given the squares of what is on the
 * left, and the products of that with what is in the node.
 */
static inline void
gini_compare(GiniCut *best, const GrowNode *node, int64 left_weight, int64 left_squares,
			 int64 products, int after, uint32 left_rows)
{
	int64		right_squares = node->squares - 2 * products + left_squares;
	double		right_weight = node->weight - left_weight;
	double		score = left_squares * right_weight + (double) right_squares * left_weight;
	double		weights = left_weight * right_weight;

	if (score * best->weights > best->score * weights)
		*best = (GiniCut) {score, weights, after, left_rows};
}

void
gini_init(Gini *gini, const TreeData *data, uint32 rows)
{
	gini->is_few = false;
	gini->class_rank = crimeml_array(uint16, data->classes);
	gini->cell = crimeml_array(uint64, Min(GINI_CELLS, rows));
	gini->left = crimeml_array(int64, data->classes);
}

/* ----------
 * Few rows
 * ----------
 */

void
gini_start(Gini *gini, const GrowNode *node)
{
	GiniFew    *few = &gini->few;
	const Drawn *item = node->item;

	gini->is_few = node->rows <= GINI_FEW && node->weight <= FEW_WEIGHT;
	if (!gini->is_few)
		return;
	for (int k = 0; k < node->nclass; k++)
		gini->class_rank[node->class[k]] = k;
	few->n = node->rows;
	for (uint32 i = 0; i < few->n; i++)
	{
		uint32		c = DRAWN_CLASS(item[i].drawn);
		uint32		w = DRAWN_WEIGHT(item[i].drawn);

		few->row[i].place = item[i].row;
		few->row[i].twice = 2 * w * node->total[c];
		few->row[i].weight = w;
		few->row[i].class = gini->class_rank[c];
	}
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
scan_few(const GiniFew *few, const GrowNode *node, const uint32 *sorted, int f,
		 uint32 missing, bool missing_left, BestSplit *split)
{
	uint32		first = missing_left ? 0 : missing;
	uint32		least = first + node->params->min_leaf;
	/* those that are missing may be on the right */
	uint32		end = Min(few->n - 1, few->n - node->params->min_leaf + first);
	int32		left[GINI_FEW] = {0};
	int64		all = node->weight;
	int64		weight = 0;
	int64		squares = 0;
	int64		rest = node->squares;
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

		best_split_consider(split, node, (double) best_score / best_weights, f,
							bin + (next - bin - 1) / 2, best - first, missing > 0,
							missing_left);
	}
}

static bool
try_few(const GiniFew *few, const GrowNode *node, int f, BestSplit *best)
{
	const uint16 *bin = node->view.bin + node->view.stride * f;
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
	scan_few(few, node, sorted, f, missing, true, best);
	if (missing > 0)
		scan_few(few, node, sorted, f, missing, false, best);
	return true;
}

/* ----------
 * A contingency table
 * ----------
 */

/* Whether the table has no more cells than the node has rows. */
static bool
table_pays(const GrowNode *node, int f)
{
	Size		cells = (Size) node->data->feature[f].nbins * node->data->classes;

	return cells <= node->rows && cells <= GINI_CELLS && node->weight <= PG_UINT32_MAX;
}

static void
scan_table(const Gini *gini, const GrowNode *node, int f, uint32 missing, bool missing_left,
		   BestSplit *split)
{
	const int64 *total = node->total;
	const int  *class = node->class;
	int64	   *left = gini->left;
	int			nclass = node->nclass;
	int			classes = node->data->classes;
	int			nbins = node->data->feature[f].nbins;
	uint32		min_leaf = node->params->min_leaf;
	int64		weight = 0;
	int64		squares = 0;
	int64		products = 0;	/* of the classes on the left and in all */
	uint32		rows = 0;
	uint32		end = node->rows - (missing_left ? 0 : missing);
	GiniCut		best = GINI_NO_CUT;
	int			next = -1;		/* the bin that occurs after the best */
	int			last = -1;

	for (int k = 0; k < nclass; k++)
		left[class[k]] = 0;
	for (int b = missing_left ? 0 : 1; b < nbins; b++)
	{
		const uint64 *cell = gini->cell + (Size) b * classes;
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
		if (node->rows - rows < min_leaf || rows == end)
			break;
		gini_compare(&best, node, weight, squares, products, b, rows);
	}
	if (best.after >= 0)
		best_split_consider(split, node, best.score / best.weights, f,
							best.after + (next - best.after - 1) / 2, best.left_rows,
							missing > 0, missing_left);
}

static bool
try_table(Gini *gini, const GrowNode *node, int f, BestSplit *best)
{
	const uint16 *bin = node->view.bin + node->view.stride * f;
	const Drawn *item = node->item;
	uint64	   *cell = gini->cell;
	int			classes = node->data->classes;
	int			nbins = node->data->feature[f].nbins;
	uint32		missing = 0;
	uint32		first = bin[item[0].row];
	bool		differ = false;

	memset(cell, 0, sizeof(uint64) * nbins * classes);
	for (uint32 i = 0; i < node->rows; i++)
	{
		uint32		b = bin[item[i].row];

		differ |= b != first;
		cell[b * classes + DRAWN_CLASS(item[i].drawn)] += CELL(1, DRAWN_WEIGHT(item[i].drawn));
	}
	for (int c = 0; c < classes; c++)
		missing += CELL_ROWS(cell[c]);

	CHECK_FOR_INTERRUPTS();
	scan_table(gini, node, f, missing, true, best);
	if (missing > 0)
		scan_table(gini, node, f, missing, false, best);
	return differ;
}

/* ----------
 * Sorted rows
 * ----------
 */

/*
 * Pass the rows once and try every cut.  Missing rows (bin 0, if it occurs) are
 * left or right.
 */
static void
scan_sorted(const Gini *gini, const GrowNode *node, const NodeBins *bins, int f,
			bool missing, bool missing_left, BestSplit *split)
{
	const uint32 *sorted = bins->sorted;
	const uint32 *count = bins->count;
	const int  *occurring = bins->occurring;
	int			n = bins->n;
	int64	   *left = gini->left;
	const int64 *total = node->total;
	uint32		rows = node->rows;
	uint32		min_leaf = node->params->min_leaf;
	uint32		at = 0;
	uint32		missing_rows = missing ? count[0] : 0;
	int64		left_weight = 0;
	int64		left_squares = 0;
	int64		products = 0;	/* of the classes on the left and in all */
	GiniCut		best = GINI_NO_CUT;
	int			first = missing && !missing_left ? 1 : 0;

	for (int k = 0; k < node->nclass; k++)
		left[node->class[k]] = 0;
	if (first == 1)
		at = missing_rows;

	for (int i = first; i < n - 1; i++)
	{
		uint32		end = at + count[occurring[i]];
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
		gini_compare(&best, node, left_weight, left_squares, products, i, left_rows);
	}
	if (best.after >= 0)
		best_split_consider(split, node, best.score / best.weights, f,
							node_bins_cut(bins, best.after), best.left_rows, missing,
							missing_left);
}

static bool
try_sorted(const Gini *gini, const GrowNode *node, NodeBins *bins, int f, BestSplit *best)
{
	bool		differ;

	node_bins_count(bins, node, f);
	differ = bins->n > 1;
	if (differ)
	{
		bool		missing = node_bins_missing(bins);

		node_bins_sort(bins, node, SORTED_DRAWN);
		CHECK_FOR_INTERRUPTS();
		scan_sorted(gini, node, bins, f, missing, true, best);
		if (missing)
			scan_sorted(gini, node, bins, f, missing, false, best);
	}
	node_bins_clear(bins);
	return differ;
}

bool
gini_try_number(Gini *gini, const GrowNode *node, NodeBins *bins, int f, BestSplit *best)
{
	if (gini->is_few)
		return try_few(&gini->few, node, f, best);
	if (table_pays(node, f))
		return try_table(gini, node, f, best);
	return try_sorted(gini, node, bins, f, best);
}
