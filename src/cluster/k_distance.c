/*
 * k_distance.c
 *		k-distances, by a tree of boxes over the places, and their knee.
 */
#include "cluster/k_distance.h"

#include <float.h>
#include <math.h>

#include "cluster/kdtree.h"
#include "stat/order.h"

#define LEAF_PLACES 16

/* More than the steps to a bound can lose. */
#define ROUNDING 1e-12

/* A place found near another. */
typedef struct Near
{
	double		d2;
	int32		weight;
} Near;

/*
 * The nearest places that together have "need" points.  Twice as many as can
 * be needed are gathered, then those too far are dropped: less work than to
 * keep them in order.
 */
typedef struct KneeSearch
{
	const KdTree *tree;
	KdPlace		at;
	int			need;
	int			n;
	Size		capacity;
	double		bound2;			/* none of them is farther */
	Near	   *near;
} KneeSearch;

/* Drop what is farther than the nearest that have enough points. */
static void
drop_farther(KneeSearch *search)
{
	Near	   *near = search->near;
	int64		need = search->need;
	int			low = 0;
	int			high = search->n - 1;

	while (low < high)
	{
		double		a = near[low].d2;
		double		b = near[low + (high - low) / 2].d2;
		double		c = near[high].d2;
		double		pivot = Max(Min(a, b), Min(Max(a, b), c));
		int64		weight = 0;
		int			i = low;
		int			j = high;

		while (i <= j)
		{
			while (near[i].d2 < pivot)
				weight += near[i++].weight;
			while (near[j].d2 > pivot)
				j--;
			if (i <= j)
			{
				Near		swap = near[i];

				near[i] = near[j];
				near[j--] = swap;
				weight += near[i++].weight;
			}
		}
		/* low .. i - 1 are weighed; j + 1 .. i - 1 is one of the pivot's, if any */
		if (i - j == 2)
		{
			if (weight >= need && weight - near[i - 1].weight < need)
			{
				low = high = i - 1;
				break;
			}
			if (weight >= need)
				weight -= near[i - 1].weight;
		}
		if (weight >= need)
			high = j;
		else
		{
			need -= weight;
			low = i;
		}
	}
	search->n = low + 1;
	search->bound2 = near[low].d2;
}

static void
search_box(KneeSearch *search, const Box *box)
{
	if (box->child != 0)
	{
		const Box  *first = &search->tree->box[box->child];
		const Box  *second = first + 1;

		if (nearest2_place(&search->at, second) < nearest2_place(&search->at, first))
		{
			second = first;
			first = second + 1;
		}
		if (nearest2_place(&search->at, first) <= search->bound2)
			search_box(search, first);
		if (nearest2_place(&search->at, second) <= search->bound2)
			search_box(search, second);
		return;
	}
	for (int i = box->begin; i < box->end; i++)
	{
		const KdPlace *place = &search->tree->place[i];
		double		d2 = distance2(&search->at, place);

		if (d2 > search->bound2)
			continue;
		search->near[search->n].d2 = d2;
		search->near[search->n++].weight = place->weight;
		if (search->n == search->capacity)
			drop_farther(search);
	}
}

/* Places that are gathered, at most: never more than "need" are left by a drop. */
static inline Size
near_capacity(int n, int minpoints)
{
	return (Size) Min(n, minpoints) * 2 + 1;
}

void
k_distances(const Sites *sites, int minpoints, double *distance)
{
	int			n = sites->n;
	KdTree		tree = {0};
	KneeSearch		search = {0};
	Progress	progress;

	tree.place = crimeml_array(KdPlace, n);
	tree.box = crimeml_array(Box, kdtree_boxes(n, 1, LEAF_PLACES));
	tree.leaf = LEAF_PLACES;
	tree.nboxes = 1;
	for (int i = 0; i < n; i++)
		tree.place[i] = place_of_site(sites, i);
	tree.box[0].begin = 0;
	tree.box[0].end = n;
	kdtree_grow(&tree, 0);

	search.tree = &tree;
	search.need = minpoints;
	search.capacity = near_capacity(n, minpoints);
	search.near = crimeml_array(Near, search.capacity);
	progress_start(&progress, "measuring k-distances", n);
	/* in the order of the tree, where the place before is mostly near: it bounds */
	for (int i = 0; i < n; i++)
	{
		double		bound = INFINITY;

		search.at = tree.place[i];
		if (i > 0)
			bound = distance[tree.place[i - 1].site] +
				sqrt(distance2(&search.at, &tree.place[i - 1]));
		search.bound2 = bound * bound * (1 + ROUNDING) + DBL_MIN;
		search.n = 0;
		search_box(&search, &tree.box[0]);
		drop_farther(&search);
		distance[search.at.site] = sqrt(search.bound2);
		if ((i & 0x3f) == 0)
			progress_step(&progress, i);
	}
	pfree(search.near);
	pfree(tree.box);
	pfree(tree.place);
}

Size
k_distances_memory(int n, int minpoints)
{
	return add_size(mul_size(n, sizeof(KdPlace) + sizeof(double)),
					add_size(mul_size(kdtree_boxes(n, 1, LEAF_PLACES), sizeof(Box)),
							 mul_size(near_capacity(n, minpoints), sizeof(Near))));
}

double
knee(const double *distance, const int32 *weight, int n)
{
	int32	   *order = crimeml_array(int32, Max(n, 1));
	int			begin = 0;
	int64		total = 0;
	int64		before = 0;
	double		least;
	double		most;
	double		best = -INFINITY;
	double		at;

	order_by(distance, n, order);
	while (begin < n && distance[order[begin]] == 0)
		begin++;
	if (begin == n)
	{
		pfree(order);
		return NAN;
	}
	for (int i = begin; i < n; i++)
		total += weight[order[i]];
	at = least = distance[order[begin]];
	most = distance[order[n - 1]];
	for (int i = begin; i < n && most > least; i++)
	{
		double		d = distance[order[i]];
		double		below;

		/* the last of the points with this distance */
		before += weight[order[i]];
		below = (before - 1) / (double) (total - 1) - (d - least) / (most - least);
		if (below > best)
		{
			best = below;
			at = d;
		}
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(order);
	return at;
}
