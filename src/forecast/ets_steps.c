/*
 * ets_steps.c
 *		The distributions of the values after the last one.
 *
 * Means and variances are those of Hyndman, Koehler, Ord and Snyder (2008),
 * chapter 6: of additive errors (class 1), of relative errors with nothing else
 * that multiplies (class 2), of relative errors with a multiplicative season
 * (class 3).  The rest, additive errors with a multiplicative season, is
 * simulated.
 */
#include "forecast/ets.h"

#include <math.h>

#include "forecast/engine.h"
#include "stat/distributions.h"

#define PATHS 1000

/* How much the error of one step moves the value "distance" steps later. */
static void
set_weights(const EtsModel *m, int horizon, double *weight)
{
	double		power = 1;
	double		reach = 0;		/* phi + phi^2 + .. */

	for (int distance = 1; distance < horizon; distance++)
	{
		power *= m->phi;
		reach += power;
		weight[distance] = m->alpha + m->beta * reach +
			(m->form.season != ETS_NONE && distance % m->period == 0 ? m->gamma : 0);
	}
}

/* The fitted values, if each is what it is expected to be. */
static void
set_path(const EtsModel *m, int horizon, double *mean)
{
	double		power = 1;
	double		reach = 0;

	for (int h = 0; h < horizon; h++)
	{
		double		s = m->season[h % m->period];

		power *= m->phi;
		reach += power;
		mean[h] = m->level + (m->form.trend != ETS_NONE ? reach * m->slope : 0);
		if (m->form.season == ETS_ADDITIVE)
			mean[h] += s;
		else if (m->form.season == ETS_MULTIPLICATIVE)
			mean[h] *= s;
	}
}

/* Classes 1 and 2. */
static void
set_linear(const EtsModel *m, int horizon, double *mean, double *variance)
{
	double	   *weight = scratch_array(double, horizon);
	double		sum = 0;

	set_path(m, horizon, mean);
	set_weights(m, horizon, weight);
	if (m->form.error == ETS_ADDITIVE)
	{
		for (int h = 0; h < horizon; h++)
		{
			if (h > 0)
				sum += weight[h] * weight[h];
			variance[h] = m->sigma2 * (1 + sum);
		}
		return;
	}
	/* variance[] is the mean of the squared fitted value at first */
	for (int h = 0; h < horizon; h++)
	{
		CHECK_FOR_INTERRUPTS();
		sum = 0;
		for (int j = 1; j <= h; j++)
			sum += weight[j] * weight[j] * variance[h - j];
		variance[h] = mean[h] * mean[h] + m->sigma2 * sum;
	}
	for (int h = 0; h < horizon; h++)
		variance[h] = (1 + m->sigma2) * variance[h] - mean[h] * mean[h];
}

/*
 * Class 3: of the level and slope times one seasonal state, the means and the
 * means of the squares and the product.  A state of the season meets the same
 * error as the level when it is its turn, and stands still otherwise; so the
 * moments of each go by themselves, and there is no matrix of all of them.
 */
static void
set_multiplied(const EtsModel *m, int horizon, double *mean, double *variance)
{
	const double a = m->alpha;
	const double b = m->beta;
	const double v = m->sigma2;

	for (int place = 0; place < Min(m->period, horizon); place++)
	{
		double		s = m->season[place];
		double		level = m->level * s;
		double		slope = m->slope * s;
		double		level2 = level * level;
		double		product = level * slope;
		double		slope2 = slope * slope;

		CHECK_FOR_INTERRUPTS();
		for (int h = 0; h < horizon; h++)
		{
			bool		turn = h % m->period == place;
			double		g = turn ? m->gamma : 0;
			double		d = m->phi * slope;
			double		q = level + d;
			double		dd = m->phi * m->phi * slope2;
			double		qd = m->phi * product + dd;
			double		qq = level2 + 2 * m->phi * product + dd;

			if (turn)
			{
				mean[h] = q;
				variance[h] = (1 + v) * qq - q * q;
			}
			/* level q (1 + a e), slope d + b q e, each times 1 + g e */
			level = q * (1 + a * g * v);
			slope = d + q * b * g * v;
			level2 = qq * (1 + v * (a * a + g * g + 4 * a * g) + 3 * v * v * a * a * g * g);
			product = qd * (1 + v * (g * g + 2 * a * g)) +
				qq * b * (v * (a + 2 * g) + 3 * v * v * a * g * g);
			slope2 = dd * (1 + v * g * g) + qd * b * 4 * g * v +
				qq * b * b * (v + 3 * v * v * g * g);
		}
	}
}

/* Draws of paths with normal errors. */
static void
simulate(const EtsModel *m, int horizon, uint64 seed, bool counts, Predictive *result)
{
	double	   *mean = scratch_array(double, horizon);
	double	   *draw = scratch_array(double, (Size) horizon * PATHS);
	double		sd = sqrt(m->sigma2);
	EtsModel	path = *m;
	Random		random;

	random_seed(&random, seed, 0);
	path.season = scratch_array(double, m->period);
	for (int i = 0; i < PATHS; i++)
	{
		CHECK_FOR_INTERRUPTS();
		path.level = m->level;
		path.slope = m->slope;
		memcpy(path.season, m->season, sizeof(double) * m->period);
		for (int h = 0; h < horizon; h++)
		{
			double		q = path.level + path.phi * path.slope;
			double		value = q * path.season[h % m->period] + sd * random_plain_normal(&random);

			ets_update_at(&path, h % m->period, value);
			draw[(Size) h * PATHS + i] = finite_value(value, counts);
		}
	}
	set_path(m, horizon, mean);
	for (int h = 0; h < horizon; h++)
	{
		CHECK_FOR_INTERRUPTS();
		predictive_set_draws(&result[h], counts, PATHS, draw + (Size) h * PATHS);
		/* the path without errors */
		result[h].mean = finite_value(mean[h], counts);
	}
	pfree(mean);
	pfree(draw);
	pfree(path.season);
}

void
ets_steps(const EtsModel *m, int horizon, uint64 seed, bool counts, Predictive *result)
{
	double	   *mean;
	double	   *variance;

	if (m->form.error == ETS_ADDITIVE && m->form.season == ETS_MULTIPLICATIVE)
	{
		simulate(m, horizon, seed, counts, result);
		return;
	}
	mean = scratch_array(double, horizon);
	variance = scratch_array(double, horizon);
	if (m->form.season == ETS_MULTIPLICATIVE)
		set_multiplied(m, horizon, mean, variance);
	else
		set_linear(m, horizon, mean, variance);
	for (int h = 0; h < horizon; h++)
		predictive_set_normal(&result[h], counts, mean[h], variance[h]);
	pfree(mean);
	pfree(variance);
}
