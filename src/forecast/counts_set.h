/*
 * counts_set.h
 *		The counts of a source as series to be forecast.
 */
#ifndef CRIMEML_COUNTS_SET_H
#define CRIMEML_COUNTS_SET_H

#include "data/count_series.h"
#include "forecast/forecaster.h"

typedef struct CountsSet
{
	SeriesCounts *counts;
	const char *time_zone;
	const double **value;		/* of each series all that there is, NaN in what the clocks leave out */
} CountsSet;

/* Read them for the SQL function of that name. */
extern CountsSet *counts_set_read(const char *function, const char *source,
								  const Interval *interval, pg_tz *zone);

/*
 * The series up to a bucket (before it), those that begin later left out: which[i]
 * is the number of the i-th among all.
 */
extern SeriesSet *counts_set_until(const CountsSet *set, int end, int **which);

#endif							/* CRIMEML_COUNTS_SET_H */
