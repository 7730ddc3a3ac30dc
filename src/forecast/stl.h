/*
 * stl.h
 *		Seasonal and trend decomposition by loess (Cleveland, Cleveland, McRae
 *		and Terpenning 1990), of one period or several.
 */
#ifndef CRIMEML_STL_H
#define CRIMEML_STL_H

#include "crimeml.h"

/* The season's window of the i-th period (from 0), in periods, as R's mstl has it. */
#define STL_SEASON_WINDOW(i) (11 + 4 * (i))

/*
 * Split n values without gaps into trend and season; n is above 2 period, which
 * is 2 or more, and the season's window odd.  Where it is robust outliers count less.
 */
extern void stl_decompose(const double *value, int n, int period, int window, bool robust,
						  double *season, double *trend);

/*
 * The same with a season for each of several periods, ascending, in two rounds.
 * Periods of half the series or more have a season of 0.  Without any that is
 * shorter the trend is a loess line over a third of the series, and seven values
 * at least.  value = trend + the seasons + remainder.
 */
extern void stl_decompose_all(const double *value, int n, const int *period, int periods,
							  bool robust, double *const *season,
							  double *trend, double *remainder);

#endif							/* CRIMEML_STL_H */
