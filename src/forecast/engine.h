/*
 * engine.h
 *		What the engines of forecast/ share: summaries of a series, normal
 *		predictive distributions, finite numbers in payloads.
 */
#ifndef CRIMEML_FORECAST_ENGINE_H
#define CRIMEML_FORECAST_ENGINE_H

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

/* The nearest that a value, or a count, can be; NaN is 0. */
extern double finite_value(double value, bool counts);

/* A normal distribution; never infinite, of counts with a mean of 0 or more. */
extern void predictive_set_normal(Predictive *p, bool counts, double mean, double variance);

/*
 * Numbers of a payload.  What ran over is written as the largest number, so that
 * it can be read again; reading is an error unless they are finite, or within
 * limits.
 */
extern void write_finite(ByteWriter *w, double value);
extern double read_finite(ByteReader *r);
extern double read_within(ByteReader *r, double low, double high);

#endif							/* CRIMEML_FORECAST_ENGINE_H */
