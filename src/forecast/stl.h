/*
 * stl.h
 *		Seasonal and trend decomposition by loess (Cleveland, Cleveland, McRae
 *		and Terpenning 1990), of one period or several.
 */
#ifndef CRIMEML_STL_H
#define CRIMEML_STL_H

#include "crimeml.h"

typedef struct StlWindows
{
	int			season;			/* periods; 0: the season is the same in all of them */
	int			trend;			/* buckets; 0: by the period and the season's */
	bool		robust;			/* outliers count less */
} StlWindows;

/* The season's window of the i-th period (from 0), as R's mstl has it. */
#define STL_SEASON_WINDOW(i) (11 + 4 * (i))

/*
 * Split n values without gaps into trend and season; n is above 2 period, which
 * is 2 or more.  Even windows are taken one longer, short ones as 3.
 */
extern void stl_decompose(const double *value, int n, int period,
						  const StlWindows *windows, double *season, double *trend);

/*
 * The same with a season for each of several periods, ascending, each with its
 * windows, in two rounds; season[i] is NULL where it is not wanted.  Periods of half the series or more
 * have a season of 0.  Without any that is shorter the trend is a loess line over
 * a third of the series.  value = trend + the seasons + remainder.
 */
extern void stl_decompose_all(const double *value, int n, const int *period, int periods,
							  const StlWindows *windows, double *const *season,
							  double *trend, double *remainder);

#endif							/* CRIMEML_STL_H */
