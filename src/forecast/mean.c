/*
 * mean.c
 *		The forecaster "mean": what every other must beat.
 *
 * The distribution of a value is Student's t; it is given as the normal one of
 * the same standard deviation.
 */
#include <float.h>
#include <math.h>

#include "forecast/engine.h"

const OptionTable mean_options = {"mean", NULL, 0, &forecaster_options, "{}"};

typedef struct Mean
{
	double		mean;
	double		variance;		/* of the next value, with the mean's own error */
} Mean;

static void
mean_fit(const Series *series, const void *pool, const OptionValue *option,
		 ByteWriter *payload, FitReport *report)
{
	SeriesSummary summary = series_summary(series);
	const int	n = summary.seen;
	double		variance = summary.variance * (1 + 1.0 / n);

	if (n > 3)
		variance *= (n - 1.0) / (n - 3);
	if (variance == 0)
		variance = plain_variance(&summary, series->counts);
	report->method = "mean";
	if (summary.constant)
		report->reason = summary.seen == 1 ? "there is one value" : "all values are the same";
	report_term(report, "mean", summary.mean);
	report_term(report, "sd", sqrt(summary.variance));
	write_finite(payload, summary.mean);
	write_finite(payload, variance);
}

static void *
mean_decode(ByteReader *r, const void *shape)
{
	Mean	   *m = palloc(sizeof(Mean));

	m->mean = read_finite(r);
	m->variance = read_within(r, 0, DBL_MAX);
	return m;
}

static void
mean_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			  int horizon, uint64 seed, Predictive *result)
{
	const Mean *m = fitted;

	for (int h = 0; h < horizon; h++)
		predictive_set_normal(&result[h], shape->counts, m->mean, m->variance);
}

static Size
mean_memory(int n, int season, const OptionValue *option)
{
	return sizeof(Mean);
}

const Forecaster mean_forecaster = {
	.base = {
		.name = "mean",
		.code = 38,
		.options = &mean_options,
		.lower = "the number of buckets",
		.decode = mean_decode
	},
	.fit = mean_fit,
	.forecast = mean_forecast,
	.memory = mean_memory
};
