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
	int			differences;	/* that were seen; above 0 */
	double		squares;		/* of the differences */
	double	   *last;			/* period; the first is that of the next value */
} Naive;

/* What comes after the last season; NaN: missing. */
static void
take_value(Naive *m, int place, double value)
{
	if (isnan(value))
		return;
	if (!isnan(m->last[place]))
	{
		double		difference = value - m->last[place];

		m->squares += difference * difference;
		m->differences++;
	}
	m->last[place] = value;
}

static void
write_naive(const Naive *m, int next, ByteWriter *w)
{
	write_varint(w, m->period);
	write_varint(w, m->differences);
	write_finite(w, m->squares);
	for (int i = 0; i < m->period; i++)
		write_finite(w, m->last[(next + i) % m->period]);
}

static void
naive_fit(const Series *series, const void *pool, const OptionValue *option,
		  ByteWriter *payload, FitReport *report)
{
	int			season = Max(series->calendar->season, 1);
	Naive		m = {.period = series->n > season ? season : 1};
	double		nearest = series->value[series->n - 1];
	int			next = series->n % m.period;

	m.last = palloc(sizeof(double) * m.period);
	for (int i = 0; i < m.period; i++)
		m.last[i] = NAN;
	for (int t = 0; t < series->n; t++)
		take_value(&m, t % m.period, series->value[t]);
	/* a place that never had a value takes the one before it */
	for (int i = 0; i < m.period; i++)
	{
		double	   *last = &m.last[(next + i) % m.period];

		if (isnan(*last))
			*last = nearest;
		nearest = *last;
	}
	report->method = m.period > 1 ? "seasonal naive" : "naive";
	if (m.period < season)
		report->reason = psprintf("%d values are no more than a season of %d", series->n, season);
	if (m.differences == 0)
	{
		SeriesSummary summary = series_summary(series);

		m.differences = 1;
		m.squares = plain_variance(&summary, series->counts);
		report->reason = "there is no difference to judge by";
	}
	report_term(report, "sigma2", m.squares / m.differences);
	write_naive(&m, next, payload);
	pfree(m.last);
}

static void *
naive_decode(ByteReader *r, const void *shape)
{
	Naive	   *m = palloc(sizeof(Naive));

	m->period = crimeml_int_within(read_varint(r), 0, PG_INT32_MAX);
	if (m->period != 1 && m->period != ((const SeriesShape *) shape)->season)
		reader_damaged(r, "the season of a forecaster is not that of its calendar");
	m->differences = crimeml_int_within(read_varint(r), 0, PG_INT32_MAX - 1);
	m->squares = read_within(r, 0, DBL_MAX);
	if (m->differences == 0 || m->period < 1 ||
		m->period > (r->len - r->at) / sizeof(double))
		reader_damaged(r, "a number of a forecaster is out of range");
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
							  m->squares / m->differences * (h / m->period + 1));
}

static void
naive_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	Naive	   *m = fitted;
	double		turned;

	take_value(m, 0, value);
	turned = m->last[0];
	memmove(m->last, m->last + 1, sizeof(double) * (m->period - 1));
	m->last[m->period - 1] = turned;
}

static void
naive_write(const void *fitted, ByteWriter *payload)
{
	write_naive(fitted, 0, payload);
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
	.update = naive_update,
	.write = naive_write,
	.memory = naive_memory
};
