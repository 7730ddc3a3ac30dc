/*
 * kdtree.c
 *		Trees of boxes over places.
 */
#include "cluster/kdtree.h"

#include <float.h>
#include <math.h>

/* A leaf that is no root has half of "leaf" at least. */
Size
kdtree_boxes(Size nplaces, Size nroots, int leaf)
{
	return nroots + 4 * nplaces / leaf;
}

/* Bounds and weight of a box's places. */
static void
measure_box(KdTree *tree, Box *box)
{
	const KdPlace *p = tree->place + box->begin;

	box->xmin = box->xmax = p->x;
	box->ymin = box->ymax = p->y;
#if KD_DIMS == 3
	box->zmin = box->zmax = p->z;
#endif
	box->weight = 0;
	for (; p < tree->place + box->end; p++)
	{
		box->xmin = Min(box->xmin, p->x);
		box->xmax = Max(box->xmax, p->x);
		box->ymin = Min(box->ymin, p->y);
		box->ymax = Max(box->ymax, p->y);
#if KD_DIMS == 3
		box->zmin = Min(box->zmin, p->z);
		box->zmax = Max(box->zmax, p->z);
#endif
		box->weight += p->weight;
	}
}

static inline double
coordinate(const KdPlace *p, int axis)
{
#if KD_DIMS == 3
	if (axis == 2)
		return p->z;
#endif
	return axis == 0 ? p->x : p->y;
}

/* The axis of a box's longest side. */
static int
longest_side(const Box *box)
{
	double		dx = box->xmax - box->xmin;
	double		dy = box->ymax - box->ymin;

#if KD_DIMS == 3
	double		dz = box->zmax - box->zmin;

	if (dz > dx && dz > dy)
		return 2;
#endif
	return dx > dy ? 0 : 1;
}

/* Quickselect: places [begin, middle) are not above those from middle on. */
static void
split_places(KdPlace *place, int begin, int end, int middle, int axis)
{
	int			low = begin;
	int			high = end - 1;

	while (low < high)
	{
		double		a = coordinate(&place[low], axis);
		double		b = coordinate(&place[low + (high - low) / 2], axis);
		double		c = coordinate(&place[high], axis);
		double		pivot = Max(Min(a, b), Min(Max(a, b), c));
		int			i = low;
		int			j = high;

		while (i <= j)
		{
			while (coordinate(&place[i], axis) < pivot)
				i++;
			while (coordinate(&place[j], axis) > pivot)
				j--;
			if (i <= j)
			{
				KdPlace		swap = place[i];

				place[i++] = place[j];
				place[j--] = swap;
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

void
kdtree_grow(KdTree *tree, int32 root)
{
	Box		   *box = &tree->box[root];
	int			middle = box->begin + (box->end - box->begin) / 2;
	int32		child;

	measure_box(tree, box);
	box->child = 0;
	if (box->end - box->begin <= tree->leaf)
		return;
	CHECK_FOR_INTERRUPTS();

	split_places(tree->place, box->begin, box->end, middle, longest_side(box));
	child = box->child = tree->nboxes;
	tree->nboxes += 2;
	tree->box[child].begin = box->begin;
	tree->box[child].end = tree->box[child + 1].begin = middle;
	tree->box[child + 1].end = box->end;
	kdtree_grow(tree, child);
	kdtree_grow(tree, child + 1);
}

#if KD_DIMS == 2
double
square_limit(double eps)
{
	double		limit = eps * eps;

	while (sqrt(limit) > eps)
		limit = nextafter(limit, 0);
	while (sqrt(nextafter(limit, DBL_MAX)) <= eps)
		limit = nextafter(limit, DBL_MAX);
	return limit;
}
#endif
