/*
 * dbscan_extents.c
 *		Density-based clusters of whatever has a box.
 *
 * The items are sorted into a tree of boxes.  Two boxes are apart (no item of
 * one is within eps of one of the other), close (each is), or neither is known
 * and their halves are looked at; only two items whose own boxes do not tell
 * are asked about, and the answers are remembered.
 *
 * A box that is close to itself holds a clique: with minpoints in it all of it
 * is core, and its core items are in one cluster.  Other items are counted, as
 * far as minpoints.  Clusters grow by joining boxes: two that are united, each
 * having its core items in one cluster, are joined at the first pair within eps,
 * and are left alone once they are in one cluster.  So what lies dense, even on
 * one spot, costs no more than what lies sparse.
 */
#include "cluster/dbscan_extents.h"

#include <math.h>

#include "cluster/kdtree.h"
#include "cluster/sites.h"
#include "common/hashfn.h"

#define LEAF_ITEMS 16

/* The dimension that stands for time, after those of space. */
#define TIME 3

/* Answers remembered, for each item and in all. */
#define ANSWERS_PER_ITEM 8
#define MAX_ANSWERS (1 << 22)

typedef enum Nearness
{
	APART,
	CLOSE,
	UNKNOWN
} Nearness;

typedef struct Branch
{
	Extent		extent;
	int32		begin;			/* items begin .. end - 1 */
	int32		end;
	int32		weight;
	int32		child;			/* children are child and child + 1; 0: leaf */
	int32		lead;			/* its core item of the lowest row; -1: none */
	bool		united;			/* its core items are known to be in one cluster */
} Branch;

typedef struct BoxSearch
{
	const ExtentDbscan *task;
	ExtentItem *item;
	Branch	   *node;			/* the root first; children after their parents */
	int			nnodes;
	int32	   *joined;			/* union-find over items */
	double		reach2;			/* the largest square of a distance within eps */
	double		apart2;			/* boxes farther than this are apart */
	double		close2;			/* boxes with no points farther than this are close */
	double		scale[TIME + 1];	/* what weighs the sides of a box */
	uint64	   *answer;
	int			answers;		/* a power of two; 0: none are kept */
} BoxSearch;

/* ----------
 * What extents tell
 * ----------
 */

/* a - b, or 0 if that is below 0; the difference of two times may pass int64. */
static inline uint64
above(int64 a, int64 b)
{
	return a > b ? (uint64) a - (uint64) b : 0;
}

static inline Nearness
relate(const BoxSearch *search, const Extent *a, const Extent *b)
{
	double		near2 = 0;
	double		far2 = 0;

	for (int d = 0; d < TIME; d++)
	{
		double		gap = box_gap(a->low[d], a->high[d], b->low[d], b->high[d]);
		double		span = box_span(a->low[d], a->high[d], b->low[d], b->high[d]);

		near2 += gap * gap;
		far2 += span * span;
	}
	if (near2 > search->apart2 ||
		above(a->from, b->to) > search->task->eps_time ||
		above(b->from, a->to) > search->task->eps_time)
		return APART;
	if (far2 > search->close2 ||
		above(a->to, b->from) > search->task->eps_time ||
		above(b->to, a->from) > search->task->eps_time)
		return UNKNOWN;
	return CLOSE;
}

/* What within() says of two items, asked once for as long as it is remembered. */
static bool
ask(const BoxSearch *search, int32 i, int32 j)
{
	uint32		lower = Min(i, j);
	uint32		upper = Max(i, j);
	uint64		pair = (uint64) lower << 32 | upper;
	uint64	   *answer = &search->answer[murmurhash32(lower ^ murmurhash32(upper)) & (search->answers - 1)];
	bool		within;

	if (*answer >> 1 == pair)
		return *answer & 1;
	CHECK_FOR_INTERRUPTS();
	within = search->task->within(search->task->arg, lower, upper);
	*answer = pair << 1 | within;
	return within;
}

static inline bool
is_point(const Extent *e)
{
	return e->low[0] == e->high[0] && e->low[1] == e->high[1] && e->low[2] == e->high[2];
}

/* Are two items neighbours? */
static inline bool
neighbours(const BoxSearch *search, const ExtentItem *p, const ExtentItem *q)
{
	Nearness	relation;

	if (p == q)
		return true;
	relation = relate(search, &p->extent, &q->extent);
	if (relation != UNKNOWN)
		return relation == CLOSE;
	if (is_point(&p->extent) && is_point(&q->extent))
	{
		double		distance2 = 0;

		for (int d = 0; d < TIME; d++)
			distance2 += (p->extent.low[d] - q->extent.low[d]) * (p->extent.low[d] - q->extent.low[d]);
		return distance2 <= search->reach2;
	}
	return ask(search, p->id, q->id);
}

/* ----------
 * The tree
 * ----------
 */

/* Where an item stands along a dimension. */
static inline double
position(const ExtentItem *p, int dimension)
{
	if (dimension == TIME)
		return p->extent.from;
	return p->extent.low[dimension] + p->extent.high[dimension];
}

/* Quickselect: items [begin, middle) are not above those from middle on. */
static void
split_items(ExtentItem *item, int begin, int end, int middle, int dimension)
{
	int			low = begin;
	int			high = end - 1;

	while (low < high)
	{
		double		a = position(&item[low], dimension);
		double		b = position(&item[low + (high - low) / 2], dimension);
		double		c = position(&item[high], dimension);
		double		pivot = Max(Min(a, b), Min(Max(a, b), c));
		int			i = low;
		int			j = high;

		while (i <= j)
		{
			while (position(&item[i], dimension) < pivot)
				i++;
			while (position(&item[j], dimension) > pivot)
				j--;
			if (i <= j)
			{
				ExtentItem	swap = item[i];

				item[i++] = item[j];
				item[j--] = swap;
			}
		}
		if (middle <= j)
			high = j;
		else if (middle >= i)
			low = i;
		else
			break;
		CHECK_FOR_INTERRUPTS();
	}
}

/* Extent and weight of a node's items. */
static void
measure_node(BoxSearch *search, Branch *node)
{
	const ExtentItem *p = &search->item[node->begin];

	node->extent = p->extent;
	node->weight = 0;
	for (; p < search->item + node->end; p++)
	{
		for (int d = 0; d < TIME; d++)
		{
			node->extent.low[d] = Min(node->extent.low[d], p->extent.low[d]);
			node->extent.high[d] = Max(node->extent.high[d], p->extent.high[d]);
		}
		node->extent.from = Min(node->extent.from, p->extent.from);
		node->extent.to = Max(node->extent.to, p->extent.to);
		node->weight += p->weight;
	}
}

/* Measure the node, whose range is set, and grow what is below it. */
static void
grow(BoxSearch *search, int32 n)
{
	Branch	   *node = &search->node[n];
	int			middle = node->begin + (node->end - node->begin) / 2;
	double		longest = 0;
	int			dimension = 0;
	int32		child;

	measure_node(search, node);
	node->child = 0;
	node->lead = -1;
	node->united = false;
	if (node->end - node->begin <= LEAF_ITEMS)
		return;
	CHECK_FOR_INTERRUPTS();

	/* across its longest side, measured in eps and eps_time */
	for (int d = 0; d <= TIME; d++)
	{
		double		side = d == TIME ? above(node->extent.to, node->extent.from) :
			node->extent.high[d] - node->extent.low[d];

		if (side * search->scale[d] > longest)
		{
			longest = side * search->scale[d];
			dimension = d;
		}
	}
	split_items(search->item, node->begin, node->end, middle, dimension);
	child = node->child = search->nnodes;
	search->nnodes += 2;
	search->node[child].begin = node->begin;
	search->node[child].end = search->node[child + 1].begin = middle;
	search->node[child + 1].end = node->end;
	grow(search, child);
	grow(search, child + 1);
}

/* ----------
 * Core items
 * ----------
 */

/* The count, plus the weight of p's neighbours in the node; it may stop at "enough". */
static int64
count_neighbours(const BoxSearch *search, const Branch *node, const ExtentItem *p, int64 count, int enough)
{
	Nearness	relation = relate(search, &p->extent, &node->extent);

	if (relation == APART)
		return count;
	if (relation == CLOSE)
		return count + node->weight;
	if (node->child != 0)
	{
		/* its own half first: there it finds neighbours soonest */
		const Branch *child = &search->node[node->child];
		int			own = p - search->item >= child[1].begin;

		count = count_neighbours(search, &child[own], p, count, enough);
		if (count < enough)
			count = count_neighbours(search, &child[1 - own], p, count, enough);
		return count;
	}
	for (const ExtentItem *q = search->item + node->begin; q < search->item + node->end && count < enough; q++)
		if (neighbours(search, p, q))
			count += q->weight;
	return count;
}

/* Mark the core items of the node, in a clique or not, and find the leads. */
static void
mark_core(BoxSearch *search, int32 n, bool clique)
{
	Branch	   *node = &search->node[n];
	int			minpoints = search->task->minpoints;

	CHECK_FOR_INTERRUPTS();
	clique = clique || (node->weight >= minpoints &&
						relate(search, &node->extent, &node->extent) == CLOSE);
	if (node->child != 0)
	{
		const Branch *child = &search->node[node->child];

		mark_core(search, node->child, clique);
		mark_core(search, node->child + 1, clique);
		node->lead = child[0].lead;
		if (node->lead < 0 || (child[1].lead >= 0 &&
							   search->item[child[1].lead].first < search->item[node->lead].first))
			node->lead = child[1].lead;
		return;
	}
	for (int i = node->begin; i < node->end; i++)
	{
		ExtentItem *p = &search->item[i];

		p->core = clique || p->weight >= minpoints ||
			count_neighbours(search, &search->node[0], p, 0, minpoints) >= minpoints;
		if (p->core && (node->lead < 0 || p->first < search->item[node->lead].first))
			node->lead = i;
		CHECK_FOR_INTERRUPTS();
	}
}

/* ----------
 * Clusters
 * ----------
 */
static int32
find_root(BoxSearch *search, int32 i)
{
	int32	   *joined = search->joined;

	while (joined[i] != i)
		i = joined[i] = joined[joined[i]];
	return i;
}

static void
join_items(BoxSearch *search, int32 i, int32 j)
{
	i = find_root(search, i);
	j = find_root(search, j);
	search->joined[Max(i, j)] = Min(i, j);
}

/* All core items of the node are in one cluster. */
static void
unite(BoxSearch *search, Branch *node)
{
	if (node->united || node->lead < 0)
		return;
	node->united = true;
	if (node->child != 0)
		for (int c = node->child; c <= node->child + 1; c++)
		{
			unite(search, &search->node[c]);
			if (search->node[c].lead >= 0)
				join_items(search, search->node[c].lead, node->lead);
		}
	else
		for (int i = node->begin; i < node->end; i++)
			if (search->item[i].core)
				join_items(search, i, node->lead);
	CHECK_FOR_INTERRUPTS();
}

/* Halve a, and not b? */
static inline bool
halve_first(const Branch *a, const Branch *b)
{
	return b->child == 0 || (a->child != 0 && a->end - a->begin >= b->end - b->begin);
}

/* Is a core item of a the neighbour of one of b? */
static bool
core_neighbours(BoxSearch *search, const Branch *a, const Branch *b)
{
	Nearness	relation;

	if (a->lead < 0 || b->lead < 0)
		return false;
	relation = relate(search, &a->extent, &b->extent);
	if (relation != UNKNOWN)
		return relation == CLOSE;
	CHECK_FOR_INTERRUPTS();
	if (a->child != 0 || b->child != 0)
	{
		const Branch *child;

		if (!halve_first(a, b))
		{
			const Branch *swap = a;

			a = b;
			b = swap;
		}
		child = &search->node[a->child];
		return core_neighbours(search, child, b) || core_neighbours(search, child + 1, b);
	}
	for (const ExtentItem *p = search->item + a->begin; p < search->item + a->end; p++)
	{
		if (!p->core || relate(search, &p->extent, &b->extent) == APART)
			continue;
		for (const ExtentItem *q = search->item + b->begin; q < search->item + b->end; q++)
			if (q->core && neighbours(search, p, q))
				return true;
	}
	return false;
}

static bool
in_one_cluster(BoxSearch *search, const Branch *a, const Branch *b)
{
	return a->united && b->united && find_root(search, a->lead) == find_root(search, b->lead);
}

/* Join the core items of a with those of b that are their neighbours. */
static void
join_nodes(BoxSearch *search, Branch *a, Branch *b)
{
	Nearness	relation;

	if (a->lead < 0 || b->lead < 0 || in_one_cluster(search, a, b))
		return;
	relation = relate(search, &a->extent, &b->extent);
	if (relation == APART)
		return;
	CHECK_FOR_INTERRUPTS();
	if (relation == CLOSE)
	{
		unite(search, a);
		unite(search, b);
		join_items(search, a->lead, b->lead);
	}
	else if (a->united && b->united)
	{
		if (core_neighbours(search, a, b))
			join_items(search, a->lead, b->lead);
	}
	else if (a->child == 0 && b->child == 0)
	{
		for (int i = a->begin; i < a->end; i++)
		{
			if (!search->item[i].core ||
				relate(search, &search->item[i].extent, &b->extent) == APART)
				continue;
			for (int j = b->begin; j < b->end; j++)
				if (search->item[j].core && find_root(search, i) != find_root(search, j) &&
					neighbours(search, &search->item[i], &search->item[j]))
					join_items(search, i, j);
		}
	}
	else
	{
		Branch	   *child;

		if (!halve_first(a, b))
		{
			Branch	   *swap = a;

			a = b;
			b = swap;
		}
		child = &search->node[a->child];
		join_nodes(search, child, b);
		join_nodes(search, child + 1, b);
	}
}

/* Join the core items within the node. */
static void
join_within(BoxSearch *search, Branch *node)
{
	CHECK_FOR_INTERRUPTS();
	if (node->lead < 0 || node->united)
		return;
	if (relate(search, &node->extent, &node->extent) == CLOSE)
		unite(search, node);
	else if (node->child != 0)
	{
		Branch	   *child = &search->node[node->child];

		join_within(search, child);
		join_within(search, child + 1);
		join_nodes(search, child, child + 1);
		node->united = child[0].lead < 0 ? child[1].united :
			child[1].lead < 0 ? child[0].united : in_one_cluster(search, child, child + 1);
	}
	else
	{
		node->united = true;
		for (int i = node->begin; i < node->end; i++)
			for (int j = node->begin; j < i && search->item[i].core; j++)
				if (search->item[j].core && find_root(search, i) != find_root(search, j) &&
					neighbours(search, &search->item[i], &search->item[j]))
					join_items(search, i, j);
		for (int i = node->begin; i < node->end; i++)
			if (search->item[i].core && find_root(search, i) != find_root(search, node->lead))
				node->united = false;
	}
}

/* The core neighbour of p in the node with the lowest row, if below that of "best". */
static int32
first_core(const BoxSearch *search, const Branch *node, const ExtentItem *p, int32 best)
{
	Nearness	relation;

	if (node->lead < 0 || (best >= 0 && search->item[node->lead].first >= search->item[best].first))
		return best;
	relation = relate(search, &p->extent, &node->extent);
	if (relation == APART)
		return best;
	if (relation == CLOSE)
		return node->lead;
	if (node->child != 0)
	{
		best = first_core(search, &search->node[node->child], p, best);
		return first_core(search, &search->node[node->child + 1], p, best);
	}
	for (int i = node->begin; i < node->end; i++)
	{
		const ExtentItem *q = &search->item[i];

		if (q->core && (best < 0 || q->first < search->item[best].first) && neighbours(search, p, q))
			best = i;
	}
	return best;
}

/* ----------
 * The whole
 * ----------
 */
static int
answers_kept(int n)
{
	int			answers = 1024;

	while (answers < MAX_ANSWERS && answers / ANSWERS_PER_ITEM < n)
		answers *= 2;
	return answers;
}

/* The limits that the relation of extents has. */
static void
set_limits(BoxSearch *search, const ExtentDbscan *task)
{
	/* beyond the largest distance there can be, all are within eps */
	double		eps = Min(task->eps, 4 * COORDINATE_LIMIT);

	search->reach2 = search->apart2 = search->close2 = square_limit(eps);
	if (task->slack > 0)
	{
		search->apart2 = (eps + task->slack) * (eps + task->slack);
		search->close2 = eps > task->slack ? (eps - task->slack) * (eps - task->slack) : -1;
	}
	for (int d = 0; d < TIME; d++)
		search->scale[d] = 1 / Max(eps, 1e-100);
	search->scale[TIME] = 1 / Max((double) task->eps_time, 1e-100);
}

void
dbscan_extents(const ExtentDbscan *task, int32 *root)
{
	BoxSearch		search = {0};

	if (task->n == 0)
		return;
	search.task = task;
	search.item = task->item;
	set_limits(&search, task);
	if (task->within != NULL)
	{
		search.answers = answers_kept(task->n);
		search.answer = crimeml_array(uint64, search.answers);
	}
	search.node = scratch_array(Branch, kdtree_boxes(task->n, 1, LEAF_ITEMS));
	search.nnodes = 1;
	search.node[0].begin = 0;
	search.node[0].end = task->n;
	grow(&search, 0);
	mark_core(&search, 0, false);

	search.joined = scratch_array(int32, task->n);
	for (int i = 0; i < task->n; i++)
	{
		search.joined[i] = i;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	join_within(&search, &search.node[0]);

	for (int i = 0; i < task->n; i++)
	{
		const ExtentItem *p = &search.item[i];
		int32		core = p->core ? i : first_core(&search, &search.node[0], p, -1);

		root[p->id] = core < 0 ? -1 : find_root(&search, core);
		CHECK_FOR_INTERRUPTS();
	}
}

Size
dbscan_extents_memory(int n, bool asks)
{
	return add_size(add_size(mul_size(n, sizeof(int32)),
							 mul_size(kdtree_boxes(n, 1, LEAF_ITEMS), sizeof(Branch))),
					asks ? answers_kept(n) * sizeof(uint64) : 0);
}
