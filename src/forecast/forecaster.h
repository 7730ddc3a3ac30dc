/*
 * forecaster.h
 *		What a forecaster gets, what it gives, and the table entry by which the
 *		rest of crimeml knows it.
 *
 * A forecaster is an engine: plain C over arrays.  It is one file or a few, one
 * Forecaster struct, one row in the list of forecast/methods.
 */
#ifndef CRIMEML_FORECASTER_H
#define CRIMEML_FORECASTER_H

#include <math.h>

#include "algorithm.h"
#include "data/calendar.h"
#include "forecast/predictive.h"

/* The farthest step. */
#define FORECAST_MAX_HORIZON 10000

/* A series from its first value on; the last one is not missing. */
typedef struct Series
{
	int			place;			/* in its set, from 0 */
	int			n;				/* 1 or more */
	const double *value;		/* finite; NaN: missing */
	int			first;			/* the bucket of value[0] in the calendar */
	const Calendar *calendar;	/* reaches to first + n at least */
	bool		counts;			/* all are counts: value_is_count() */
} Series;

/* Those that are forecast together. */
typedef struct SeriesSet
{
	int			n;
	const Series *series;		/* on one calendar */
} SeriesSet;

/* What was fitted, for describe(): parameters, likelihood, criteria. */
typedef struct FitTerm
{
	const char *name;
	double		value;
} FitTerm;

typedef struct FitReport
{
	const char *method;			/* in the field's notation: "ETS(A,N,A)" */
	const char *reason;			/* why it is this one; or NULL */
	int			terms;
	int			room;			/* for terms */
	FitTerm    *term;
} FitReport;

/* One more, in CurrentMemoryContext; the name is kept as it is. */
extern void report_term(FitReport *report, const char *name, double value);

/* The report as bytes, and back into CurrentMemoryContext. */
extern void fit_report_write(const FitReport *report, ByteWriter *w);
extern void fit_report_read(ByteReader *r, FitReport *report);

/* What a stored series is known to have before its payload is read. */
typedef struct SeriesShape
{
	int			season;
	int			slots;
	int			n;				/* buckets from its first value to its last */
	int			first;
	bool		counts;
	const void *pool;			/* what was learned from all series; or NULL */
} SeriesShape;

typedef struct Forecaster
{
	Algorithm	base;			/* decode's shape is a SeriesShape, its payload that of one series */

	/*
	 * What is learned from all series of a set, in CurrentMemoryContext; NULL
	 * where a forecaster takes each by itself.
	 */
	void	   *(*pool) (const SeriesSet *set, const OptionValue *option);
	void		(*write_pool) (const void *pool, ByteWriter *out);
	void	   *(*read_pool) (ByteReader *r);

	/*
	 * Fit a series, and append its payload.  Whatever the series is like (one
	 * value, constant, all zero, gaps), there is a fit, if only a simpler one:
	 * the report says which and why.  Scratch is in CurrentMemoryContext.
	 */
	void		(*fit) (const Series *series, const void *pool, const OptionValue *option,
						ByteWriter *payload, FitReport *report);

	/*
	 * The distributions of the next horizon values after the series' last; the
	 * calendar reaches so far, and bucket shape->first of it is that of the first
	 * value.  Random numbers are seeded by "seed" alone.
	 */
	void		(*forecast) (const void *fitted, const SeriesShape *shape,
							 const Calendar *calendar, int horizon, uint64 seed,
							 Predictive *result);

	/*
	 * Take in the next value (NaN: missing) of a decoded series, parameters as
	 * they are; and append what was decoded as payload.  shape is of the series
	 * with that value.  NULL: no aggregate makes models of it, so that what it
	 * fits is never stored; reading such a model is an error.
	 */
	void		(*update) (void *fitted, const SeriesShape *shape, const Calendar *calendar,
						   double value);
	void		(*write) (const void *fitted, ByteWriter *payload);

	/* Bytes that fit() takes for a series of n values, roughly. */
	Size		(*memory) (int n, int season, const OptionValue *option);
} Forecaster;

/* The options that every forecaster has besides its own. */
extern const OptionTable forecaster_options;

extern const Forecaster auto_forecaster;
extern const Forecaster level_forecaster;
extern const Forecaster ets_forecaster;
extern const Forecaster arima_forecaster;
extern const Forecaster lstm_forecaster;
extern const Forecaster theta_forecaster;
extern const Forecaster trend_forecaster;
extern const Forecaster naive_forecaster;
extern const Forecaster mean_forecaster;

#endif							/* CRIMEML_FORECASTER_H */
