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
	int			n;				/* values that were there */
	double		mean;
	double		squares;		/* about it */
	double		plain;			/* the variance while it cannot be estimated */
} Mean;

static void
write_mean(const Mean *m, ByteWriter *w)
{
	write_varint(w, m->n);
	write_finite(w, m->mean);
	write_finite(w, m->squares);
	write_finite(w, m->plain);
}

/* Of one value: with the mean's own error, and with Student's t where it has one. */
static double
variance_of(const Mean *m)
{
	double		variance = m->n > 1 ? m->squares / (m->n - 1) : 0;

	if (variance == 0)
		return m->plain;
	return variance * (1 + 1.0 / m->n) * (m->n > 3 ? (m->n - 1.0) / (m->n - 3) : 1);
}

static void
mean_fit(const Series *series, const void *pool, const OptionValue *option,
		 ByteWriter *payload, FitReport *report)
{
	SeriesSummary summary = series_summary(series);
	Mean		m = {
		.n = summary.seen,
		.mean = summary.mean,
		.squares = Min(summary.variance * (summary.seen - 1), DBL_MAX),
		.plain = plain_variance(&summary, series->counts)
	};

	report->method = "mean";
	if (summary.constant)
		report->reason = summary.seen == 1 ? "there is one value" : "all values are the same";
	report_term(report, "mean", m.mean);
	report_term(report, "sd", sqrt(summary.variance));
	write_mean(&m, payload);
}

static void *
mean_decode(ByteReader *r, const void *shape)
{
	Mean	   *m = palloc(sizeof(Mean));

	m->n = crimeml_int_within(read_varint(r), 0, PG_INT32_MAX - 1);
	m->mean = read_finite(r);
	m->squares = read_within(r, 0, DBL_MAX);
	m->plain = read_within(r, 0, DBL_MAX);
	if (m->n == 0)
		reader_damaged(r, "a number of a forecaster is out of range");
	return m;
}

static void
mean_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			  int horizon, uint64 seed, Predictive *result)
{
	const Mean *m = fitted;

	for (int h = 0; h < horizon; h++)
		predictive_set_normal(&result[h], shape->counts, m->mean, variance_of(m));
}

static void
mean_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	Mean	   *m = fitted;
	double		delta = value - m->mean;

	if (isnan(value))
		return;
	m->n++;
	m->mean += delta / m->n;
	m->squares = Min(m->squares + delta * (value - m->mean), DBL_MAX);
}

static void
mean_write(const void *fitted, ByteWriter *payload)
{
	write_mean(fitted, payload);
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
	.update = mean_update,
	.write = mean_write,
	.memory = mean_memory
};
