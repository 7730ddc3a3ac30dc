/*
 * arima_fast.c
 *		The exact likelihood of an ARMA process without gaps, in time n r.
 *
 * The Kalman filter of a stationary process in its fast form (Morf, Sidhu and
 * Kailath 1974): from one time to the next the covariance of the states changes by
 * a matrix of rank one, so a vector stands for it.  Where it has died away
 * the filter is steady, and only the states go on.
 *
 * With P_(t+1) - P_t = -L L' / F_t, G = T P z and z picks the first state:
 *		F_(t+1) = F_t - L_0^2 / F_t
 *		G_(t+1) = G_t - T L (L_0 / F_t)
 *		L_(t+1) = T L - G_t (L_0 / F_t)
 */
#include "forecast/arima.h"

#include <math.h>

#define STEADY 1e-15			/* of L^2 / F */
#define STEPS_BETWEEN_CHECKS 4096

struct ArimaFast
{
	const ArimaData *data;
	ArimaOrder	order;
	ArimaProcess process;
	double	   *gain;			/* G / F */
	double	   *change;			/* L */
	double	   *state;			/* r numbers a column, and one that is 0 */
};

ArimaFast *
arima_fast_init(const ArimaData *differenced, const ArimaOrder *o)
{
	ArimaFast  *fast = palloc(sizeof(ArimaFast));

	fast->data = differenced;
	fast->order = *o;
	process_init(&fast->process, o);
	fast->gain = crimeml_array(double, fast->process.r + 1);
	fast->change = crimeml_array(double, fast->process.r + 1);
	fast->state = crimeml_array(double, (fast->process.r + 1) * (differenced->columns + 1));
	return fast;
}

/* T P z from the first row of P, which comes in as "row" and goes out so. */
static void
move(double *row, const double *phi, int r)
{
	double		first = row[0];

	for (int i = 0; i < r - 1; i++)
		row[i] = row[i + 1] + phi[i] * first;
	row[r - 1] = phi[r - 1] * first;
}

/* One step of gain and change; false where the filter is steady from here on. */
static bool
step_gain(ArimaFast *fast, double *variance)
{
	const double *phi = fast->process.phi;
	double	   *gain = fast->gain;
	double	   *change = fast->change;
	int			r = fast->process.r;
	double		first = change[0];
	double		next = *variance - first * first / *variance;
	double		share = *variance / next;
	double		least = STEADY * next;
	bool		moves = false;

	/* gain holds G / F of before; scaled it holds that of after */
	for (int i = 0; i < r; i++)
	{
		double		moved = change[i + 1] + phi[i] * first;
		double		before = gain[i];

		gain[i] = before * share - moved * first / (*variance * next);
		change[i] = moved - before * first;
		moves |= change[i] * change[i] > least;
	}
	*variance = next;
	return moves;
}

void
arima_fast(ArimaFast *fast, const double *coefficient, bool conditional,
		   ArimaLikelihood *result)
{
	const ArimaData *data = fast->data;
	const ArimaProcess *process = &fast->process;
	int			r = process->r;
	double		variance = 1;
	double		log_variance;
	double		surprise[ARIMA_MAX_COLUMNS + 1];
	bool		moves = !conditional;
	ArimaSquares squares;

	result->value = INFINITY;
	process_set(&fast->process, &fast->order, coefficient);
	if (conditional)
		for (int i = 0; i < r; i++)
			fast->gain[i] = process->phi[i] + process->theta[i];
	else
	{
		if (!process_first_covariances(process, fast->gain))
			return;
		variance = fast->gain[0];
		move(fast->gain, process->phi, r);
		for (int i = 0; i < r; i++)
		{
			/* T P z has no e of the same time: G = T P z, and L of the first step is G */
			fast->change[i] = fast->gain[i];
			fast->gain[i] /= variance;
		}
		fast->change[r] = 0;
	}
	memset(fast->state, 0, sizeof(double) * (r + 1) * (data->columns + 1));
	log_variance = log(variance);
	arima_squares_start(&squares, data->columns);
	for (int t = 0; t < data->n; t++)
	{
		if (t % STEPS_BETWEEN_CHECKS == 0)
			CHECK_FOR_INTERRUPTS();
		for (int c = 0; c <= data->columns; c++)
		{
			double	   *state = fast->state + (Size) c * (r + 1);
			double		first = state[0];
			double		missed = data->column[c][t] - first;

			for (int i = 0; i < r; i++)
				state[i] = state[i + 1] + process->phi[i] * first + fast->gain[i] * missed;
			surprise[c] = missed;
		}
		if (!conditional || t >= process->p)
			arima_squares_add(&squares, surprise, variance, log_variance);
		if (moves)
		{
			moves = step_gain(fast, &variance);
			log_variance = log(variance);
		}
	}
	arima_squares_finish(&squares, result);
}

/* ----------
 * The sum of squares at its least
 * ----------
 */

void
arima_squares_start(ArimaSquares *s, int columns)
{
	s->columns = columns;
	s->used = 0;
	s->log_variance = 0;
	memset(s->square, 0, sizeof(double) * (columns + 1) * (columns + 1));
}

void
arima_squares_add(ArimaSquares *s, const double *surprise, double variance, double log_variance)
{
	int			n = s->columns + 1;

	s->used++;
	s->log_variance += log_variance;
	for (int i = 0; i < n; i++)
	{
		double		scaled = surprise[i] / variance;

		for (int j = 0; j <= i; j++)
			s->square[i * n + j] += scaled * surprise[j];
	}
}

/* The columns' coefficients by generalised least squares, by Cholesky. */
void
arima_squares_finish(const ArimaSquares *s, ArimaLikelihood *result)
{
	int			k = s->columns;
	int			n = k + 1;
	double		lower[ARIMA_MAX_COLUMNS * ARIMA_MAX_COLUMNS];
	double		sum = s->square[0];

	for (int i = 0; i < k; i++)
	{
		double		half;

		for (int j = 0; j <= i; j++)
		{
			double		left = s->square[(i + 1) * n + j + 1];

			for (int l = 0; l < j; l++)
				left -= lower[i * k + l] * lower[j * k + l];
			if (j < i)
				lower[i * k + j] = lower[j * k + j] > 0 ? left / lower[j * k + j] : 0;
			else
				lower[i * k + i] = left > s->square[(i + 1) * n + i + 1] * 1e-13 ? sqrt(left) : 0;
		}
		/* what the column explains besides those before it; none where it is one of them */
		half = s->square[(i + 1) * n];
		for (int l = 0; l < i; l++)
			half -= lower[i * k + l] * result->beta[l];
		result->beta[i] = lower[i * k + i] > 0 ? half / lower[i * k + i] : 0;
		sum -= result->beta[i] * result->beta[i];
	}
	for (int i = k - 1; i >= 0; i--)
	{
		for (int l = i + 1; l < k; l++)
			result->beta[i] -= lower[l * k + i] * result->beta[l];
		result->beta[i] = lower[i * k + i] > 0 ? result->beta[i] / lower[i * k + i] : 0;
	}
	sum = Max(sum, 0);
	result->used = s->used;
	result->sigma = sqrt(sum / Max(s->used, 1));
	result->value = 0.5 * (log(sum / s->used) + s->log_variance / s->used);
	result->log_likelihood = -0.5 * s->used * (2 * result->value + 1 + log(2 * M_PI));
	if (s->used <= k || !isfinite(result->value))
		result->value = INFINITY;
}
