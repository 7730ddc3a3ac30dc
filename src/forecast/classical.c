/*
 * classical.c
 *		Classical seasonal decomposition, and values for gaps.
 */
#include "forecast/classical.h"

#include <math.h>

/*
 * Fill what is missing at start, start + stride ..; ends take the nearest value
 * if they are asked for.
 */
static void
fill_along(double *filled, int start, int stride, int n, bool ends)
{
	int			last = -1;		/* the value before */

	for (int t = start; t < n; t += stride)
	{
		if (isnan(filled[t]))
			continue;
		if (last >= 0)
		{
			for (int gap = last + stride; gap < t; gap += stride)
			{
				double		share = (double) (gap - last) / (t - last);

				filled[gap] = (1 - share) * filled[last] + share * filled[t];
			}
		}
		else if (ends)
			for (int gap = start; gap < t; gap += stride)
				filled[gap] = filled[t];
		last = t;
	}
	if (ends && last >= 0)
		for (int gap = last + stride; gap < n; gap += stride)
			filled[gap] = filled[last];
}

void
fill_gaps(const double *value, double *filled, int n, int period)
{
	bool		gaps = false;

	for (int t = 0; t < n; t++)
	{
		filled[t] = value[t];
		gaps |= isnan(value[t]);
	}
	if (!gaps)
		return;
	if (period > 1)
		for (int place = 0; place < Min(period, n); place++)
			fill_along(filled, place, period, n, false);
	fill_along(filled, 0, 1, n, true);
}

void
classical_figure(const double *value, int n, int period, bool multiplies, double *figure)
{
	int		   *count = palloc0(sizeof(int) * period);
	int			half = period / 2;
	double		window = 0;		/* the sum of the period that begins half before t */
	double		mean = 0;

	for (int place = 0; place < period; place++)
	{
		figure[place] = 0;
		window += value[place];
	}
	for (int t = half; t < n - half; t++)
	{
		double		average = window;

		if (t + period - half < n)
			window += value[t + period - half] - value[t - half];
		if (period % 2 == 0)
			average = (average + window) / 2;
		average /= period;
		figure[t % period] += multiplies ? value[t] / average : value[t] - average;
		count[t % period]++;
	}
	for (int place = 0; place < period; place++)
	{
		figure[place] /= count[place];
		mean += figure[place] / period;
	}
	for (int place = 0; place < period; place++)
		figure[place] = multiplies ? figure[place] / mean : figure[place] - mean;
	pfree(count);
}

void
fit_line(const double *value, int n, double *intercept, double *slope)
{
	double		middle = (n - 1) / 2.0;
	double		mean = 0;
	double		product = 0;

	for (int t = 0; t < n; t++)
		mean += value[t] / n;
	for (int t = 0; t < n; t++)
		product += (t - middle) * (value[t] - mean);
	*slope = n > 1 ? product / ((double) n * ((double) n * n - 1) / 12) : 0;
	*intercept = mean - *slope * middle;
}
