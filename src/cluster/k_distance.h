/*
 * k_distance.h
 *		A distance for dbscan: the knee of the curve of k-distances.
 *
 * The k-distance of a point is the least eps at which it is a core point.  In
 * ascending order they rise slowly among what is crowded and fast among what
 * is not; between lies the knee, the point farthest below the line from the
 * first to the last (Satopaa, Albrecht, Irwin and Raghavan 2011).
 */
#ifndef CRIMEML_K_DISTANCE_H
#define CRIMEML_K_DISTANCE_H

#include "cluster/sites.h"

/*
 * The distance[] of each site within which minpoints points lie, its own
 * included; there must be as many.  Scratch memory is in the current context.
 */
extern void k_distances(const Sites *sites, int minpoints, double *distance);

/* Bytes that k_distances() takes for n points, at most. */
extern Size k_distances_memory(int n, int minpoints);

/*
 * The knee of n distances with weights, or NaN when all are 0.  Points with a
 * distance of 0 are core points at any eps, and take no part.
 */
extern double knee(const double *distance, const int32 *weight, int n);

#endif							/* CRIMEML_K_DISTANCE_H */
