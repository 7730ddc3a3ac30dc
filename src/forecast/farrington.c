/*
 * farrington.c
 *		Weeks and months judged by quasi-Poisson regression on earlier years.
 *
 * Farrington, Andrews, Beale and Catchpole (1996), as Noufaily, Enki, Farrington,
 * Garthwaite, Andrews and Charlett (2013) made it flexible.  The regression has a
 * line in time and a factor: the weeks about the same date of earlier years are one
 * period, and what lies between is divided into others.  So its design is disjoint
 * periods and one more column, and weighted least squares have a closed form.
 */
#include "forecast/anomaly.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "stat/distributions.h"
#include "stat/plain_math.h"
#include "utils/datetime.h"

#define MOST_PERIODS 60			/* more than options allow */
#define LEAST_YEARS 2
#define TREND_YEARS 3

/* As R's glm stops, but for years of zeros, which take it more steps than it has. */
#define ITERATIONS 50
#define CONVERGED 1e-8

/* No observation determines its own value by more. */
#define LARGEST_HAT (1 - 1e-10)

/* What one value is judged by. */
typedef struct Regression
{
	int			n;
	double	   *y;
	double	   *x;				/* days from the bucket that is judged: below 0 */
	int8	   *period;			/* below periods; the last one is that of the date */
	double	   *weight;			/* of the observations */
	int			periods;
	int			groups;			/* periods that have observations */
	bool		trend;

	/* fitted */
	double	   *mu;
	double	   *working;		/* weights of the last step */
	double		total[MOST_PERIODS];	/* of working weights */
	double		centre[MOST_PERIODS];	/* of x */
	double		level[MOST_PERIODS];	/* of the linear predictor, at the centre */
	double		spread;			/* of x about the centres */
	double		slope;
	double		dispersion;		/* by Pearson's residuals */
} Regression;

static double
power(double x, double exponent)
{
	return x > 0 ? plain_exp(exponent * plain_log(x)) : 0;
}

static double
mean_of_predictor(double eta)
{
	return Max(plain_exp(eta), DBL_EPSILON);
}

static double
deviance(const Regression *r)
{
	double		sum = 0;

	for (int i = 0; i < r->n; i++)
	{
		double		part = r->mu[i] - r->y[i];

		if (r->y[i] > 0)
			part += r->y[i] * plain_log(r->y[i] / r->mu[i]);
		sum += 2 * r->weight[i] * part;
	}
	return sum;
}

/* One step of iterated least squares, from mu to mu. */
static void
least_squares(Regression *r)
{
	double		across = 0;

	memset(r->total, 0, sizeof(r->total));
	memset(r->centre, 0, sizeof(r->centre));
	memset(r->level, 0, sizeof(r->level));
	r->spread = 0;
	for (int i = 0; i < r->n; i++)
	{
		double		z = plain_log(r->mu[i]) + (r->y[i] - r->mu[i]) / r->mu[i];
		int			g = r->period[i];

		r->working[i] = r->weight[i] * r->mu[i];
		r->total[g] += r->working[i];
		r->centre[g] += r->working[i] * r->x[i];
		r->level[g] += r->working[i] * z;
	}
	for (int g = 0; g < r->periods; g++)
	{
		if (r->total[g] == 0)
			continue;
		r->centre[g] /= r->total[g];
		r->level[g] /= r->total[g];
	}
	for (int i = 0; i < r->n; i++)
	{
		double		z = plain_log(r->mu[i]) + (r->y[i] - r->mu[i]) / r->mu[i];
		double		x = r->x[i] - r->centre[r->period[i]];

		r->spread += r->working[i] * x * x;
		across += r->working[i] * x * (z - r->level[r->period[i]]);
	}
	r->slope = r->trend && r->spread > 0 ? across / r->spread : 0;
	for (int i = 0; i < r->n; i++)
	{
		int			g = r->period[i];

		r->mu[i] = mean_of_predictor(r->level[g] + r->slope * (r->x[i] - r->centre[g]));
	}
}

/* Quasi-Poisson regression; false where it does not converge. */
static bool
fit(Regression *r)
{
	double		last;
	double		sum = 0;
	bool		converged = false;

	for (int i = 0; i < r->n; i++)
		r->mu[i] = r->y[i] + 0.1;
	last = deviance(r);
	for (int step = 0; step < ITERATIONS && !converged; step++)
	{
		double		now;

		least_squares(r);
		now = deviance(r);
		if (!isfinite(now))
			return false;
		converged = fabs(now - last) / (fabs(now) + 0.1) < CONVERGED;
		last = now;
	}
	for (int i = 0; i < r->n; i++)
	{
		double		residual = (r->y[i] - r->mu[i]) / r->mu[i];

		sum += r->working[i] * residual * residual;
	}
	r->dispersion = sum / (r->n - r->groups - r->trend);
	return converged && isfinite(r->dispersion);
}

/* x' (X'WX)^-1 x of a place. */
static double
leverage(const Regression *r, int period, double x)
{
	double		off = x - r->centre[period];

	return 1 / r->total[period] + (r->trend && r->spread > 0 ? off * off / r->spread : 0);
}

/* Observations that stand out weigh less, by the square of Anscombe's residual. */
static void
reweigh(Regression *r, double limit)
{
	double		phi = Max(r->dispersion, 1);
	double		sum = 0;

	for (int i = 0; i < r->n; i++)
	{
		double		hat = Min(r->working[i] * leverage(r, r->period[i], r->x[i]), LARGEST_HAT);
		double		residual = 1.5 * (power(r->y[i], 2.0 / 3) * power(r->mu[i], -1.0 / 6) - sqrt(r->mu[i])) /
			sqrt(phi * (1 - hat));

		r->weight[i] = residual > limit ? 1 / (residual * residual) : 1;
		sum += r->weight[i];
	}
	for (int i = 0; i < r->n; i++)
		r->weight[i] *= r->n / sum;
}

/* Fit, and again with weights, with the line or without. */
static bool
fit_robust(Regression *r, bool trend, double reweight)
{
	r->trend = trend;
	for (int i = 0; i < r->n; i++)
		r->weight[i] = 1;
	if (!fit(r))
		return false;
	if (reweight > 0)
	{
		reweigh(r, reweight);
		(void) fit(r);
	}
	return isfinite(r->dispersion);
}

/* Is the line one to go on with? */
static bool
trend_holds(const Regression *r, const AnomalyRule *rule, int years, double expected)
{
	double		most = 0;
	double		t = fabs(r->slope) / sqrt(r->dispersion / r->spread);

	for (int i = 0; i < r->n; i++)
		most = Max(most, r->y[i]);
	return years >= TREND_YEARS && expected <= most &&
		(rule->trend_p == 1 || 2 * gsl_cdf_tdist_Q(t, r->n - r->groups - 1) < rule->trend_p);
}

/* ----------
 * What is judged by what
 * ----------
 */

bool
farrington_takes(const Bucket *bucket)
{
	return bucket->days == 7 || bucket->months == 1;
}

/* The Julian day with which a bucket begins; those that 7 divides are Mondays. */
static int
first_day(const Calendar *calendar, int bucket)
{
	int			number = (int) calendar->number + bucket;

	return calendar->bucket.months > 0 ? date2j(number / 12, number % 12 + 1, 1) : number * 7;
}

/* The bucket nearest to the same date so many years earlier. */
static int64
years_before(const Calendar *calendar, int bucket, int years)
{
	int			year;
	int			month;
	int			day;

	if (calendar->bucket.months > 0)
		return bucket - 12 * years;
	j2date(first_day(calendar, bucket), &year, &month, &day);
	return (date2j(year - years, month, day) + 3) / 7 - calendar->number;
}

/* The observations for value t; the result is from how many years they are. */
static int
gather(const Series *series, const AnomalyRule *rule, int t, Regression *r)
{
	int			half = rule->half_window;
	int			today = first_day(series->calendar, series->first + t);
	int			end = t - rule->left_out;	/* R leaves out the first one too */
	int			begin = t;
	int			later = t;
	int			years;
	bool		seen[MOST_PERIODS] = {false};

	r->n = r->groups = 0;
	r->periods = rule->periods;
	for (years = 0; years < rule->years; years++)
	{
		int64		at = years_before(series->calendar, series->first + t, years + 1) - series->first;
		int			between;
		int			at_least;
		int			longer;

		if (at - half < 0)
			break;
		begin = (int) at - half;
		/* periods between this year's window and the later one, the first ones longer */
		between = later - (int) at - 2 * half - 1;
		at_least = rule->periods > 1 ? between / (rule->periods - 1) : 1;
		longer = rule->periods > 1 ? between % (rule->periods - 1) : 0;
		for (int i = begin; i < later - half; i++)
		{
			int			after = i - (int) at - half - 1;
			int			g = rule->periods - 1;

			if (after >= 0 && rule->periods == 1)
				break;
			if (after >= 0)
				g = after < longer * (at_least + 1) ? after / (at_least + 1) :
					longer + (after - longer * (at_least + 1)) / at_least;
			if (i >= end || isnan(series->value[i]))
				continue;
			r->y[r->n] = series->value[i];
			r->x[r->n] = first_day(series->calendar, series->first + i) - today;
			r->period[r->n++] = g;
			r->groups += !seen[g];
			seen[g] = true;
		}
		later = (int) at;
	}
	return years;
}

static void
judge_power(const AnomalyRule *rule, double expected, double variance, double phi, double y,
			double *above, Judgement *result)
{
	double		z = -normal_quantile(rule->tail);
	double		centre = power(expected, 2.0 / 3);
	double		sd = sqrt(4.0 / 9 * power(expected, 1.0 / 3) * (phi + variance / expected));

	*above = normal_cdf((centre - power(y, 2.0 / 3)) / sd);
	result->p = 1 - *above;
	result->upper = power(centre + z * sd, 1.5);
	result->lower = power(centre - z * sd, 1.5);
}

/* The expected count is taken as known. */
static void
judge_counts(const AnomalyRule *rule, double expected, double phi, double y,
			 double *above, Judgement *result)
{
	Predictive	p;

	predictive_set_count(&p, expected, phi > 1 ? expected / (phi - 1) : INFINITY);
	*above = 1 - predictive_cdf_below(&p, y);
	result->p = predictive_cdf(&p, y);
	result->upper = predictive_quantile(&p, 1 - rule->tail);
	result->lower = predictive_quantile(&p, rule->tail);
}

/* Judge value t by what was gathered. */
static void
judge(const Series *series, const AnomalyRule *rule, int t, int years, Regression *r,
	  Judgement *result)
{
	double		y = series->value[t];
	int			now = rule->periods - 1;
	bool		fitted = fit_robust(r, true, rule->reweight);
	double		expected = fitted ? mean_of_predictor(r->level[now] - r->slope * r->centre[now]) : 0;
	double		recent = 0;
	double		above;
	double		below;
	double		phi;

	if (!fitted || !trend_holds(r, rule, years, expected))
	{
		fitted = fit_robust(r, false, rule->reweight);
		expected = mean_of_predictor(r->level[now]);
	}
	if (!fitted || r->total[now] == 0 || !isfinite(expected))
	{
		result->note = NOTE_NO_FIT;
		return;
	}
	phi = Max(r->dispersion, 1);
	if (rule->counts)
		judge_counts(rule, expected, phi, y, &above, result);
	else
		judge_power(rule, expected, expected * expected * phi * leverage(r, now, 0), phi, y,
					&above, result);
	below = result->p;
	result->judged = true;
	result->expected = expected;
	result->p = rule->high && rule->low ? Min(2 * Min(above, below), 1) : rule->high ? above : below;
	if (years < rule->years)
	{
		result->note = NOTE_FEW_YEARS;
		result->detail = years;
	}
	result->anomaly = rule->low && y < result->lower;
	if (rule->high && y > result->upper && y > 0)
	{
		for (int i = Max(t - rule->among + 1, 0); i <= t; i++)
			recent += isnan(series->value[i]) ? 0 : series->value[i];
		if (recent >= rule->least)
			result->anomaly = true;
		else
			result->note = NOTE_SMALL;
	}
	if (!rule->high)
		result->upper = NAN;
	if (!rule->low)
		result->lower = NAN;
}

void
farrington_judge(const Series *series, const AnomalyRule *rule, Judgement *result)
{
	int			begin = Max(rule->from - series->first, 0);
	Regression	r = {0};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml value",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;

	r.y = scratch_array(double, series->n);
	r.x = scratch_array(double, series->n);
	r.period = scratch_array(int8, series->n);
	r.weight = scratch_array(double, series->n);
	r.mu = scratch_array(double, series->n);
	r.working = scratch_array(double, series->n);
	for (int t = begin; t < series->n; t++)
	{
		Judgement  *judgement = &result[t - begin];
		int			years;

		CHECK_FOR_INTERRUPTS();
		if (isnan(series->value[t]))
			continue;
		years = gather(series, rule, t, &r);
		if (!series->counts)
			judgement->note = NOTE_NO_COUNTS;
		else if (years < LEAST_YEARS || r.n - r.groups < 2)
		{
			judgement->note = NOTE_SHORT;
			judgement->detail = LEAST_YEARS;
		}
		else
		{
			MemoryContextReset(scratch);
			old = MemoryContextSwitchTo(scratch);
			judge(series, rule, t, years, &r, judgement);
			MemoryContextSwitchTo(old);
		}
	}
	MemoryContextDelete(scratch);
}
