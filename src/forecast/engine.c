/*
 * engine.c
 *		What the engines of forecast/ share: summaries of a series, normal
 *		predictive distributions, finite numbers in payloads.
 */
#include "forecast/engine.h"

#include <float.h>
#include <math.h>

#include "stat/sums.h"

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

double
finite_value(double value, bool counts)
{
	return isnan(value) ? 0 : Min(Max(value, counts ? 0 : -DBL_MAX), DBL_MAX);
}

void
predictive_set_normal(Predictive *p, bool counts, double mean, double variance)
{
	double		sd = sqrt(variance);

	memset(p, 0, sizeof(*p));
	p->kind = PREDICTIVE_NORMAL;
	p->counts = counts;
	p->mean = finite_value(mean, counts);
	p->sd = finite_value(sd, false);
}

void
write_finite(ByteWriter *w, double value)
{
	write_f64(w, finite_value(value, false));
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
