/*
 * stl.c
 *		Seasonal and trend decomposition by loess.
 *
 * The inner loop smooths each place of the season over the periods, takes a low
 * pass of that away, and smooths what is left of the values as the trend.  The
 * outer loop weighs values down by how far they are from both.  Loess is
 * evaluated at every tenth of its window, with lines between.  Inner and outer
 * passes are as R's: 2 and none, or 1 and 15 where it is robust.
 */
#include "forecast/stl.h"

#include <math.h>

#include "stat/order.h"

#define INNER 2
#define ROBUST_INNER 1
#define ROBUST_OUTER 15
#define JUMPS 10				/* of a window */
#define ROUNDS 2				/* over several periods */
#define LEAST_WINDOW 3
#define LEAST_TREND 7			/* a window of 3 gives back the values: its ends weigh nothing */

typedef struct Loess
{
	int			window;
	int			degree;			/* 0 or 1 */
	int			jump;
} Loess;

typedef struct Stl
{
	int			n;
	int			period;
	Loess		season;
	Loess		trend;
	Loess		low_pass;
	double	   *weight;			/* of values by their robustness; NULL: none */
	double	   *local;			/* n: weights of one loess */
	double	   *cycle;			/* n + 2 period */
	double	   *work1;			/* n + 2 period */
	double	   *work2;			/* n + 2 period */
	double	   *place;			/* a place of the season over the periods */
	double	   *place_weight;
	double	   *place_smooth;
} Stl;

/*
 * The value at x of a loess over y[from .. to]; false if no weight is left.
 */
static bool
loess_at(const double *y, int n, const Loess *l, double x, int from, int to,
		 const double *weight, double *local, double *result)
{
	double		reach = Max(x - from, to - x);
	double		sum = 0;
	double		value = 0;

	if (l->window > n)
		reach += (l->window - n) / 2;
	for (int i = from; i <= to; i++)
	{
		double		distance = fabs(i - x);
		double		share = distance / reach;
		double		w = 0;

		if (distance <= 0.001 * reach)
			w = 1;
		else if (distance <= 0.999 * reach)
		{
			w = 1 - share * share * share;
			w = w * w * w;
		}
		if (weight != NULL)
			w *= weight[i];
		local[i] = w;
		sum += w;
	}
	if (sum <= 0)
		return false;
	for (int i = from; i <= to; i++)
		local[i] /= sum;
	if (reach > 0 && l->degree > 0)
	{
		double		middle = 0;
		double		spread = 0;

		for (int i = from; i <= to; i++)
			middle += local[i] * i;
		for (int i = from; i <= to; i++)
			spread += local[i] * (i - middle) * (i - middle);
		if (sqrt(spread) > 0.001 * (n - 1))
		{
			double		slope = (x - middle) / spread;

			for (int i = from; i <= to; i++)
				local[i] *= slope * (i - middle) + 1;
		}
	}
	for (int i = from; i <= to; i++)
		value += local[i] * y[i];
	*result = value;
	return true;
}

/* Loess at each of n values, those between two jumps on a line. */
static void
loess(const double *y, int n, const Loess *l, const double *weight, double *local,
	  double *smooth)
{
	int			jump = Min(l->jump, n - 1);
	int			half = (l->window + 1) / 2;
	int			from = 0;
	int			to = n - 1;
	int			last = 0;

	if (n < 2)
	{
		smooth[0] = y[0];
		return;
	}
	for (int i = 0;;)
	{
		if (l->window < n)
		{
			from = Min(Max(i + 1 - half, 0), n - l->window);
			to = from + l->window - 1;
		}
		CHECK_FOR_INTERRUPTS();
		if (!loess_at(y, n, l, i, from, to, weight, local, &smooth[i]))
			smooth[i] = y[i];
		for (int j = last + 1; j < i; j++)
			smooth[j] = smooth[last] + (smooth[i] - smooth[last]) / (i - last) * (j - last);
		last = i;
		if (i == n - 1)
			break;
		i = Min(i + jump, n - 1);
	}
}

/* Sums of "length" neighbours over their number; n - length + 1 of them. */
static void
moving_average(const double *x, int n, int length, double *average)
{
	double		sum = 0;

	for (int i = 0; i < length; i++)
		sum += x[i];
	average[0] = sum / length;
	for (int i = length; i < n; i++)
	{
		sum += x[i] - x[i - length];
		average[i - length + 1] = sum / length;
	}
}

/* Smooth each place of the season, and one period beyond both ends, into cycle. */
static void
smooth_places(Stl *s, const double *detrended)
{
	for (int place = 0; place < s->period; place++)
	{
		int			k = (s->n - place - 1) / s->period + 1;
		double	   *smooth = s->place_smooth;	/* k + 2 */
		const double *weight = s->weight != NULL ? s->place_weight : NULL;

		for (int i = 0; i < k; i++)
		{
			s->place[i] = detrended[(Size) i * s->period + place];
			if (weight != NULL)
				s->place_weight[i] = s->weight[(Size) i * s->period + place];
		}
		loess(s->place, k, &s->season, weight, s->local, smooth + 1);
		if (!loess_at(s->place, k, &s->season, -1, 0, Min(s->season.window, k) - 1,
					  weight, s->local, &smooth[0]))
			smooth[0] = smooth[1];
		if (!loess_at(s->place, k, &s->season, k, Max(0, k - s->season.window), k - 1,
					  weight, s->local, &smooth[k + 1]))
			smooth[k + 1] = smooth[k];
		for (int i = 0; i < k + 2; i++)
			s->cycle[(Size) i * s->period + place] = smooth[i];
	}
}

static void
inner_pass(Stl *s, const double *value, double *season, double *trend)
{
	int			n = s->n;
	int			period = s->period;

	for (int i = 0; i < n; i++)
		s->work1[i] = value[i] - trend[i];
	smooth_places(s, s->work1);
	moving_average(s->cycle, n + 2 * period, period, s->work1);
	moving_average(s->work1, n + period + 1, period, s->work2);
	moving_average(s->work2, n + 2, 3, s->work1);
	loess(s->work1, n, &s->low_pass, NULL, s->local, s->work2);
	for (int i = 0; i < n; i++)
	{
		season[i] = s->cycle[period + i] - s->work2[i];
		s->work1[i] = value[i] - season[i];
	}
	loess(s->work1, n, &s->trend, s->weight, s->local, trend);
}

/* Bisquare weights by the distance from the fit, of six median ones. */
static void
set_weights(Stl *s, const double *value, const double *season, const double *trend,
			double *weight)
{
	int			n = s->n;
	double		limit;

	for (int i = 0; i < n; i++)
		s->work1[i] = weight[i] = fabs(value[i] - season[i] - trend[i]);
	limit = 3 * (nth_value(s->work1, n, n / 2) + nth_value(s->work1, n, n - n / 2 - 1));
	for (int i = 0; i < n; i++)
	{
		double		share = weight[i] / limit;

		if (weight[i] <= 0.001 * limit)
			weight[i] = 1;
		else if (weight[i] <= 0.999 * limit)
			weight[i] = (1 - share * share) * (1 - share * share);
		else
			weight[i] = 0;
	}
}

/* The next odd number. */
static int
odd(double v)
{
	int			i = crimeml_int_within(v, LEAST_WINDOW, PG_INT32_MAX / 2);

	return i + (i % 2 == 0);
}

static Loess
loess_of(double window, int degree)
{
	Loess		l = {.window = odd(window), .degree = degree};

	/* the jump is by the window before it was made odd, as R's */
	l.jump = Max((int) ceil(Min(window, PG_INT32_MAX / 2) / JUMPS), 1);
	return l;
}

void
stl_decompose(const double *value, int n, int period, int window, bool robust,
			  double *season, double *trend)
{
	Stl			s = {.n = n, .period = period};
	double	   *weight = scratch_array(double, n);
	int			places = n / period + 3;
	int			outer = robust ? ROBUST_OUTER : 0;

	s.season = loess_of(window, 0);
	s.trend = loess_of(odd(ceil(1.5 * period / (1 - 1.5 / window))), 1);
	s.low_pass = loess_of(odd(period), 1);
	s.local = scratch_array(double, n);
	s.cycle = scratch_array(double, n + 2 * period);
	s.work1 = scratch_array(double, n + 2 * period);
	s.work2 = scratch_array(double, n + 2 * period);
	s.place = scratch_array(double, places);
	s.place_weight = scratch_array(double, places);
	s.place_smooth = scratch_array(double, places + 2);
	for (int i = 0; i < n; i++)
		trend[i] = 0;
	for (int k = 0; k <= outer; k++)
	{
		for (int i = 0; i < (robust ? ROBUST_INNER : INNER); i++)
			inner_pass(&s, value, season, trend);
		if (k < outer)
		{
			set_weights(&s, value, season, trend, weight);
			s.weight = weight;
		}
	}
	pfree(weight);
	pfree(s.local);
	pfree(s.cycle);
	pfree(s.work1);
	pfree(s.work2);
	pfree(s.place);
	pfree(s.place_weight);
	pfree(s.place_smooth);
}

void
stl_decompose_all(const double *value, int n, const int *period, int periods, bool robust,
				  double *const *season, double *trend, double *remainder)
{
	int			used = 0;		/* periods of which there are more than two */

	memcpy(remainder, value, sizeof(double) * n);
	for (int p = 0; p < periods; p++)
	{
		used += period[p] < n / 2.0;
		memset(season[p], 0, sizeof(double) * n);
	}
	for (int round = 0; round < (used > 1 ? ROUNDS : 1); round++)
		for (int p = 0; p < used; p++)
		{
			for (int i = 0; i < n; i++)
				remainder[i] += season[p][i];
			stl_decompose(remainder, n, period[p], STL_SEASON_WINDOW(p), robust, season[p], trend);
			for (int i = 0; i < n; i++)
				remainder[i] -= season[p][i];
		}
	if (used == 0)
	{
		Loess		line = loess_of(Max(n / 3, LEAST_TREND), 1);
		double	   *local = scratch_array(double, n);

		loess(value, n, &line, NULL, local, trend);
		pfree(local);
	}
	for (int i = 0; i < n; i++)
		remainder[i] -= trend[i];
}
