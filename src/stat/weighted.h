/*
 * weighted.h
 *		Numbers with weights, in order.
 */
#ifndef CRIMEML_STAT_WEIGHTED_H
#define CRIMEML_STAT_WEIGHTED_H

#include "crimeml.h"

typedef struct Weighted
{
	double		value;
	double		weight;
} Weighted;

extern void weighted_sort(Weighted *item, uint32 n);

/*
 * The quantile of n sorted items, each standing for as many equal values as its
 * weight says, "total" in all: between neighbours, type 7 of R.
 */
extern double weighted_quantile(const Weighted *item, uint32 n, double total, double share);

/* The standard deviation of such a sample. */
extern double weighted_deviation(const Weighted *item, uint32 n, double total);

/* The quantile of n sorted values, ditto. */
extern double quantile(const double *value, int64 n, double share);

#endif							/* CRIMEML_STAT_WEIGHTED_H */
