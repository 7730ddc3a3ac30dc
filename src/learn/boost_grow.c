/*
 * boost_grow.c
 *		Growing one boosted tree.
 *
 * Of all leaves the one whose split gains most is split first (Shi 2007), as far as
 * max_leaves goes.  Leaves keep their histogram, so that of two children only the
 * smaller one is counted and the other one is what is left of the parent's.  The
 * rows of a node stand together, in canonical order.
 */
#include "learn/boost_split.h"

#include <float.h>
#include <math.h>

#include "learn/packed_tree.h"

/* Rows whose memory is asked for before it is needed. */
#define PREFETCH_ROWS 16

typedef struct BoostNode
{
	uint32		begin;			/* of its rows */
	uint32		rows;
	int			depth;
	int			left;			/* children; 0: a leaf */
	int			right;
	BoostCell	total;
	BoostCell  *cell;			/* the histogram; NULL once it is no more needed */
	BoostSplit	split;			/* the best one; once split, that */
	Size		set;			/* of a split by set: its place in sets */
	double		value;			/* of a leaf */
} BoostNode;

struct BoostGrow
{
	const BoostShared *shared;
	const BoostFeature *feature;
	const void *bin;
	BoostSearch search;
	BoostGradient *gradient;
	uint32	   *row;			/* of the tree, by node */
	uint32	   *scratch;
	uint32		rows;
	BoostNode  *node;
	int			nodes;
	int			capacity;
	int		   *heap;			/* leaves that can be split, the best one first */
	int			waiting;
	BoostCell **spare;			/* histograms */
	int			spares;
	uint32	   *sets;
	Size		nsets;			/* words */
	Size		sets_capacity;
	uint8	   *to_left;		/* of the bins of a split's feature */
	int		   *used;			/* the features of the tree */
	int			nused;
};

BoostGrow *
boost_grow_create(const BoostShared *s)
{
	BoostGrow  *grow = palloc0(sizeof(BoostGrow));
	int			nbins = 1;

	grow->shared = s;
	grow->feature = BOOST_ARRAY(s, const BoostFeature, feature);
	grow->bin = BOOST_ARRAY(s, const char, bin);
	for (int f = 0; f < s->features; f++)
		nbins = Max(nbins, grow->feature[f].nbins);
	grow->to_left = scratch_array(uint8, nbins);
	boost_search_init(&grow->search, s);
	grow->gradient = scratch_array(BoostGradient, s->rows);
	grow->row = scratch_array(uint32, s->rows);
	grow->scratch = scratch_array(uint32, s->rows);
	grow->capacity = 256;
	grow->node = scratch_array(BoostNode, grow->capacity);
	grow->heap = scratch_array(int, s->params.max_leaves);
	grow->spare = scratch_array(BoostCell *, s->params.max_leaves + 1);
	grow->sets_capacity = 256;
	grow->sets = scratch_array(uint32, grow->sets_capacity);
	grow->used = scratch_array(int, s->features);
	return grow;
}

Size
boost_grow_memory(const BoostShared *s)
{
	double		leaves = Min(s->params.max_leaves, (double) s->rows / s->params.min_leaf);
	double		bytes = s->rows * (double) (sizeof(BoostGradient) + 2 * sizeof(uint32));

	bytes += (leaves + 1) * (s->cells * (double) sizeof(BoostCell) + 2 * sizeof(BoostNode));
	bytes += s->cells * (double) (sizeof(BoostLevel) + leaves / 8);
	return (Size) bytes;
}

/* The bin of a feature in a row. */
static inline uint32
row_bin(const BoostGrow *grow, uint32 row, int f)
{
	Size		at = (Size) row * grow->shared->features + f;

	return grow->shared->wide ? ((const uint16 *) grow->bin)[at] :
		((const uint8 *) grow->bin)[at];
}

/* ----------
 * Histograms
 * ----------
 */
static BoostCell *
take_histogram(BoostGrow *grow)
{
	if (grow->spares > 0)
		return grow->spare[--grow->spares];
	return crimeml_alloc_raw(GetMemoryChunkContext(grow), grow->shared->cells, sizeof(BoostCell));
}

static void
give_histogram(BoostGrow *grow, BoostNode *node)
{
	if (node->cell != NULL)
		grow->spare[grow->spares++] = node->cell;
	node->cell = NULL;
}

/* inlined once a width */
static inline void
count_rows(const BoostGrow *grow, BoostCell *cell, const uint32 *row, uint32 n, const bool wide)
{
	const int	features = grow->shared->features;
	const int	nused = grow->nused;
	const int	count_bits = grow->search.units.count_bits;
	const Size	width = wide ? sizeof(uint16) : sizeof(uint8);

	for (uint32 i = 0; i < n; i++)
	{
		BoostGradient gradient = grow->gradient[row[i]];
		const char *bins = (const char *) grow->bin + (Size) row[i] * features * width;
		int64		g = gradient.g;
		int64		h = ((int64) gradient.h << count_bits) + 1;

		if (i + PREFETCH_ROWS < n)
		{
			__builtin_prefetch(&grow->gradient[row[i + PREFETCH_ROWS]]);
			__builtin_prefetch((const char *) grow->bin +
							   (Size) row[i + PREFETCH_ROWS] * features * width);
		}
		for (int k = 0; k < nused; k++)
		{
			int			f = grow->used[k];
			BoostCell  *to = &cell[grow->feature[f].first +
								   (wide ? ((const uint16 *) bins)[f] : ((const uint8 *) bins)[f])];

			to->g += g;
			to->h += h;
		}
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* The histogram of a node from its rows. */
static void
count_node(BoostGrow *grow, BoostNode *node)
{
	memset(node->cell, 0, sizeof(BoostCell) * grow->shared->cells);
	if (grow->shared->wide)
		count_rows(grow, node->cell, grow->row + node->begin, node->rows, true);
	else
		count_rows(grow, node->cell, grow->row + node->begin, node->rows, false);
}

/* The parent's histogram becomes that of its larger child. */
static void
subtract(const BoostGrow *grow, BoostCell *from, const BoostCell *smaller)
{
	for (uint32 i = 0; i < grow->shared->cells; i++)
	{
		from[i].g -= smaller[i].g;
		from[i].h -= smaller[i].h;
	}
}

/* ----------
 * The leaves that wait to be split
 * ----------
 */

/* Of equal gains the older leaf comes first. */
static inline bool
goes_before(const BoostGrow *grow, int a, int b)
{
	double		x = grow->node[a].split.gain;
	double		y = grow->node[b].split.gain;

	return x != y ? x > y : a < b;
}

static void
heap_push(BoostGrow *grow, int n)
{
	int			at = grow->waiting++;

	for (; at > 0 && goes_before(grow, n, grow->heap[(at - 1) / 2]); at = (at - 1) / 2)
		grow->heap[at] = grow->heap[(at - 1) / 2];
	grow->heap[at] = n;
}

static int
heap_pop(BoostGrow *grow)
{
	int			first = grow->heap[0];
	int			last = grow->heap[--grow->waiting];
	int			at = 0;

	for (;;)
	{
		int			child = 2 * at + 1;

		if (child >= grow->waiting)
			break;
		if (child + 1 < grow->waiting && goes_before(grow, grow->heap[child + 1], grow->heap[child]))
			child++;
		if (!goes_before(grow, grow->heap[child], last))
			break;
		grow->heap[at] = grow->heap[child];
		at = child;
	}
	grow->heap[at] = last;
	return first;
}

/* ----------
 * Nodes
 * ----------
 */
static int
add_node(BoostGrow *grow, uint32 begin, uint32 rows, int depth, BoostCell total)
{
	BoostNode  *node;

	if (grow->nodes == grow->capacity)
	{
		grow->node = crimeml_realloc(grow->node, grow->nodes, 2 * (Size) grow->capacity,
									 sizeof(BoostNode));
		grow->capacity *= 2;
	}
	node = &grow->node[grow->nodes];
	memset(node, 0, sizeof(*node));
	node->begin = begin;
	node->rows = rows;
	node->depth = depth;
	node->total = total;
	return grow->nodes++;
}

/* Could a split of the node be found? */
static bool
may_split(const BoostGrow *grow, const BoostNode *node)
{
	const BoostParams *params = &grow->shared->params;

	return (params->max_depth == 0 || node->depth < params->max_depth) &&
		node->rows >= 2 * (double) params->min_leaf &&
		boost_hessian(&grow->search, node->total) >= 2 * grow->search.min_hessian;
}

/* Look for the best split of a node whose histogram is there. */
static void
search_node(BoostGrow *grow, int n)
{
	BoostNode  *node = &grow->node[n];
	BoostSplit *split = &node->split;

	boost_search(&grow->search, node->cell, node->total, grow->used, grow->nused, split);
	if (split->gain == 0)
	{
		give_histogram(grow, node);
		return;
	}
	if (split->by_set)
	{
		Size		words = (grow->feature[split->feature].nbins + 31) / 32;

		if (grow->nsets + words > grow->sets_capacity)
		{
			Size		capacity = 2 * (grow->nsets + words);

			grow->sets = crimeml_realloc(grow->sets, grow->nsets, capacity, sizeof(uint32));
			grow->sets_capacity = capacity;
		}
		node->set = grow->nsets;
		memcpy(grow->sets + grow->nsets, grow->search.set, sizeof(uint32) * words);
		grow->nsets += words;
	}
	heap_push(grow, n);
}

/* Do rows of that bin go to the left? */
static inline bool
goes_left(const BoostGrow *grow, const BoostNode *node, uint32 bin)
{
	if (node->split.by_set)
		return (grow->sets[node->set + bin / 32] >> (bin % 32)) & 1;
	return bin == 0 ? node->split.missing_left : bin <= node->split.cut;
}

/*
 * Bring the rows of a node that go to the left to its beginning; returns how many.
 * There is no branch in it that the processor could guess wrong.  Inlined once a
 * width.
 */
static inline uint32
part_rows(const BoostGrow *grow, const BoostNode *node, const bool wide)
{
	const int	features = grow->shared->features;
	const int	f = node->split.feature;
	const uint8 *to_left = grow->to_left;
	uint32	   *row = grow->row + node->begin;
	uint32	   *scratch = grow->scratch;
	uint32		left = 0;

	for (uint32 start = 0; start < node->rows; start += CHECK_ROWS)
	{
		uint32		end = Min(node->rows, start + CHECK_ROWS);

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = start; i < end; i++)
		{
			uint32		r = row[i];
			Size		at = (Size) r * features + f;

			row[left] = r;
			scratch[i - left] = r;
			left += to_left[wide ? ((const uint16 *) grow->bin)[at] : ((const uint8 *) grow->bin)[at]];
		}
	}
	memcpy(row + left, scratch, sizeof(uint32) * (node->rows - left));
	return left;
}

/* Part a node's rows by its split. */
static uint32
part_node(const BoostGrow *grow, const BoostNode *node)
{
	for (int b = 0; b < grow->feature[node->split.feature].nbins; b++)
		grow->to_left[b] = goes_left(grow, node, b);
	return grow->shared->wide ? part_rows(grow, node, true) : part_rows(grow, node, false);
}

/* Split a leaf, and look for splits of its children. */
static void
split_node(BoostGrow *grow, int n, bool last)
{
	BoostNode  *node = &grow->node[n];
	BoostCell	right_total = {node->total.g - node->split.left.g,
	node->total.h - node->split.left.h};
	uint32		begin = node->begin;
	uint32		rows = node->rows;
	int			depth = node->depth + 1;
	uint32		left_rows = part_node(grow, node);
	BoostCell	left_total = node->split.left;
	BoostCell  *cell = node->cell;
	int			smaller;
	int			larger;
	int			left;
	int			right;

	Assert(left_rows == boost_rows(&grow->search, left_total));
	node->cell = NULL;
	left = add_node(grow, begin, left_rows, depth, left_total);
	right = add_node(grow, begin + left_rows, rows - left_rows, depth, right_total);
	grow->node[n].left = left;
	grow->node[n].right = right;
	smaller = left_rows <= rows - left_rows ? left : right;
	larger = left + right - smaller;
	grow->node[larger].cell = cell;
	if (last || (!may_split(grow, &grow->node[left]) && !may_split(grow, &grow->node[right])))
	{
		give_histogram(grow, &grow->node[larger]);
		return;
	}
	grow->node[smaller].cell = take_histogram(grow);
	count_node(grow, &grow->node[smaller]);
	subtract(grow, grow->node[larger].cell, grow->node[smaller].cell);
	for (int child = left; child <= right; child++)
	{
		if (may_split(grow, &grow->node[child]))
			search_node(grow, child);
		else
			give_histogram(grow, &grow->node[child]);
	}
}

/* ----------
 * A tree
 * ----------
 */

/* The rows of a tree: those not kept for validation, or a sample of them. */
static void
choose_rows(BoostGrow *grow, int round)
{
	const BoostShared *s = grow->shared;
	const bool *held = s->held > 0 ? BOOST_ARRAY(s, const bool, held) : NULL;
	uint64		base = crimeml_mix64(s->params.seed ^ crimeml_mix64(round));
	bool		sample = s->params.sample_fraction < 1;
	uint64		limit = (uint64) (s->params.sample_fraction * 0x1p53);
	uint32		n = 0;

	/* a sample that has no row is no sample */
	for (int attempt = 0; n == 0 && attempt < 2; attempt++, sample = false)
		for (int64 i = 0; i < s->rows; i++)
		{
			grow->row[n] = (uint32) i;
			n += (held == NULL || !held[i]) &&
				(!sample || crimeml_mix64(base ^ (uint64) i) >> 11 < limit);
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
		}
	grow->rows = n;
}

/* The features of a tree, ascending. */
static void
choose_features(BoostGrow *grow, int round, int sum)
{
	const BoostShared *s = grow->shared;
	int			wanted = Max(1, (int) rint(s->params.feature_fraction * s->features));
	Random		random;

	random_seed(&random, s->params.seed, (uint64) round * s->sums + sum);
	grow->nused = 0;
	/* selection sampling (Knuth 3.4.2, algorithm S) */
	for (int f = 0; f < s->features && wanted > 0; f++)
		if (wanted == s->features - f ||
			random_uniform(&random) * (s->features - f) < wanted)
		{
			grow->used[grow->nused++] = f;
			wanted--;
		}
}

static BoostCell
total_rows(const BoostGrow *grow)
{
	BoostCell	total = {0, 0};

	for (uint32 i = 0; i < grow->rows; i++)
	{
		total.g += grow->gradient[grow->row[i]].g;
		total.h += ((int64) grow->gradient[grow->row[i]].h << grow->search.units.count_bits) + 1;
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return total;
}

/* What a leaf says, in the unit of the state. */
static double
leaf_value(const BoostGrow *grow, const BoostNode *node)
{
	const BoostShared *s = grow->shared;
	const BoostParams *params = &s->params;
	double		g = node->total.g * grow->search.units.g;
	double		h = boost_hessian(&grow->search, node->total) * grow->search.units.h;
	double		value;

	if (s->link != LINK_SOFTMAX)
		boost_exact_total(s, grow->row + node->begin, node->rows, &g, &h);
	value = h + params->lambda > 0 ? -g / (h + params->lambda) : 0;
	if (s->link != LINK_IDENTITY)
		value = Min(Max(value, -BOOST_GREATEST_LEAF), BOOST_GREATEST_LEAF);
	if (params->max_step > 0)
		value = Min(Max(value, -params->max_step), params->max_step);
	return value * params->learning_rate;
}

/* A leaf's value as the model keeps it. */
static double
stored_value(const BoostShared *s, double value)
{
	return Min(Max(ldexp(value, s->exponent), -DBL_MAX), DBL_MAX);
}

/* The weight of a node's rows. */
static double
node_weight(const BoostGrow *grow, const BoostNode *node)
{
	const BoostShared *s = grow->shared;
	const double *weight = s->weight > 0 ? BOOST_ARRAY(s, const double, weight) : NULL;
	double		sum = 0;

	if (weight == NULL)
		return node->rows;
	for (uint32 i = 0; i < node->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sum += weight[grow->row[node->begin + i]];
	}
	return sum;
}

/* Append the packed form, in preorder. */
static void
pack_tree(const BoostGrow *grow, ByteWriter *out)
{
	int		   *waiting = palloc(sizeof(int) * (grow->nodes + 1));
	int			n = 0;

	waiting[n++] = 0;
	while (n > 0)
	{
		const BoostNode *node = &grow->node[waiting[--n]];
		const BoostSplit *split = &node->split;

		CHECK_FOR_INTERRUPTS();
		if (node->left == 0)
		{
			write_varint(out, 0);
			packed_write_value(stored_value(grow->shared, node->value), node_weight(grow, node), out);
			continue;
		}
		write_varint(out, 1 + 2 * (uint64) split->feature + (split->by_set || split->missing_left ? 0 : 1));
		if (split->by_set)
			packed_write_set(grow->sets + node->set, grow->feature[split->feature].nbins, out);
		else
			write_varint(out, split->cut);
		waiting[n++] = node->right;
		waiting[n++] = node->left;
	}
	pfree(waiting);
}

/* Add the leaves to the state of the rows that are not of the tree. */
static void
add_to_others(BoostGrow *grow, BoostShared *s, int sum)
{
	uint32	   *mark = grow->scratch;	/* of each row: it is of the tree */

	if (grow->rows == s->rows)
		return;
	memset(mark, 0, sizeof(uint32) * s->rows);
	for (uint32 i = 0; i < grow->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		mark[grow->row[i]] = 1;
	}
	for (int64 i = 0; i < s->rows; i++)
	{
		const BoostNode *node = &grow->node[0];
		uint32		row = (uint32) i;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (mark[i])
			continue;
		while (node->left != 0)
			node = &grow->node[goes_left(grow, node, row_bin(grow, row, node->split.feature)) ? node->left : node->right];
		boost_state_add(s, sum, &row, 1, node->value);
	}
}

void
boost_grow_tree(BoostGrow *grow, BoostShared *s, int round, int sum, ByteWriter *out,
				double *importance)
{
	const BoostUnits *units = &grow->search.units;
	BoostUnits	chosen;
	int			leaves = 1;

	boost_gradients(s, sum, grow->gradient, &chosen);
	boost_search_tree(&grow->search, &chosen);
	choose_rows(grow, round);
	choose_features(grow, round, sum);
	grow->nodes = grow->waiting = 0;
	grow->nsets = 0;
	add_node(grow, 0, grow->rows, 0, total_rows(grow));
	if (may_split(grow, &grow->node[0]))
	{
		grow->node[0].cell = take_histogram(grow);
		count_node(grow, &grow->node[0]);
		search_node(grow, 0);
	}
	while (grow->waiting > 0 && leaves < s->params.max_leaves)
	{
		int			n = heap_pop(grow);

		importance[grow->node[n].split.feature] +=
			grow->node[n].split.gain * units->g * units->g / units->h;
		split_node(grow, n, ++leaves == s->params.max_leaves);
	}
	while (grow->waiting > 0)
		give_histogram(grow, &grow->node[heap_pop(grow)]);

	for (int n = 0; n < grow->nodes; n++)
	{
		BoostNode  *node = &grow->node[n];

		if (node->left != 0)
			continue;
		node->value = leaf_value(grow, node);
		boost_state_add(s, sum, grow->row + node->begin, node->rows, node->value);
	}
	add_to_others(grow, s, sum);
	pack_tree(grow, out);
}
