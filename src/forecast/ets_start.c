/*
 * ets_start.c
 *		States from which the search for those of a model begins: a classical
 *		decomposition, and a line through the first values without their season,
 *		as R's ets has it.
 */
#include "forecast/ets.h"

#include <math.h>

#include "forecast/classical.h"

/* Values through which the line goes, at least. */
#define FIRST_VALUES 10

/* Seasonal factors are not below it at the start. */
#define LEAST_FACTOR 0.01

/*
 * The season of fewer than three periods: what is left of a line whose slope is
 * that from one period to the next.
 */
static void
short_figure(const double *value, int n, int period, bool multiplies, double *figure)
{
	double		slope = 0;
	double		mean = 0;
	double		balance = 0;

	for (int t = 0; t + period < n; t++)
		slope += (value[t + period] - value[t]) / period / (n - period);
	for (int t = 0; t < n; t++)
		mean += (value[t] - slope * t) / n;
	for (int place = 0; place < period; place++)
	{
		int			count = 0;

		figure[place] = 0;
		for (int t = place; t < n; t += period, count++)
		{
			double		line = mean + slope * t;

			figure[place] += !multiplies ? value[t] - line : line > 0 ? value[t] / line : 1;
		}
		figure[place] /= count;
		balance += figure[place] / period;
	}
	for (int place = 0; place < period; place++)
		figure[place] = multiplies ? figure[place] / balance : figure[place] - balance;
}

void
ets_start_states(EtsModel *start, const double *value, int n)
{
	int			period = start->period;
	bool		multiplies = start->form.season == ETS_MULTIPLICATIVE;
	int			first = Min(Max(FIRST_VALUES, 2 * period), n);
	double	   *adjusted = scratch_array(double, first);
	double		sum = 0;

	if (start->form.season == ETS_NONE)
		memcpy(adjusted, value, sizeof(double) * first);
	else
	{
		if (n >= 3 * period)
			classical_figure(value, n, period, multiplies, start->season);
		else
			short_figure(value, n, period, multiplies, start->season);
		if (multiplies)
		{
			for (int i = 0; i < period; i++)
				sum += start->season[i] = Max(start->season[i], LEAST_FACTOR);
			for (int i = 0; i < period; i++)
				start->season[i] *= period / sum;
		}
		for (int t = 0; t < first; t++)
			adjusted[t] = multiplies ? value[t] / start->season[t % period] :
				value[t] - start->season[t % period];
	}

	start->slope = 0;
	if (start->form.trend != ETS_NONE)
	{
		fit_line(adjusted, first, &start->level, &start->slope);
		start->level -= start->slope;	/* it is that before the first value */
	}
	else
	{
		start->level = 0;
		for (int t = 0; t < first; t++)
			start->level += adjusted[t] / first;
	}
	pfree(adjusted);
}
