/*
 * engine.c
 *		What the engines of forecast/ share: summaries of a series, normal
 *		predictive distributions, finite numbers in payloads.
 */
#include "forecast/engine.h"

#include <float.h>
#include <math.h>

#include "stat/sums.h"

/* Squares of such, and their sums, neither run over nor vanish. */
#define LARGEST_VALUE 1e100

SeriesSummary
series_summary(const Series *series)
{
	SeriesSummary summary = {.constant = true};
	Scatter		scatter = SCATTER_EMPTY;

	for (int t = 0; t < series->n; t++)
	{
		double		v = series->value[t];

		if (isnan(v))
			continue;
		summary.seen++;
		summary.constant &= v == series->value[0];
		scatter_add(&scatter, v);
	}
	summary.mean = ldexp(scatter.mean, scatter.squares.exponent);
	if (summary.seen > 1)
	{
		double		sd = squares_rms(&scatter.squares, summary.seen - 1);

		summary.variance = Min(sd * sd, DBL_MAX);
	}
	return summary;
}

double
plain_variance(const SeriesSummary *s, bool counts)
{
	double		rate = s->mean + 0.5 / s->seen;

	return counts ? Max(s->variance, rate * (1 + 1.0 / s->seen)) : s->variance;
}

void
predictive_set_normal(Predictive *p, bool counts, double mean, double variance)
{
	double		sd = sqrt(variance);

	memset(p, 0, sizeof(*p));
	p->kind = PREDICTIVE_NORMAL;
	p->counts = counts;
	p->mean = isnan(mean) ? 0 : Min(Max(mean, counts ? 0 : -DBL_MAX), DBL_MAX);
	p->sd = isnan(sd) ? 0 : Min(sd, DBL_MAX);
}

void
write_finite(ByteWriter *w, double value)
{
	write_f64(w, isnan(value) ? 0 : Min(Max(value, -DBL_MAX), DBL_MAX));
}

double
read_finite(ByteReader *r)
{
	return read_within(r, -DBL_MAX, DBL_MAX);
}

double
read_within(ByteReader *r, double low, double high)
{
	double		value = read_f64(r);

	if (!(value >= low && value <= high))
		reader_damaged(r, "a number of a forecaster is out of range");
	return value;
}

void
series_check_range(const double *value, int n, const char *function)
{
	for (int i = 0; i < n; i++)
	{
		double		size = fabs(value[i]);

		if (size > LARGEST_VALUE || (size > 0 && size < 1 / LARGEST_VALUE))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("%s: value %g is out of range", function, value[i]),
					 errhint("Take another unit: values lie between %g and %g, or are 0.",
							 1 / LARGEST_VALUE, LARGEST_VALUE)));
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}
