/*
 * silhouette.h
 *		How good is a k-means clustering?
 */
#ifndef CRIMEML_SILHOUETTE_H
#define CRIMEML_SILHOUETTE_H

#include "cluster/sites.h"

/*
 * The inertia (sum of squared distances to the means of the clusters 0 .. k-1,
 * none of which is empty) and the mean of the simplified silhouette over the
 * points, (b - a) / max(a, b) with a the distance to the own mean and b to the
 * nearest other one (Hruschka, de Castro and Campello 2004; Vendramin, Campello
 * and Hruschka 2010); 0 for a point on two means, NaN where k is 1.
 * cluster[] is by row.  Scratch memory is in the current context.
 */
extern void kmeans_measure(const Sites *sites, const int32 *cluster, int k,
						   double *inertia, double *silhouette);

#endif							/* CRIMEML_SILHOUETTE_H */
