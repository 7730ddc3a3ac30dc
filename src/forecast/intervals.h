/*
 * intervals.h
 *		The arguments horizon and levels of functions that forecast.
 */
#ifndef CRIMEML_FORECAST_INTERVALS_H
#define CRIMEML_FORECAST_INTERVALS_H

#include "forecast/forecaster.h"

/* Steps ahead, 1 to FORECAST_MAX_HORIZON; an error otherwise. */
extern int	forecast_horizon(FunctionCallInfo fcinfo, int argno);

/*
 * Levels of intervals, each above 0 and below 1, as they are given; none where
 * the argument is NULL or empty.
 */
extern double *forecast_levels(FunctionCallInfo fcinfo, int argno, int *n);

#endif							/* CRIMEML_FORECAST_INTERVALS_H */
