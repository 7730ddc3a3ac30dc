/*
 * naive.c
 *		The forecaster "naive": each value is that of one season before, or the
 *		last one where there is no season.
 */
#include <float.h>
#include <math.h>

#include "forecast/engine.h"

const OptionTable naive_options = {"naive", NULL, 0, &forecaster_options, "{}"};

typedef struct Naive
{
	int			period;
	double		sigma2;			/* of the differences */
	double	   *last;			/* period; the first is that of the next value */
} Naive;

static void
naive_fit(const Series *series, const void *pool, const OptionValue *option,
		  ByteWriter *payload, FitReport *report)
{
	int			season = series->calendar->season;
	int			period = series->n > season ? season : 1;
	double	   *last = scratch_array(double, period);
	double		nearest = series->value[series->n - 1];
	double		squares = 0;
	int			differences = 0;

	for (int i = 0; i < period; i++)
		last[i] = NAN;
	for (int t = 0; t < series->n; t++)
	{
		double		difference = series->value[t] - last[t % period];

		if (!isnan(difference))
		{
			squares += difference * difference;
			differences++;
		}
		if (!isnan(series->value[t]))
			last[t % period] = series->value[t];
	}
	report->method = period > 1 ? "seasonal naive" : "naive";
	if (period < season)
		report->reason = psprintf("%d values are no more than a season of %d", series->n, season);
	if (differences == 0)
	{
		SeriesSummary summary = series_summary(series);

		differences = 1;
		squares = plain_variance(&summary, series->counts);
		report->reason = "there is no difference to judge by";
	}
	report_term(report, "sigma2", squares / differences);
	write_varint(payload, period);
	write_finite(payload, squares / differences);
	for (int i = 0; i < period; i++)
	{
		double		value = last[(series->n + i) % period];

		/* a place that never had a value takes the one before it */
		if (!isnan(value))
			nearest = value;
		write_finite(payload, nearest);
	}
	pfree(last);
}

static void *
naive_decode(ByteReader *r, const void *shape)
{
	Naive	   *m = palloc(sizeof(Naive));

	m->period = crimeml_int_within(read_varint(r), 0, PG_INT32_MAX);
	if (m->period != 1 && m->period != ((const SeriesShape *) shape)->season)
		reader_damaged(r, "the season of a forecaster is not that of its calendar");
	m->sigma2 = read_within(r, 0, DBL_MAX);
	m->last = palloc(sizeof(double) * m->period);
	for (int i = 0; i < m->period; i++)
		m->last[i] = read_finite(r);
	return m;
}

static void
naive_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			   int horizon, uint64 seed, Predictive *result)
{
	const Naive *m = fitted;

	for (int h = 0; h < horizon; h++)
		predictive_set_normal(&result[h], shape->counts, m->last[h % m->period],
							  m->sigma2 * (h / m->period + 1));
}

static Size
naive_memory(int n, int season, const OptionValue *option)
{
	return sizeof(double) * season;
}

const Forecaster naive_forecaster = {
	.base = {
		.name = "naive",
		.code = 37,
		.options = &naive_options,
		.lower = "the number of buckets",
		.decode = naive_decode
	},
	.fit = naive_fit,
	.forecast = naive_forecast,
	.memory = naive_memory
};
