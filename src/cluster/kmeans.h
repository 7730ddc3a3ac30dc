/*
 * kmeans.h
 *		k-means clusters of points.
 *
 * Minimizes the sum of squared distances to the centres: a greedy k-means++
 * start (Arthur and Vassilvitskii 2007), a local search that moves one centre
 * at a time, and Lloyd's iterations to their end, by the filtering algorithm
 * of Kanungo et al. (2002).
 */
#ifndef CRIMEML_KMEANS_H
#define CRIMEML_KMEANS_H

#include "crimeml.h"

/*
 * Coordinates up to COORDINATE_LIMIT; k >= 1.  cluster[i] becomes 0,
 * 1, 2 ... in order of first appearance; there are k clusters, or as many as
 * there are distinct points if that is fewer.  The clusters depend on the
 * points and the seed, not on the order of the points.  Scratch memory is in
 * the current context.
 */
extern void kmeans(const double *x, const double *y, int n, int k, int64 seed,
				   int32 *cluster);

/*
 * The same on the sphere, of places in degrees, each with one way to write it
 * (sphere_normalize): distances are chords, and centres are places, too.
 */
extern void kmeans_sphere(const double *longitude, const double *latitude, int n, int k,
						  int64 seed, int32 *cluster);

/* Bytes that kmeans() takes for n points, at most. */
extern Size kmeans_memory(int n, int k);

#endif							/* CRIMEML_KMEANS_H */
