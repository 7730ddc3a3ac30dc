/*
 * arima_model.c
 *		A fitted ARIMA model: what is stored of it, and what comes of that.
 *
 * Stored are the parameters, and the filter behind the last value: the states and
 * their covariance.  Forecasts and updates are sums and products of these, so
 * they are the same on every machine.
 */
#include "forecast/arima_model.h"

#include <float.h>
#include <math.h>

#include "forecast/engine.h"
#include "stat/plain_math.h"

/* Covariances below it, over sigma^2, are kept as 0: rounding of the first ones of 1e6. */
#define NEGLIGIBLE 1e-9

#define MAX_FREQUENCY 30000

/* ----------
 * Regressors
 * ----------
 */

double
regressor_value(uint16 regressor, int season, const Calendar *calendar, int bucket)
{
	int			frequency = (regressor - REGRESSOR_WAVE) / 2;
	double		cosine;
	double		sine;

	if (regressor == REGRESSOR_HOLIDAY)
		return calendar->holiday[bucket];
	if (regressor == REGRESSOR_EXPOSURE)
		return calendar->exposure[bucket];
	plain_circle((double) ((int64) bucket * frequency % season) / season, &cosine, &sine);
	return (regressor - REGRESSOR_WAVE) % 2 ? sine : cosine;
}

char *
regressor_name(uint16 regressor)
{
	if (regressor == REGRESSOR_HOLIDAY)
		return "holiday";
	if (regressor == REGRESSOR_EXPOSURE)
		return "exposure";
	return psprintf("%s%d", (regressor - REGRESSOR_WAVE) % 2 ? "sine" : "cosine",
					(regressor - REGRESSOR_WAVE) / 2);
}

/* What the constant and the regressors make of value t (from 0) of the series. */
static double
explained(const ArimaModel *m, const Calendar *calendar, int first, int t)
{
	const double *beta = m->beta;
	double		sum = 0;

	if (arima_has_constant(&m->order))
		sum += *beta++ * (m->order.d + m->order.D == 0 ? 1 : t + 1.0);
	for (int i = 0; i < m->regressors; i++)
		sum += beta[i] * regressor_value(m->regressor[i], m->season, calendar, first + t);
	return sum;
}

/* ----------
 * Payload
 * ----------
 */

void
arima_write(const void *fitted, ByteWriter *w)
{
	const ArimaModel *m = fitted;
	const ArimaOrder *o = &m->order;
	const ArimaFilter *f = &m->filter;
	int			n = f->states;

	write_u8(w, o->p);
	write_u8(w, o->d);
	write_u8(w, o->q);
	write_u8(w, o->P);
	write_u8(w, o->D);
	write_u8(w, o->Q);
	write_u8(w, o->m);
	write_u8(w, arima_has_constant(o));
	write_varint(w, m->season);
	write_varint(w, m->regressors);
	for (int i = 0; i < m->regressors; i++)
		write_u16(w, m->regressor[i]);
	for (int i = 0; i < m->regressors + arima_has_constant(o); i++)
		write_finite(w, m->beta[i]);
	for (int i = 0; i < arima_coefficients(o); i++)
		write_f64(w, m->coefficient[i]);
	write_finite(w, m->sigma);
	for (int i = 0; i < n; i++)
		write_finite(w, f->state[i]);

	/* most of it is 0 when much has been seen */
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		c = f->covariance[(Size) i * n + j];

			write_short_f64(w, (i == j ? c : fabs(c)) > NEGLIGIBLE ? c : 0);
		}
}

static int
read_order(ByteReader *r, int most)
{
	int			order = read_u8(r);

	if (order > most)
		reader_damaged(r, "an order is out of range");
	return order;
}

void *
arima_decode(ByteReader *r, const void *shape)
{
	ArimaModel *m = palloc0(sizeof(ArimaModel));
	ArimaOrder *o = &m->order;
	ArimaFilter *f = &m->filter;
	uint64		season;
	int			n;

	o->p = read_order(r, ARIMA_MAX_ORDER);
	o->d = read_order(r, ARIMA_MAX_DIFFERENCE);
	o->q = read_order(r, ARIMA_MAX_ORDER);
	o->P = read_order(r, ARIMA_MAX_SEASONAL);
	o->D = read_order(r, ARIMA_MAX_DIFFERENCE);
	o->Q = read_order(r, ARIMA_MAX_SEASONAL);
	o->m = read_order(r, ARIMA_MAX_SEASON);
	o->constant = read_order(r, 1);
	season = read_varint(r);
	if (o->m < 1 || season < 1 || season > CALENDAR_MAX_BUCKETS ||
		(o->constant && o->d + o->D > 1))
		reader_damaged(r, "a season is out of range");
	m->season = (int) season;
	m->regressors = read_count(r, sizeof(uint16), ARIMA_MAX_COLUMNS - 1);
	for (int i = 0; i < m->regressors; i++)
	{
		m->regressor[i] = read_u16(r);
		if (m->regressor[i] > REGRESSOR_WAVE + 2 * MAX_FREQUENCY)
			reader_damaged(r, "a regressor is not known");
	}
	for (int i = 0; i < m->regressors + o->constant; i++)
		m->beta[i] = read_finite(r);
	for (int i = 0; i < arima_coefficients(o); i++)
		m->coefficient[i] = read_finite(r);
	if (!arima_is_stationary(o, m->coefficient))
		reader_damaged(r, "an autoregression is not stationary");
	m->sigma = read_within(r, 0, DBL_MAX);
	filter_init(f, o, 1);

	/* what is only worked in is made where it is needed: a session may keep many series */
	pfree(f->scratch);
	pfree(f->gain);
	f->scratch = f->gain = NULL;
	process_set(&f->process, o, m->coefficient);
	n = f->states;
	for (int i = 0; i < n; i++)
		f->state[i] = read_finite(r);
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		c = read_short_f64(r);

			if (!isfinite(c) || (i == j && c < 0))
				reader_damaged(r, "a variance is out of range");
			f->covariance[(Size) i * n + j] = f->covariance[(Size) j * n + i] = c;
		}
	return m;
}

/* ----------
 * Forecasts
 * ----------
 */

void
arima_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			   int horizon, uint64 seed, Predictive *result)
{
	const ArimaModel *m = fitted;
	ArimaFilter f = m->filter;
	int			n = f.states;

	f.state = scratch_array(double, n);
	f.covariance = scratch_array(double, (Size) n * n);
	f.scratch = scratch_array(double, (Size) n * n);
	f.gain = scratch_array(double, n);
	memcpy(f.state, m->filter.state, sizeof(double) * n);
	memcpy(f.covariance, m->filter.covariance, sizeof(double) * n * n);
	for (int h = 0; h < horizon; h++)
	{
		double		mean;
		double		variance;

		CHECK_FOR_INTERRUPTS();
		filter_advance(&f, 1);
		filter_expect(&f, 1, &mean, &variance);
		mean += explained(m, calendar, shape->first, shape->n + h);

		predictive_set_normal(&result[h], shape->counts, mean,
							  m->sigma * m->sigma * Max(variance, 0));
	}
}

void
arima_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	ArimaModel *m = fitted;
	ArimaFilter *f = &m->filter;
	double		expected;
	double		variance;

	f->scratch = scratch_array(double, (Size) f->states * f->states);
	f->gain = scratch_array(double, f->states);
	filter_advance(f, 1);
	if (!isnan(value))
	{
		filter_expect(f, 1, &expected, &variance);
		expected += explained(m, calendar, shape->first, shape->n - 1);
		expected = value - expected;
		if (variance > 0 && isfinite(expected))
			filter_correct(f, 1, &expected, variance);
	}
	pfree(f->scratch);
	pfree(f->gain);
}
