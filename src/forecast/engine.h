/*
 * engine.h
 *		What the engines of forecast/ share: summaries of a series, normal
 *		predictive distributions, finite numbers in payloads.
 */
#ifndef CRIMEML_FORECAST_ENGINE_H
#define CRIMEML_FORECAST_ENGINE_H

#include <math.h>

#include "bytes.h"
#include "forecast/forecaster.h"

/* The values that are there. */
typedef struct SeriesSummary
{
	int			seen;			/* 1 or more */
	double		mean;
	double		variance;		/* by seen - 1; 0 of one value */
	bool		constant;
} SeriesSummary;

extern SeriesSummary series_summary(const Series *series);

/*
 * The variance of the next value where the values themselves do not show it, as
 * they are few or all the same: of counts that of a Poisson distribution with
 * Jeffreys' prior, else the variance that there is, which may be 0.
 */
extern double plain_variance(const SeriesSummary *summary, bool counts);

/* A normal distribution; never infinite, of counts with a mean of 0 or more. */
extern void predictive_set_normal(Predictive *p, bool counts, double mean, double variance);

/* Can it be a count?  What is larger cannot be told from a measurement. */
#define LARGEST_COUNT 1e9

static inline bool
is_count(double value)
{
	return value >= 0 && value <= LARGEST_COUNT && value == rint(value);
}

/*
 * An error (22003) of the SQL function unless the values can be squared and summed
 * up: between 1e-100 and 1e100, or 0.
 */
extern void series_check_range(const double *value, int n, const char *function);

/*
 * Numbers of a payload.  What ran over is written as the largest number, so that
 * it can be read again; reading is an error unless they are finite, or within
 * limits.
 */
extern void write_finite(ByteWriter *w, double value);
extern double read_finite(ByteReader *r);
extern double read_within(ByteReader *r, double low, double high);

#endif							/* CRIMEML_FORECAST_ENGINE_H */
