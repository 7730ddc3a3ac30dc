/*
 * tree.c
 *		One decision tree over binned features: growing and packing.
 *
 * A node is a run of rows in one array, which splitting partitions in place
 * and in order.  Nodes are grown depth first, the left child first, and so are
 * written in preorder as they come.  When a node has become small its bins are
 * copied together, so that the many small nodes below it work within the
 * processor's nearest cache.
 */
#include "learn/tree.h"

#include "learn/split.h"

/* Nodes of at most so many rows get a copy of their bins, and another one. */
#define COPIES 2
static const uint32 copy_rows[COPIES] = {TREE_COPY_ROWS, 512};

/* A node that waits to be looked at. */
typedef struct Pending
{
	uint32		begin,
				end;
	int			depth;
	int			copies;			/* that the node's rows point into */
} Pending;

/* Bins that Drawn.row points into. */
typedef struct View
{
	const uint16 *bin;
	Size		stride;
	const double *value;
} View;

typedef struct Grower
{
	SplitSearch search;
	Drawn	   *item;			/* rows of the tree, node by node */
	Drawn	   *spill;			/* scratch of partition() */

	/* copies of the bins pay where most features are tried before long */
	bool		copies_pay;
	View		view[1 + COPIES];	/* of the whole tree, and of the copies */
	uint16	   *copy_bin[COPIES];
	double	   *copy_value[COPIES];
} Grower;

/* Copy the bins of n items together and let the items point there. */
static void
copy_together(SplitSearch *s, Drawn *item, uint32 n, uint16 *bin, double *value)
{
	for (int f = 0; f < s->data->features; f++)
	{
		const uint16 *from = s->bin + s->stride * f;
		uint16	   *to = bin + (Size) n * f;

		CHECK_FOR_INTERRUPTS();
		for (uint32 i = 0; i < n; i++)
			to[i] = from[item[i].row];
	}
	if (s->value != NULL)
		for (uint32 i = 0; i < n; i++)
			value[i] = s->value[item[i].row];
	for (uint32 i = 0; i < n; i++)
		item[i].row = i;
	s->bin = bin;
	s->stride = n;
	s->value = value;
}

/* Left rows to the front, both sides in their old order; returns how many. */
static uint32
partition(Grower *g, Drawn *item, uint32 n)
{
	const SplitSearch *s = &g->search;
	const uint16 *bin = s->bin + s->stride * s->best.feature;
	Drawn	   *spill = g->spill;
	uint32		left = 0;
	uint32		right = 0;

	if (s->data->feature[s->best.feature].is_category)
		for (uint32 i = 0; i < n; i++)
		{
			Drawn		it = item[i];
			bool		to_left = (s->best_set[bin[it.row] >> 5] >> (bin[it.row] & 31)) & 1;

			item[left] = it;
			spill[right] = it;
			left += to_left;
			right += !to_left;
		}
	else
	{
		/* bin 0, missing, is below all or, by wrapping round, above */
		uint16		low = s->best.missing_left ? 0 : 1;
		uint16		width = s->best.cut - low;

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

void
tree_write_set(const uint32 *set, int nbins, ByteWriter *out)
{
	int			members = 0;
	int			last = 0;

	for (int b = 0; b < nbins; b++)
		if ((set[b >> 5] >> (b & 31)) & 1)
		{
			members++;
			last = b;
		}
	if (members < last / 8 + 1)
	{
		int			previous = 0;

		write_varint(out, ((uint64) members << 1) | 1);
		for (int b = 0; b <= last; b++)
			if ((set[b >> 5] >> (b & 31)) & 1)
			{
				write_varint(out, b - previous);
				previous = b;
			}
	}
	else
	{
		int			bytes = last / 8 + 1;

		write_varint(out, (uint64) bytes << 1);
		for (int i = 0; i < bytes; i++)
			write_u8(out, (uint8) (set[i / 4] >> (8 * (i % 4))));
	}
}

static void
write_leaf(const SplitSearch *s, ByteWriter *out)
{
	write_varint(out, 0);
	if (s->classes > 0)
	{
		int			previous = 0;

		write_varint(out, s->nclass);
		for (int k = 0; k < s->nclass; k++)
		{
			int			c = s->class[k];

			write_varint(out, c - previous);
			write_varint(out, s->total[c]);
			previous = c;
		}
	}
	else
	{
		write_f64(out, s->leaf_value);
		write_short_f64(out, s->weight);
	}
}

/* The rows that were drawn, and buffers for them. */
static uint32
grower_init(Grower *g, const TreeData *data, const TreeParams *params, Random *random)
{
	uint32		n = 0;

	for (int64 i = 0; i < data->rows; i++)
		n += data->weight[i] > 0;

	split_init(&g->search, data, params, random, n);
	g->search.bin = data->bin;
	g->search.stride = data->rows;
	g->search.value = data->value;
	g->item = crimeml_array(Drawn, n);
	g->spill = crimeml_array(Drawn, n);
	n = 0;
	for (int64 i = 0; i < data->rows; i++)
		if (data->weight[i] > 0)
		{
			g->item[n].row = (uint32) i;
			g->item[n++].drawn = (uint32) data->weight[i] << 16 |
				(data->classes > 0 ? data->label[i] : 0);
		}

	g->copies_pay = data->features <= 8 * params->mtry;
	if (g->copies_pay)
	{
		for (int c = 0; c < COPIES; c++)
		{
			uint32		rows = Min(n, copy_rows[c]);

			g->copy_bin[c] = crimeml_array(uint16, mul_size(rows, data->features));
			g->copy_value[c] = data->value ? crimeml_array(double, rows) : NULL;
		}
		copy_together(&g->search, g->item, n,
					  crimeml_array(uint16, mul_size(n, data->features)),
					  data->value ? crimeml_array(double, n) : NULL);
	}
	g->view[0] = (View) {g->search.bin, g->search.stride, g->search.value};
	return n;
}

/* Point the search at the bins of a node, copying them when it is small. */
static void
view_node(Grower *g, Pending *node)
{
	const View *view = &g->view[node->copies];
	uint32		rows = node->end - node->begin;

	g->search.bin = view->bin;
	g->search.stride = view->stride;
	g->search.value = view->value;
	while (g->copies_pay && node->copies < COPIES && rows <= copy_rows[node->copies])
	{
		int			c = node->copies++;

		/* straight to the last copy that it fits */
		if (node->copies < COPIES && rows <= copy_rows[node->copies])
			continue;
		copy_together(&g->search, g->item + node->begin, rows,
					  g->copy_bin[c], g->copy_value[c]);
		g->view[node->copies] = (View) {g->search.bin, g->search.stride, g->search.value};
	}
}

void
tree_grow(const TreeData *data, const TreeParams *params,
		  Random *random, ByteWriter *out, double *importance)
{
	Grower		grower = {0};
	SplitSearch *s = &grower.search;
	double		all = 0;		/* the root's weight */
	int			exponent = 0;	/* and its scores' unit */
	int			waiting = 1;
	int			capacity = 64;
	Pending    *stack = palloc(sizeof(Pending) * capacity);

	stack[0] = (Pending) {0, grower_init(&grower, data, params, random), 0, 0};
	while (waiting > 0)
	{
		Pending		node = stack[--waiting];
		Drawn	   *item = grower.item + node.begin;
		uint32		rows = node.end - node.begin;
		uint32		middle;
		bool		pure;

		CHECK_FOR_INTERRUPTS();
		view_node(&grower, &node);
		pure = split_sum_node(s, item, rows);
		s->best.feature = -1;
		if (!pure && rows / 2 >= (uint32) params->min_leaf &&
			(params->max_depth == 0 || node.depth < params->max_depth))
			split_find(s, item, rows);
		if (node.depth == 0)
		{
			all = s->weight;
			exponent = s->exponent;
		}
		if (s->best.feature < 0 ||
			(params->min_gain > 0 && split_gain(s, 0) < params->min_gain * all))
		{
			write_leaf(s, out);
			continue;
		}

		importance[s->best.feature] += Max(split_gain(s, exponent), 0);
		if (data->feature[s->best.feature].is_category)
		{
			write_varint(out, 1 + 2 * (uint64) s->best.feature);
			tree_write_set(s->best_set, data->feature[s->best.feature].nbins, out);
		}
		else
		{
			write_varint(out, 1 + 2 * (uint64) s->best.feature + !s->best.missing_left);
			write_varint(out, s->best.cut);
		}
		middle = node.begin + partition(&grower, item, rows);

		if (waiting + 2 > capacity)
		{
			capacity *= 2;
			stack = repalloc_huge(stack, sizeof(Pending) * (Size) capacity);
		}
		stack[waiting++] = (Pending) {middle, node.end, node.depth + 1, node.copies};
		stack[waiting++] = (Pending) {node.begin, middle, node.depth + 1, node.copies};
	}
}
