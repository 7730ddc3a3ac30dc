/*
 * classical.h
 *		Classical seasonal decomposition, and values for gaps.
 */
#ifndef CRIMEML_CLASSICAL_H
#define CRIMEML_CLASSICAL_H

#include "crimeml.h"

/*
 * Copy values, NaN where missing, and put into each gap a line from the value
 * before to the one after it of the same place in the season; from any to any
 * where the season is not known on both sides.  One value at least is there.
 */
extern void fill_gaps(const double *value, double *filled, int n, int period);

/*
 * The seasonal figure by classical decomposition: the mean of what a centred
 * moving average leaves, by place in the season (t % period), with mean 0, or 1
 * if it multiplies.  n is twice the period or more.
 */
extern void classical_figure(const double *value, int n, int period, bool multiplies,
							 double *figure);

/* The least-squares line intercept + slope t, t = 0 .. n-1. */
extern void fit_line(const double *value, int n, double *intercept, double *slope);

#endif							/* CRIMEML_CLASSICAL_H */
