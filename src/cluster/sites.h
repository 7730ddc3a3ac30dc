/*
 * sites.h
 *		The distinct places among points.
 *
 * Incidents are geocoded to block centres, so a third of the points, or a
 * tenth, are distinct; every engine works on places with weights.  Their order
 * is by (x, y), whatever the order of the rows.
 */
#ifndef CRIMEML_SITES_H
#define CRIMEML_SITES_H

#include "crimeml.h"

typedef struct Sites
{
	int			n;
	double	   *x;
	double	   *y;
	int32	   *weight;			/* points at the place */
	int32	   *first;			/* lowest row at the place */
	int32	   *site_of;		/* the place of each row */
} Sites;

/* Bytes a row that sites_build() takes at its peak, and that it keeps. */
#define SITES_PEAK_BYTES 32
#define SITES_KEPT_BYTES 28

/* The places among n points with finite coordinates, in the current context. */
extern Sites *sites_build(const double *x, const double *y, int n);

/*
 * cluster[i] becomes the number of the cluster of item_of[i] (of i where that is
 * NULL): root[] has one value below nroots for all items of a cluster, or -1,
 * which stays; the numbers run 0, 1, 2 ... in order of first appearance.
 */
extern void number_clusters(const int32 *root, int32 nroots, const int32 *item_of, int n,
							int32 *cluster);

#endif							/* CRIMEML_SITES_H */
