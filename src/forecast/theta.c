/*
 * theta.c
 *		The forecaster "theta" (Assimakopoulos and Nikolopoulos 2000), as the
 *		exponential smoothing with drift that it is (Hyndman and Billah 2003).
 *
 * Where the autocorrelation at the period says so, values are divided by a
 * classical seasonal figure first, and forecasts and their standard errors are
 * multiplied by it.
 */
#include "forecast/ets.h"

#include <float.h>
#include <math.h>

#include "forecast/classical.h"
#include "forecast/engine.h"

/* Seasonal where the autocorrelation at the period is above it, in standard errors. */
#define SEASONAL_LIMIT 1.6448536269514722

/* An index below it leaves the season out. */
#define LEAST_INDEX 1e-4

enum
{
	THETA_OPTION_ALPHA,
	THETA_OPTIONS
};

static const OptionSpec theta_spec[] = {
	[THETA_OPTION_ALPHA] = {"alpha", OPTION_NUMBER, OPTION_AUTO, "fitted", 1e-4, 0.9999, NULL,
	"how much of an error goes into the level"},
};

const OptionTable theta_options = {
	"theta", theta_spec, THETA_OPTIONS, &forecaster_options, "{\"alpha\": 0.3}"
};

typedef struct Theta
{
	double		alpha;
	double		sigma2;
	double		start;			/* of the next value, without its season */
	double		drift;
	int			period;			/* 1: no season */
	double	   *index;			/* the first is that of the next value */
} Theta;

/* Is there a season?  By Bartlett's standard error of the autocorrelation. */
static bool
is_seasonal(const double *value, int n, int period)
{
	double		mean = 0;
	double		squares = 0;
	double		sum = 0;
	double		r = 0;

	if (period < 2 || period > ETS_MAX_SEASON || n <= 2 * period)
		return false;
	for (int t = 0; t < n; t++)
		mean += (value[t] - mean) / (t + 1);
	for (int t = 0; t < n; t++)
		squares += (value[t] - mean) * (value[t] - mean);
	if (!(squares > 0))
		return false;
	for (int lag = 1; lag <= period; lag++)
	{
		double		product = 0;

		CHECK_FOR_INTERRUPTS();
		for (int t = lag; t < n; t++)
			product += (value[t] - mean) * (value[t - lag] - mean);
		r = product / squares;
		if (lag < period)
			sum += r * r;
	}
	return fabs(r) / sqrt((1 + 2 * sum) / n) > SEASONAL_LIMIT;
}

/* The index of each place; false if one is too small to divide by. */
static bool
set_index(const double *filled, int n, int period, double *index)
{
	classical_figure(filled, n, period, true, index);
	for (int i = 0; i < period; i++)
		if (!(fabs(index[i]) >= LEAST_INDEX && isfinite(index[i])))
			return false;
	return true;
}

static void
theta_fit(const Series *series, const void *pool, const OptionValue *option,
		  ByteWriter *payload, FitReport *report)
{
	int			n = series->n;
	int			season = series->calendar->season;
	double	   *filled = scratch_array(double, n);
	double	   *adjusted = scratch_array(double, n);
	double	   *index = scratch_array(double, season);
	SeriesSummary summary = series_summary(series);
	Theta		theta = {.period = 1};
	EtsFixed	fixed = ETS_FREE;
	EtsValues	values;
	EtsFit		fit;
	double		level = summary.mean;
	double		drift = 0;
	double		fading = 1;		/* (1 - alpha)^n */
	bool		significant;

	if (option[THETA_OPTION_ALPHA].number != OPTION_AUTO)
		fixed.alpha = option[THETA_OPTION_ALPHA].number;
	fill_gaps(series->value, filled, n, season);
	significant = is_seasonal(filled, n, season);
	if (significant && set_index(filled, n, season, index))
		theta.period = season;
	else
		index[0] = 1;
	for (int t = 0; t < n; t++)
	{
		adjusted[t] = series->value[t] / index[t % theta.period];
		filled[t] /= index[t % theta.period];
		if (t % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}

	values = ets_values(adjusted, filled, n);
	if (!summary.constant && ets_fit(&values, ETS_SIMPLE, 1, &fixed, NULL, &fit))
	{
		double		unused;

		theta.alpha = fit.model.alpha;
		theta.sigma2 = fit.model.sigma2;
		level = fit.model.level;
		fit_line(filled, n, &unused, &drift);
		drift /= 2;
	}
	else
	{
		theta.alpha = isnan(fixed.alpha) ? FEW_ALPHA : fixed.alpha;
		theta.sigma2 = plain_variance(&summary, series->counts);
		report->reason = summary.constant ? "all values are the same: their level" :
			ets_has_enough(ETS_SIMPLE, 1, summary.seen) ?
			"no level has a fit to these values: their mean" :
			psprintf("%d values are too few for a fit: their mean", summary.seen);
	}
	/* below it 1 - fading is 1 */
	for (int t = 0; t < n && fading >= DBL_EPSILON / 4; t++)
		fading *= 1 - theta.alpha;

	report->method = theta.period > 1 ? psprintf("Theta[%d]", season) : "Theta";
	if (report->reason == NULL && season > 1)
		report->reason = theta.period > 1 ? "the autocorrelation shows a season" :
			season > ETS_MAX_SEASON ?
			psprintf("a season of %d buckets is longer than %d", season, ETS_MAX_SEASON) :
			n <= 2 * season ? "no more than two seasons" :
			significant ? "a seasonal index is 0" : "the autocorrelation shows no season";
	report_term(report, "alpha", theta.alpha);
	report_term(report, "level", level);
	report_term(report, "drift", drift);
	report_term(report, "sigma2", theta.sigma2);
	write_finite(payload, theta.alpha);
	write_finite(payload, theta.sigma2);
	write_finite(payload, level + drift * (1 - fading) / theta.alpha);
	write_finite(payload, drift);
	write_varint(payload, theta.period);
	for (int i = 0; i < theta.period; i++)
		write_finite(payload, index[(n + i) % theta.period]);
	pfree(filled);
	pfree(adjusted);
	pfree(values.value);
	pfree(values.filled);
	pfree(index);
}

static void *
theta_decode(ByteReader *r, const void *shape)
{
	Theta	   *theta = palloc(sizeof(Theta));

	theta->alpha = read_within(r, 0, 1);
	theta->sigma2 = read_within(r, 0, DBL_MAX);
	theta->start = read_finite(r);
	theta->drift = read_finite(r);
	theta->period = crimeml_int_within(read_varint(r), 0, PG_INT32_MAX);
	if (theta->period != 1 && theta->period != ((const SeriesShape *) shape)->season)
		reader_damaged(r, "the season of a forecaster is not that of its calendar");
	theta->index = scratch_array(double, theta->period);
	for (int i = 0; i < theta->period; i++)
		theta->index[i] = read_finite(r);
	return theta;
}

static void
theta_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			   int horizon, uint64 seed, Predictive *result)
{
	const Theta *theta = fitted;

	for (int h = 0; h < horizon; h++)
	{
		double		index = theta->index[h % theta->period];

		predictive_set_normal(&result[h], shape->counts, (theta->start + theta->drift * h) * index,
							  theta->sigma2 * (1 + h * theta->alpha * theta->alpha) * index * index);
	}
}

static Size
theta_memory(int n, int season, const OptionValue *option)
{
	return sizeof(double) * ((Size) 9 * n + (Size) 3 * season);
}

const Forecaster theta_forecaster = {
	.base = {
		.name = "theta",
		.code = 35,
		.options = &theta_options,
		.lower = "the number of buckets",
		.decode = theta_decode
	},
	.fit = theta_fit,
	.forecast = theta_forecast,
	.memory = theta_memory
};
