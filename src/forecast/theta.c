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

/* The smoothing of a level that cannot be fitted. */
#define FEW_ALPHA 0.2

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
	double		level;
	double		sigma2;
	double		fading;			/* (1 - alpha)^n */
	/* the line through the n values without their season */
	double		mean;
	double		product;		/* of time and value, about their means */
	bool		seasonal;
	int			period;			/* 1 unless seasonal */
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

static double
slope_of(const Theta *theta, int n)
{
	return n > 1 ? theta->product / ((double) n * ((double) n * n - 1) / 12) : 0;
}

/* Value t, from 0, comes to the line. */
static void
add_to_line(Theta *theta, int t, double value)
{
	theta->product += t / 2.0 * (value - theta->mean);
	theta->mean += (value - theta->mean) / (t + 1);
}

static void
write_theta(const Theta *theta, ByteWriter *w)
{
	write_finite(w, theta->alpha);
	write_finite(w, theta->level);
	write_finite(w, theta->sigma2);
	write_finite(w, theta->fading);
	write_finite(w, theta->mean);
	write_finite(w, theta->product);
	write_u8(w, theta->seasonal);
	if (theta->seasonal)
		for (int i = 0; i < theta->period; i++)
			write_finite(w, theta->index[i]);
}

static void
theta_fit(const Series *series, const void *pool, const OptionValue *option,
		  ByteWriter *payload, FitReport *report)
{
	int			n = series->n;
	int			period = series->calendar->season;
	double	   *filled = scratch_array(double, n);
	double	   *adjusted = scratch_array(double, n);
	double	   *index = palloc(sizeof(double) * Max(period, 1));
	SeriesSummary summary = series_summary(series);
	Theta		theta = {.fading = 1, .period = 1};
	EtsFixed	fixed = ETS_FREE;
	EtsFit		level;
	bool		significant;

	if (option[THETA_OPTION_ALPHA].number != OPTION_AUTO)
		fixed.alpha = option[THETA_OPTION_ALPHA].number;
	fill_gaps(series->value, filled, n, period);
	significant = is_seasonal(filled, n, period);
	theta.seasonal = significant && set_index(filled, n, period, index);
	if (theta.seasonal)
	{
		theta.period = period;
		theta.index = palloc(sizeof(double) * period);
		for (int i = 0; i < period; i++)
			theta.index[i] = index[(n + i) % period];
	}
	for (int t = 0; t < n; t++)
	{
		double		divisor = theta.seasonal ? index[t % period] : 1;

		adjusted[t] = series->value[t] / divisor;
		filled[t] /= divisor;
		add_to_line(&theta, t, filled[t]);
	}

	if (!summary.constant &&
		ets_fit(adjusted, filled, n, ETS_SIMPLE, 1, &fixed, NULL, &level))
	{
		theta.alpha = level.model.alpha;
		theta.level = level.model.level;
		theta.sigma2 = level.model.sigma2;
	}
	else
	{
		theta.alpha = isnan(fixed.alpha) ? FEW_ALPHA : fixed.alpha;
		theta.level = summary.mean;
		theta.sigma2 = plain_variance(&summary, series->counts);
		theta.product = 0;
		report->reason = summary.constant ? "all values are the same: their level" :
			psprintf("%d values are too few for a fit: their mean", summary.seen);
	}
	for (int t = 0; t < n; t++)
		theta.fading *= 1 - theta.alpha;

	report->method = theta.seasonal ? psprintf("Theta[%d]", period) : "Theta";
	if (report->reason == NULL && period > 1)
		report->reason = theta.seasonal ? "the autocorrelation shows a season" :
			period > ETS_MAX_SEASON ?
			psprintf("a season of %d buckets is longer than %d", period, ETS_MAX_SEASON) :
			n <= 2 * period ? "fewer than two seasons" :
			significant ? "a seasonal index is 0" : "the autocorrelation shows no season";
	report_term(report, "alpha", theta.alpha);
	report_term(report, "level", theta.level);
	report_term(report, "drift", slope_of(&theta, n) / 2);
	report_term(report, "sigma2", theta.sigma2);
	write_theta(&theta, payload);
	pfree(filled);
	pfree(adjusted);
}

static void *
theta_decode(ByteReader *r, const void *shape)
{
	Theta	   *theta = palloc0(sizeof(Theta));
	uint8		seasonal;

	theta->alpha = read_within(r, 0, 1);
	theta->level = read_finite(r);
	theta->sigma2 = read_within(r, 0, DBL_MAX);
	theta->fading = read_within(r, 0, 1);
	theta->mean = read_finite(r);
	theta->product = read_finite(r);
	seasonal = read_u8(r);
	theta->seasonal = seasonal == 1;
	theta->period = theta->seasonal ? ((const SeriesShape *) shape)->season : 1;
	if (seasonal > 1 || theta->period < 1 || theta->period > ETS_MAX_SEASON || theta->alpha == 0)
		reader_damaged(r, "a number of a forecaster is out of range");
	if (theta->seasonal)
	{
		theta->index = palloc(sizeof(double) * theta->period);
		for (int i = 0; i < theta->period; i++)
		{
			theta->index[i] = read_finite(r);
			if (theta->index[i] == 0)
				reader_damaged(r, "a seasonal index is 0");
		}
	}
	return theta;
}

static void
theta_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			   int horizon, uint64 seed, Predictive *result)
{
	const Theta *theta = fitted;
	double		drift = slope_of(theta, shape->n) / 2;
	double		start = theta->level + drift * (1 - theta->fading) / theta->alpha;

	for (int h = 0; h < horizon; h++)
	{
		double		index = theta->seasonal ? theta->index[h % theta->period] : 1;

		predictive_set_normal(&result[h], shape->counts, (start + drift * h) * index,
							  theta->sigma2 * (1 + h * theta->alpha * theta->alpha) * index * index);
	}
}

static void
theta_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	Theta	   *theta = fitted;
	double		index = theta->seasonal ? theta->index[0] : 1;

	/* for a missing value the level stands */
	value = isnan(value) ? theta->level : value / index;
	add_to_line(theta, shape->n - 1, value);
	theta->level += theta->alpha * (value - theta->level);
	theta->fading *= 1 - theta->alpha;
	if (theta->seasonal)
	{
		memmove(theta->index, theta->index + 1, sizeof(double) * (theta->period - 1));
		theta->index[theta->period - 1] = index;
	}
}

static void
theta_write(const void *fitted, ByteWriter *payload)
{
	write_theta(fitted, payload);
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
	.update = theta_update,
	.write = theta_write,
	.memory = theta_memory
};
