/*
 * kdtree.h
 *		Trees of boxes over places, for the engines that ask what is near.
 *
 * Places are sorted in place so that each node is a range of them.  There may
 * be several trees over one array: the caller sets the ranges of the roots.
 * Bounds on boxes are computed as the distance of two points is, and rounding
 * is monotone: a bound never excludes what the comparison of two points would
 * include.
 *
 * Who defines KD_DIMS as 3 before this is included has trees in space.
 */
#ifndef CRIMEML_KDTREE_H
#define CRIMEML_KDTREE_H

#include "cluster/sites.h"

#ifndef KD_DIMS
#define KD_DIMS 2
#endif
#if KD_DIMS == 3
#define kdtree_boxes kdtree3_boxes
#define kdtree_grow kdtree3_grow
#endif

typedef struct KdPlace
{
	double		x;
	double		y;
#if KD_DIMS == 3
	double		z;
#endif
	int32		weight;
	int32		first;			/* lowest row here */
	int32		site;			/* its number in Sites */
	int32		mark;			/* for the engine */
} KdPlace;

typedef struct Box
{
	double		xmin,
				xmax,
				ymin,
				ymax;
#if KD_DIMS == 3
	double		zmin,
				zmax;
#endif
	int32		begin;			/* places begin .. end - 1 */
	int32		end;
	int32		weight;
	int32		child;			/* children are child and child + 1; 0: leaf */
	int32		mark;			/* for the engine */
} Box;

typedef struct KdTree
{
	KdPlace	   *place;
	Box		   *box;			/* the roots first; children after their parents */
	int			nboxes;
	int			leaf;			/* places in a leaf, at most */
} KdTree;

#if KD_DIMS == 2
static inline KdPlace
place_of_site(const Sites *sites, int32 site)
{
	KdPlace		place = {sites->x[site], sites->y[site], sites->weight[site],
	sites->first[site], site, 0};

	return place;
}
#endif

/* Boxes that trees over nplaces have, at most. */
extern Size kdtree_boxes(Size nplaces, Size nroots, int leaf);

/* Measure the root, whose range is set, and grow its tree. */
extern void kdtree_grow(KdTree *tree, int32 root);

/* ----------
 * Squared distances
 * ----------
 */

/* The largest square whose root is at most eps. */
extern double square_limit(double eps);

static inline double
box_gap(double amin, double amax, double bmin, double bmax)
{
	return amin > bmax ? amin - bmax : (bmin > amax ? bmin - amax : 0);
}

static inline double
box_span(double amin, double amax, double bmin, double bmax)
{
	return Max(amax - bmin, bmax - amin);
}

static inline double
square2(double dx, double dy)
{
	return dx * dx + dy * dy;
}

#if KD_DIMS == 2
static inline double
distance2(const KdPlace *a, const KdPlace *b)
{
	return square2(a->x - b->x, a->y - b->y);
}

/* Bounds over all pairs of points of two boxes, and of a point and a box. */
static inline double
nearest2(const Box *a, const Box *b)
{
	return square2(box_gap(a->xmin, a->xmax, b->xmin, b->xmax),
				   box_gap(a->ymin, a->ymax, b->ymin, b->ymax));
}

static inline double
farthest2(const Box *a, const Box *b)
{
	return square2(box_span(a->xmin, a->xmax, b->xmin, b->xmax),
				   box_span(a->ymin, a->ymax, b->ymin, b->ymax));
}

static inline double
nearest2_place(const KdPlace *p, const Box *b)
{
	return square2(box_gap(p->x, p->x, b->xmin, b->xmax),
				   box_gap(p->y, p->y, b->ymin, b->ymax));
}

static inline double
farthest2_place(const KdPlace *p, const Box *b)
{
	return square2(box_span(p->x, p->x, b->xmin, b->xmax),
				   box_span(p->y, p->y, b->ymin, b->ymax));
}
#endif

#endif							/* CRIMEML_KDTREE_H */
