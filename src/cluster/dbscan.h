/*
 * dbscan.h
 *		Density-based clusters of points (Ester, Kriegel, Sander and Xu 1996).
 *
 * A core point has at least minpoints points, itself included, within eps
 * (d <= eps, both in the units of the coordinates).  Core points within eps of
 * each other are in one cluster.  A border point, within eps of a core point
 * but no core point, goes to the cluster of the first such core point in row
 * order; what is left is noise.
 */
#ifndef CRIMEML_DBSCAN_H
#define CRIMEML_DBSCAN_H

#include "crimeml.h"

/*
 * Coordinates up to COORDINATE_LIMIT; eps >= 0.  cluster[i] becomes 0, 1, 2 ...
 * in order of first appearance, or -1 for noise.  Scratch memory is in the
 * current context.
 */
extern void dbscan(const double *x, const double *y, int n, double eps,
				   int minpoints, int32 *cluster);

/* Bytes that dbscan() takes for n points, at most. */
extern Size dbscan_memory(int n);

#endif							/* CRIMEML_DBSCAN_H */
