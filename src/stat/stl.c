/*
 * stl.c
 *		Trend and season of a series by loess (Cleveland and others 1990).
 *
 * The season of each place in the cycle is smoothed over the cycles, less what of it
 * is slow; the trend is smoothed over what the season leaves.  Loess is worked
 * out at every so many points, the ones between lie on a line.
 */
#include "stat/stl.h"

#include <math.h>

#define PASSES 2

typedef struct Loess
{
	int			window;
	int			degree;			/* 0 or 1 */
	int			jump;
} Loess;

/* Smooth at "at" from the points first to last (from 0); false where none has weight. */
static bool
smooth_at(const double *y, int n, const Loess *l, double at, int first, int last, double *weight,
		  double *result)
{
	double		reach = Max(at - first, last - at);
	double		total = 0;
	double		sum = 0;

	if (l->window > n)
		reach += (l->window - n) / 2;
	for (int j = first; j <= last; j++)
	{
		double		away = fabs(j - at);

		weight[j] = 0;
		if (away <= 0.999 * reach)
		{
			double		share = away / reach;

			weight[j] = away <= 0.001 * reach ? 1 : pow(1 - share * share * share, 3);
		}
		total += weight[j];
	}
	if (total <= 0)
		return false;
	for (int j = first; j <= last; j++)
		weight[j] /= total;
	if (reach > 0 && l->degree > 0)
	{
		double		centre = 0;
		double		spread = 0;

		for (int j = first; j <= last; j++)
			centre += weight[j] * j;
		for (int j = first; j <= last; j++)
			spread += weight[j] * (j - centre) * (j - centre);
		if (sqrt(spread) > 0.001 * (n - 1))
			for (int j = first; j <= last; j++)
				weight[j] *= (at - centre) / spread * (j - centre) + 1;
	}
	for (int j = first; j <= last; j++)
		sum += weight[j] * y[j];
	*result = sum;
	return true;
}

/* Smooth n values. */
static void
smooth(const double *y, int n, const Loess *l, double *weight, double *to)
{
	int			jump = Min(l->jump, n - 1);
	int			half = (l->window + 1) / 2;
	int			last = 0;

	if (n < 2)
	{
		to[0] = y[0];
		return;
	}
	for (int i = 0;; i = Min(i + jump, n - 1))
	{
		int			from = 0;
		int			until = n - 1;

		if (l->window < n)
		{
			from = Min(Max(i + 1 - half, 0), n - l->window);
			until = from + l->window - 1;
		}
		CHECK_FOR_INTERRUPTS();
		if (!smooth_at(y, n, l, i, from, until, weight, &to[i]))
			to[i] = y[i];
		for (int j = last + 1; j < i; j++)
			to[j] = to[last] + (to[i] - to[last]) * (j - last) / (i - last);
		last = i;
		if (i == n - 1)
			break;
	}
}

/* The mean of every so many neighbours; returns how many there are. */
static int
moving_mean(const double *y, int n, int window, double *to)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
	{
		sum += y[i];
		if (i >= window)
			sum -= y[i - window];
		if (i >= window - 1)
			to[i - window + 1] = sum / window;
	}
	return n - window + 1;
}

/* The seasons of each place in the cycle, from one cycle before the values to one after. */
static void
smooth_cycles(const double *y, int n, int m, const Loess *l, double *scratch, double *to)
{
	for (int place = 0; place < m; place++)
	{
		int			k = (n - place - 1) / m + 1;
		double	   *from = scratch;
		double	   *smoothed = scratch + k;
		double	   *weight = smoothed + k + 2;

		for (int i = 0; i < k; i++)
			from[i] = y[i * m + place];
		smooth(from, k, l, weight, smoothed + 1);
		if (!smooth_at(from, k, l, -1, 0, Min(l->window, k) - 1, weight, &smoothed[0]))
			smoothed[0] = smoothed[1];
		if (!smooth_at(from, k, l, k, Max(k - l->window, 0), k - 1, weight, &smoothed[k + 1]))
			smoothed[k + 1] = smoothed[k];
		for (int i = 0; i < k + 2; i++)
			to[i * m + place] = smoothed[i];
	}
}

static int
next_odd(int n)
{
	return n % 2 == 0 ? n + 1 : n;
}

void
stl_decompose(const double *value, int n, int m, int s_window, double *season, double *trend)
{
	int			t_window = next_odd((int) ceil(1.5 * m / (1 - 1.5 / s_window)));
	int			l_window = next_odd(m);
	Loess		cycle = {s_window, 0, (s_window + 9) / 10};
	Loess		slow = {l_window, 1, (l_window + 9) / 10};
	Loess		level = {t_window, 1, (t_window + 9) / 10};
	Size		room = (Size) n + 2 * m;
	double	   *rest = scratch_array(double, room);
	double	   *cycles = scratch_array(double, room);
	double	   *mean = scratch_array(double, room);
	double	   *scratch = scratch_array(double, 3 * room + 2);

	memset(trend, 0, sizeof(double) * n);
	for (int pass = 0; pass < PASSES; pass++)
	{
		int			k;

		for (int i = 0; i < n; i++)
			rest[i] = value[i] - trend[i];
		smooth_cycles(rest, n, m, &cycle, scratch, cycles);
		k = moving_mean(cycles, n + 2 * m, m, mean);
		k = moving_mean(mean, k, m, scratch);
		k = moving_mean(scratch, k, 3, mean);
		Assert(k == n);
		smooth(mean, n, &slow, scratch, rest);
		for (int i = 0; i < n; i++)
		{
			season[i] = cycles[m + i] - rest[i];
			rest[i] = value[i] - season[i];
		}
		smooth(rest, n, &level, scratch, trend);
	}
	pfree(rest);
	pfree(cycles);
	pfree(mean);
	pfree(scratch);
}
