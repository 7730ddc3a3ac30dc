/*
 * median.h
 *		The geometric median: the point with the least sum of distances.
 */
#ifndef CRIMEML_MEDIAN_H
#define CRIMEML_MEDIAN_H

#include "crimeml.h"

/*
 * Of n >= 1 distinct places with weights above 0.  Weiszfeld's iterations as
 * Vardi and Zhang (2000) mend them for places, with Newton's steps where these
 * are better; a place that is the median itself is found exactly.
 */
extern void geometric_median(const double *x, const double *y, const int32 *weight, int n,
							 double *median_x, double *median_y);

#endif							/* CRIMEML_MEDIAN_H */
