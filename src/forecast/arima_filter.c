/*
 * arima_filter.c
 *		The Kalman filter of an ARIMA model in state space, as R's arima has it.
 *
 * States: those of the ARMA process (Harvey 1993), the first of which is its
 * value, then the last d + D m values of the series, of which nothing is known at
 * the start: their variance is 1e6.  A value whose own variance is 1e4 or more is
 * taken in, but counts for no likelihood.  Variances are over sigma^2.
 */
#include "forecast/arima.h"

#include <math.h>

#define UNKNOWN 1e6
#define TELLS_NOTHING 1e4

void
filter_init(ArimaFilter *f, const ArimaOrder *o, int series)
{
	Size		room;

	process_init(&f->process, o);
	f->lost = arima_lost(o);
	f->states = f->process.r + f->lost;
	room = (Size) f->states * Max(f->states, series);
	f->delta = crimeml_array(double, f->lost + 1);
	f->state = crimeml_array(double, (Size) f->states * series);
	f->covariance = crimeml_array(double, room);
	f->scratch = crimeml_array(double, room);
	f->gain = crimeml_array(double, f->states);

	/* delta = -(the coefficients of (1-B)^d (1-B^m)^D behind the 1) */
	f->delta[0] = -1;
	for (int i = 0, length = 0; i < o->d + o->D; i++)
	{
		int			lag = i < o->d ? 1 : o->m;

		for (int k = length; k >= 0; k--)
			f->delta[k + lag] -= f->delta[k];
		length += lag;
	}
	memmove(f->delta, f->delta + 1, sizeof(double) * f->lost);
}

bool
filter_start(ArimaFilter *f, const ArimaOrder *o, const double *coefficient, int series)
{
	int			r = f->process.r;
	int			n = f->states;

	process_set(&f->process, o, coefficient);
	memset(f->state, 0, sizeof(double) * n * series);
	memset(f->covariance, 0, sizeof(double) * n * n);
	if (!process_covariance(&f->process, f->scratch))
		return false;
	for (int i = 0; i < r; i++)
		memcpy(f->covariance + (Size) i * n, f->scratch + (Size) i * r, sizeof(double) * r);
	for (int i = r; i < n; i++)
		f->covariance[(Size) i * n + i] = UNKNOWN;
	return true;
}

/* T x, of x as many rows as there are states, and so many columns. */
static void
transition(const ArimaFilter *f, const double *x, double *to, int columns)
{
	const double *phi = f->process.phi;
	int			r = f->process.r;
	double	   *sum = to + (Size) r * columns;

	for (int i = 0; i < r; i++)
	{
		const double *below = x + (Size) (i + 1) * columns;
		double	   *row = to + (Size) i * columns;

		for (int j = 0; j < columns; j++)
			row[j] = phi[i] * x[j];
		if (i + 1 < r)
			for (int j = 0; j < columns; j++)
				row[j] += below[j];
	}
	if (f->lost == 0)
		return;
	memcpy(sum, x, sizeof(double) * columns);
	for (int k = 0; k < f->lost; k++)
	{
		const double *from = x + (Size) (r + k) * columns;

		if (f->delta[k] != 0)
			for (int j = 0; j < columns; j++)
				sum[j] += f->delta[k] * from[j];
	}
	memcpy(sum + columns, x + (Size) r * columns, sizeof(double) * columns * (f->lost - 1));
}

void
filter_advance(ArimaFilter *f, int series)
{
	const double *theta = f->process.theta;
	int			n = f->states;
	double	   *p = f->covariance;

	transition(f, f->state, f->scratch, series);
	memcpy(f->state, f->scratch, sizeof(double) * n * series);

	/* P is symmetric, so T (T P)' is T P T' */
	transition(f, p, f->scratch, n);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			p[(Size) i * n + j] = f->scratch[(Size) j * n + i];
	transition(f, p, f->scratch, n);
	f->covariance = f->scratch;
	f->scratch = p;
	p = f->covariance;
	for (int i = 0; i <= f->process.q; i++)
	{
		double		share = i > 0 ? theta[i - 1] : 1;

		if (share == 0)
			continue;
		p[(Size) i * n] += share;
		for (int j = 1; j <= f->process.q; j++)
			p[(Size) i * n + j] += share * theta[j - 1];
	}
}

void
filter_expect(ArimaFilter *f, int series, double *expected, double *variance)
{
	int			r = f->process.r;
	int			n = f->states;

	for (int s = 0; s < series; s++)
	{
		expected[s] = f->state[s];
		for (int k = 0; k < f->lost; k++)
			expected[s] += f->delta[k] * f->state[(Size) (r + k) * series + s];
	}
	memcpy(f->gain, f->covariance, sizeof(double) * n);
	for (int k = 0; k < f->lost; k++)
	{
		const double *row = f->covariance + (Size) (r + k) * n;

		if (f->delta[k] != 0)
			for (int j = 0; j < n; j++)
				f->gain[j] += f->delta[k] * row[j];
	}
	*variance = f->gain[0];
	for (int k = 0; k < f->lost; k++)
		*variance += f->delta[k] * f->gain[r + k];
}

void
filter_correct(ArimaFilter *f, int series, const double *surprise, double variance)
{
	int			n = f->states;

	for (int i = 0; i < n; i++)
	{
		double		share = f->gain[i] / variance;
		double	   *row = f->covariance + (Size) i * n;

		if (share == 0)
			continue;
		for (int s = 0; s < series; s++)
			f->state[(Size) i * series + s] += share * surprise[s];
		for (int j = 0; j < n; j++)
			row[j] -= share * f->gain[j];
	}
}

void
arima_filter(ArimaFilter *f, const ArimaOrder *o, const ArimaData *data,
			 const double *coefficient, ArimaLikelihood *result)
{
	int			series = data->columns + 1;
	double		surprise[ARIMA_MAX_COLUMNS + 1];
	double		expected[ARIMA_MAX_COLUMNS + 1];
	ArimaSquares squares;

	result->value = INFINITY;
	if (!filter_start(f, o, coefficient, series))
		return;
	arima_squares_start(&squares, data->columns);
	for (int t = 0; t < data->n; t++)
	{
		double		variance;

		CHECK_FOR_INTERRUPTS();
		if (t > 0)
			filter_advance(f, series);
		if (isnan(data->column[0][t]))
			continue;
		filter_expect(f, series, expected, &variance);
		for (int s = 0; s < series; s++)
			surprise[s] = data->column[s][t] - expected[s];
		if (!(variance > 0))
			return;
		filter_correct(f, series, surprise, variance);
		if (variance < TELLS_NOTHING)
			arima_squares_add(&squares, surprise, variance, log(variance));
	}
	arima_squares_finish(&squares, result);
}
