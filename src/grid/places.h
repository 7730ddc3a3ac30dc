/*
 * places.h
 *		Distinct places and the weight at each.
 *
 * Police records are snapped to blocks: 900 000 incidents of Philadelphia lie
 * on 25 784 points.  What is summed over points is much cheaper over places.
 */
#ifndef CRIMEML_GRID_PLACES_H
#define CRIMEML_GRID_PLACES_H

#include "crimeml.h"

typedef struct Place
{
	double		x;				/* NaN: a free slot */
	double		y;
	double		weight;
} Place;

typedef struct Places
{
	MemoryContext context;
	Place	   *slot;			/* open addressing, at most half full */
	uint32		capacity;		/* a power of two; 0: nothing allocated yet */
	uint32		n;
} Places;

extern void places_init(Places *places, MemoryContext context);
extern void places_add(Places *places, double x, double y, double weight);
/* Make room for n places in all: to add those of another table in its order
 * would be slow in a smaller one. */
extern void places_reserve(Places *places, uint32 n);
extern void places_clear(Places *places);	/* keeps its memory */

/* The n places in the order of their slots, in CurrentMemoryContext. */
extern Place *places_listed(const Places *places);

/* The n places from south to north and west to east, in CurrentMemoryContext. */
extern Place *places_sorted(const Places *places);

/*
 * The distinct ones of n points in the order of (x, y), each of weight 1 where
 * there are no weights, in CurrentMemoryContext.
 */
extern Place *places_of_points(const double *x, const double *y, const double *weight, int n,
							   uint32 *places);

#endif							/* CRIMEML_GRID_PLACES_H */
