/*
 * tree.c
 *		Growing one decision tree over binned features.
 *
 * A node is a run of rows in one array, which splitting partitions in place
 * and in order.  Nodes are grown depth first, the left child first, and so are
 * written in preorder as they come.  When a node has become small its bins are
 * copied together, so that the many small nodes below it work within the
 * processor's nearest cache.
 */
#include "learn/tree.h"

#include "learn/packed_tree.h"
#include "learn/split.h"

/* Nodes of at most so many rows get a copy of their bins, and another one. */
#define COPIES 2
static const uint32 copy_rows[COPIES] = {TREE_COPY_ROWS, 512};

/* A node that waits to be looked at. */
typedef struct PendingNode
{
	uint32		begin,
				end;
	int			depth;
	int			copies;			/* that the node's rows point into */
} PendingNode;

typedef struct Grower
{
	GrowNode	node;			/* the one at hand */
	SplitSearch search;
	Drawn	   *item;			/* rows of the tree, node by node */
	Drawn	   *spill;			/* scratch of partition() */

	/* copies of the bins pay where most features are tried before long */
	bool		copies_pay;
	BinView		view[1 + COPIES];	/* of the whole tree, and of the copies */
	uint16	   *copy_bin[COPIES];
	double	   *copy_value[COPIES];
} Grower;

/* Copy the bins of n items together and let the items point there. */
static BinView
copy_together(const BinView *view, int features, Drawn *item, uint32 n, uint16 *bin,
			  double *value)
{
	for (int f = 0; f < features; f++)
	{
		const uint16 *from = view->bin + view->stride * f;
		uint16	   *to = bin + (Size) n * f;

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < n; i++)
			to[i] = from[item[i].row];
	}
	CHECK_FOR_INTERRUPTS();
	if (view->value != NULL)
		for (uint32 i = 0; i < n; i++)
			value[i] = view->value[item[i].row];
	for (uint32 i = 0; i < n; i++)
		item[i].row = i;
	return (BinView) {bin, n, value};
}

/* Left rows to the front, both sides in their old order; returns how many. */
static uint32
partition(Grower *g, Drawn *item, uint32 n)
{
	const BinView *view = &g->node.view;
	const BestSplit *best = &g->search.best;
	const uint16 *bin = view->bin + view->stride * best->feature;
	Drawn	   *spill = g->spill;
	uint32		left = 0;
	uint32		right = 0;

	if (g->node.data->feature[best->feature].is_category)
	{
		const uint32 *set = best->set;

		for (uint32 i = 0; i < n; i++)
		{
			Drawn		it = item[i];
			bool		to_left = (set[bin[it.row] >> 5] >> (bin[it.row] & 31)) & 1;

			item[left] = it;
			spill[right] = it;
			left += to_left;
			right += !to_left;
		}
	}
	else
	{
		/* bin 0, missing, is below all or, by wrapping round, above */
		uint16		low = best->missing_left ? 0 : 1;
		uint16		width = best->cut - low;

		for (uint32 i = 0; i < n; i++)
		{
			Drawn		it = item[i];
			bool		to_left = (uint16) (bin[it.row] - low) <= width;

			item[left] = it;
			spill[right] = it;
			left += to_left;
			right += !to_left;
		}
	}
	memcpy(item + left, spill, sizeof(Drawn) * right);
	return left;
}

static void
write_leaf(const GrowNode *node, ByteWriter *out)
{
	int			previous = 0;

	write_varint(out, 0);
	if (node->data->classes == 0)
	{
		packed_write_value(node->leaf_value, node->weight, out);
		return;
	}
	write_varint(out, node->nclass);
	for (int k = 0; k < node->nclass; k++)
	{
		int			c = node->class[k];

		write_varint(out, c - previous);
		write_varint(out, node->total[c]);
		previous = c;
	}
}

static void
write_split(const TreeData *data, const BestSplit *split, ByteWriter *out)
{
	const TreeFeature *feature = &data->feature[split->feature];

	if (feature->is_category)
	{
		write_varint(out, 1 + 2 * (uint64) split->feature);
		packed_write_set(split->set, feature->nbins, out);
	}
	else
	{
		write_varint(out, 1 + 2 * (uint64) split->feature + !split->missing_left);
		write_varint(out, split->cut);
	}
}

/* The rows that were drawn, and buffers for them; returns how many. */
static uint32
grower_init(Grower *g, const TreeData *data, const TreeParams *params, Random *random)
{
	uint32		n = 0;

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		n += data->weight[i] > 0;
	}

	node_init(&g->node, data, params, n);
	split_init(&g->search, &g->node, random, n);
	g->item = crimeml_array(Drawn, n);
	g->spill = crimeml_array(Drawn, n);
	n = 0;
	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (data->weight[i] > 0)
		{
			g->item[n].row = (uint32) i;
			g->item[n++].drawn = (uint32) data->weight[i] << 16 |
				(data->classes > 0 ? data->label[i] : 0);
		}
	}

	g->view[0] = (BinView) {data->bin, data->rows, data->value};
	g->copies_pay = data->features <= 8 * params->mtry;
	if (g->copies_pay)
	{
		for (int c = 0; c < COPIES; c++)
		{
			uint32		rows = Min(n, copy_rows[c]);

			g->copy_bin[c] = crimeml_array(uint16, mul_size(rows, data->features));
			g->copy_value[c] = data->value ? crimeml_array(double, rows) : NULL;
		}
		g->view[0] = copy_together(&g->view[0], data->features, g->item, n,
								   crimeml_array(uint16, mul_size(n, data->features)),
								   data->value ? crimeml_array(double, n) : NULL);
	}
	return n;
}

/* Turn to a node, copying its bins when it is small. */
static void
take_node(Grower *g, PendingNode *pending)
{
	GrowNode   *node = &g->node;
	Drawn	   *item = g->item + pending->begin;
	uint32		rows = pending->end - pending->begin;

	node->item = item;
	node->rows = rows;
	node->view = g->view[pending->copies];
	while (g->copies_pay && pending->copies < COPIES && rows <= copy_rows[pending->copies])
	{
		int			c = pending->copies++;

		/* straight to the last copy that it fits */
		if (pending->copies < COPIES && rows <= copy_rows[pending->copies])
			continue;
		node->view = copy_together(&node->view, node->data->features, item, rows,
								   g->copy_bin[c], g->copy_value[c]);
		g->view[pending->copies] = node->view;
	}
}

void
tree_grow(const TreeData *data, const TreeParams *params,
		  Random *random, ByteWriter *out, double *importance)
{
	Grower		grower = {0};
	GrowNode   *node = &grower.node;
	SplitSearch *search = &grower.search;
	const BestSplit *best = &search->best;
	double		all = 0;		/* the root's weight */
	int			exponent = 0;	/* and its scores' unit */
	int			waiting = 1;
	int			capacity = 64;
	PendingNode *stack = palloc(sizeof(PendingNode) * capacity);

	stack[0] = (PendingNode) {0, grower_init(&grower, data, params, random), 0, 0};
	while (waiting > 0)
	{
		PendingNode pending = stack[--waiting];
		uint32		middle;
		bool		pure;

		CHECK_FOR_INTERRUPTS();
		take_node(&grower, &pending);
		pure = node_sum(node);
		search->best.feature = -1;
		if (!pure && node->rows / 2 >= (uint32) params->min_leaf &&
			(params->max_depth == 0 || pending.depth < params->max_depth))
			split_find(search, node);
		if (pending.depth == 0)
		{
			all = node->weight;
			exponent = node->exponent;
		}
		if (best->feature < 0 ||
			(params->min_gain > 0 && split_gain(search, node, 0) < params->min_gain * all))
		{
			write_leaf(node, out);
			continue;
		}

		importance[best->feature] += Max(split_gain(search, node, exponent), 0);
		write_split(data, best, out);
		middle = pending.begin + partition(&grower, grower.item + pending.begin, node->rows);

		if (waiting + 2 > capacity)
		{
			stack = crimeml_realloc(stack, waiting, 2 * (Size) capacity, sizeof(PendingNode));
			capacity *= 2;
		}
		stack[waiting++] = (PendingNode) {middle, pending.end, pending.depth + 1, pending.copies};
		stack[waiting++] = (PendingNode) {pending.begin, middle, pending.depth + 1, pending.copies};
	}
}
