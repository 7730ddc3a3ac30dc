/*
 * dbscan_extents.h
 *		Density-based clusters of whatever has a box: points on a plane or a
 *		sphere, with or without a time, and shapes of any kind.
 *
 * The rules are those of dbscan.h (Ester, Kriegel, Sander and Xu 1996).  Where
 * items have a time, neighbours are within eps in space and, besides, within
 * eps_time (Birant and Kut 2007).
 */
#ifndef CRIMEML_DBSCAN_EXTENTS_H
#define CRIMEML_DBSCAN_EXTENTS_H

#include "crimeml.h"

/* A box in the plane (z is 0) or in space, and the times of what it holds. */
typedef struct Extent
{
	double		low[3];
	double		high[3];
	int64		from;			/* microseconds; 0 where there is no time */
	int64		to;
} Extent;

/* Coordinates up to COORDINATE_LIMIT; its time is one instant. */
typedef struct ExtentItem
{
	Extent		extent;
	int32		weight;			/* how many of them are here */
	int32		first;			/* its lowest row; no two items share it */
	int32		id;				/* 0 .. n-1, for within() and the result */
	bool		core;			/* for the engine */
} ExtentItem;

typedef struct ExtentDbscan
{
	ExtentItem *item;			/* the engine changes their order */
	int			n;
	double		eps;			/* distance in the units of the extents */
	uint64		eps_time;
	int			minpoints;

	/*
	 * Whether items i and j are within eps in space, asked where their extents
	 * do not tell; it may longjmp.  NULL where all items are points.  Bounds by
	 * extents may be off by "slack" against what it says.
	 */
	bool		(*within) (void *arg, int i, int j);
	void	   *arg;
	double		slack;
} ExtentDbscan;

/*
 * root[id] becomes a number below n that the items of one cluster share, or -1
 * for noise.  Scratch memory is in the current context.
 */
extern void dbscan_extents(const ExtentDbscan *scan, int32 *root);

/* Bytes that dbscan_extents() takes for n items beside them, at most. */
extern Size dbscan_extents_memory(int n, bool asks);

#endif							/* CRIMEML_DBSCAN_EXTENTS_H */
