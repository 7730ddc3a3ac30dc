/*
 * strays.h
 *		Places far from the rest.
 *
 * The middle is the median of x and of y, and the spread the median distance
 * from it, both of the distinct places: neither a stack of points on one place
 * nor a tenth of all points at (0,0) moves them, and up to half of the places
 * may be astray.  A street has a spread, since distance is taken in the plane.
 *
 * A place is far where it is more than STRAY_SPREADS spreads from the middle, and
 * more than the least reach that the caller gives.  A city with its country has
 * some ten spreads; a missing place written as (0,0), degrees among metres and
 * exchanged coordinates have hundreds.
 *
 * Far places that stand together are no strays but another region, a second
 * city for instance: where within about a reach of a place there are 1 % of all
 * distinct places, and 10 or more.
 */
#ifndef CRIMEML_STAT_STRAYS_H
#define CRIMEML_STAT_STRAYS_H

#include "crimeml.h"

#define STRAY_SPREADS 20.0

/* With fewer distinct places nothing can be said. */
#define STRAY_LEAST_PLACES 5

typedef enum Standing
{
	STANDING_NEAR,
	STANDING_APART,				/* in another region */
	STANDING_STRAY
} Standing;

typedef struct Middle
{
	double		x;
	double		y;
	double		reach;			/* what is farther is far; infinite where nothing can be said */
} Middle;

/* Bytes a point that strays_find() takes, at most. */
#define STRAYS_BYTES 60

/*
 * The standing of each of n points in the order of (x, y), with coordinates of
 * at most 1e100; at the same place it is the same.
 */
extern Middle strays_find(const double *x, const double *y, int n, double least_reach,
						  uint8 *standing);

extern double middle_distance(const Middle *middle, double x, double y);

#endif							/* CRIMEML_STAT_STRAYS_H */
