/*
 * level_additive.c
 *		What the forecaster "level" does with values that are no counts.
 */
#include "forecast/level_additive.h"

#include <math.h>

#include "forecast/engine.h"

static const double alpha_grid[] = {0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1};

/* Values are divided by a power of two first, so that no square runs over. */
static int
unit_of(const Series *series)
{
	double		largest = 0;
	int			exponent;

	for (int t = 0; t < series->n; t++)
		largest = isnan(series->value[t]) ? largest : Max(largest, fabs(series->value[t]));
	frexp(largest, &exponent);
	return largest > 0 ? exponent : 0;
}

static inline double
effect_at(int slots, const double *slot, const Calendar *calendar, int bucket)
{
	return slots > 0 ? slot[calendar->slot[bucket]] : 0;
}

/* The means of the slots, as differences from the mean of the season about each value. */
static double *
fit_slots(const Series *series, int slots, int unit)
{
	const Calendar *calendar = series->calendar;
	double	   *slot = crimeml_array(double, Max(slots, 1));
	double	   *seen = crimeml_array(double, Max(slots, 1));
	double	   *sums = scratch_array(double, (Size) series->n + 1);
	double	   *counts = scratch_array(double, (Size) series->n + 1);
	double		mean = 0;

	sums[0] = counts[0] = 0;
	for (int t = 0; t < series->n; t++)
	{
		bool		there = !isnan(series->value[t]);

		sums[t + 1] = sums[t] + (there ? ldexp(series->value[t], -unit) : 0);
		counts[t + 1] = counts[t] + there;
	}
	for (int t = 0; slots > 0 && t < series->n; t++)
	{
		int			begin = Max(0, Min(t - slots / 2, series->n - slots));
		int			end = Min(series->n, begin + slots);
		int			j = calendar->slot[series->first + t];

		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(series->value[t]))
			continue;
		slot[j] += ldexp(series->value[t], -unit) - (sums[end] - sums[begin]) / (counts[end] - counts[begin]);
		seen[j]++;
	}
	for (int j = 0; j < slots; j++)
	{
		slot[j] = seen[j] > 0 ? slot[j] / seen[j] : 0;
		mean += slot[j] / slots;
	}
	for (int j = 0; j < slots; j++)
		slot[j] -= mean;
	pfree(seen);
	pfree(sums);
	pfree(counts);
	return slot;
}

/* The squares of the errors one step ahead; the level at the end. */
static double
smooth(const double *y, int n, double alpha, double *level, int *errors)
{
	bool		begun = false;
	double		sum = 0;

	*errors = 0;
	*level = 0;
	for (int t = 0; t < n; t++)
	{
		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(y[t]))
			continue;
		if (begun)
		{
			sum += (y[t] - *level) * (y[t] - *level);
			(*errors)++;
			*level += alpha * (y[t] - *level);
		}
		else
			*level = y[t];
		begun = true;
	}
	return sum;
}

double *
additive_fit(const Series *series, bool season, int *slots, AdditiveState *state)
{
	int			unit = unit_of(series);
	double		least = INFINITY;
	double	   *slot;
	double	   *y = scratch_array(double, series->n);

	*slots = season && series->calendar->slots > 1 &&
		series->n >= 2 * series->calendar->slots ? series->calendar->slots : 0;
	slot = fit_slots(series, *slots, unit);
	for (int t = 0; t < series->n; t++)
		y[t] = ldexp(series->value[t], -unit) -
			effect_at(*slots, slot, series->calendar, series->first + t);
	for (int i = 0; i < lengthof(alpha_grid); i++)
	{
		double		level;
		int			errors;
		double		sum = smooth(y, series->n, alpha_grid[i], &level, &errors);

		if (sum >= least)
			continue;
		least = sum;
		state->alpha = alpha_grid[i];
		state->level = ldexp(level, unit);
		state->variance = errors > 0 ? ldexp(sum / errors, 2 * unit) : 0;
		if (isinf(state->variance))
			state->variance = 1e308;
	}
	for (int j = 0; j < *slots; j++)
		slot[j] = ldexp(slot[j], unit);
	pfree(y);
	return slot;
}

void
additive_forecast(const AdditiveState *state, int slots, const double *slot,
				  const Calendar *calendar, int next, int horizon, Predictive *result)
{
	for (int h = 0; h < horizon; h++)
		predictive_set_normal(&result[h], false,
							  state->level + effect_at(slots, slot, calendar, next + h),
							  state->variance * (1 + h * state->alpha * state->alpha));
}

void
additive_update(AdditiveState *state, int slots, const double *slot,
				const Calendar *calendar, int bucket, double value)
{
	double		y = value - effect_at(slots, slot, calendar, bucket);
	double		level = (1 - state->alpha) * state->level + state->alpha * y;

	if (isfinite(level))
		state->level = level;
}
