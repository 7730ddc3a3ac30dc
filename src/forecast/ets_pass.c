/*
 * ets_pass.c
 *		The recursions of exponential smoothing, and the gradient of the
 *		likelihood by going back through them.
 *
 * The states do not depend on how the error enters, once the values are known:
 * with q = level + phi slope, f the fitted value and e = value - f,
 *
 *		no season		f = q		level = q + alpha e		slope = phi slope + beta e
 *		additive		f = q + s	the same				s = s + gamma e
 *		multiplicative	f = q s		with e / s for e		s = s + gamma e / q
 *
 * A missing value has e = 0: the forecast stands for it, and it does not count
 * in the likelihood.
 */
#include "forecast/ets.h"

#include <float.h>
#include <math.h>

#include "stat/plain_math.h"

/* Values are scaled to about 1; what must be positive is within these. */
#define LEAST 1e-10
#define MOST 1e10

/* Factors that are multiplied before their exponent is taken out: 16 x 1e10. */
#define FACTORS 16

void
ets_pass_room(EtsPass *pass, EtsGradient *gradient, int n, int period)
{
	pass->season = scratch_array(double, n + period);
	pass->error = scratch_array(double, n);
	pass->base = scratch_array(double, n);
	pass->slope_at = scratch_array(double, n);
	gradient->season = scratch_array(double, n + period);
}

void
ets_pass_free(EtsPass *pass, EtsGradient *gradient)
{
	pfree(pass->season);
	pfree(pass->error);
	pfree(pass->base);
	pfree(pass->slope_at);
	pfree(gradient->season);
}

static inline bool
is_positive(double v)
{
	return v > LEAST && v < MOST;
}

/* Forwards; compiled for each form by itself. */
static pg_attribute_always_inline bool
run(EtsPass *p, const bool relative, const bool trend, const EtsPart season)
{
	const double alpha = p->model.alpha;
	const double beta = p->model.beta;
	const double gamma = p->model.gamma;
	const double phi = p->model.phi;
	const int	period = p->model.period;
	double		level = p->model.level;
	double		slope = p->model.slope;
	double		squares = 0;
	double		product = 1;
	int64		exponent = 0;
	int			seen = 0;

	for (int t = 0; t < p->n; t++)
	{
		double		y = p->value[t];
		double		s = season != ETS_NONE ? p->season[t] : 0;
		double		damped = trend ? phi * slope : 0;
		double		q = level + damped;
		double		f = season == ETS_NONE ? q : season == ETS_ADDITIVE ? q + s : q * s;
		double		e = isnan(y) ? 0 : y - f;

		if (season == ETS_MULTIPLICATIVE && !(is_positive(q) && is_positive(s)))
			return false;
		if (relative && !is_positive(f))
			return false;
		p->error[t] = e;
		p->base[t] = q;
		p->slope_at[t] = slope;
		if (season == ETS_MULTIPLICATIVE)
		{
			double		adjusted = e / s;

			level = q + alpha * adjusted;
			slope = damped + beta * adjusted;
			p->season[t + period] = s + gamma * (e / q);
		}
		else
		{
			level = q + alpha * e;
			slope = damped + beta * e;
			if (season == ETS_ADDITIVE)
				p->season[t + period] = s + gamma * e;
		}
		if (isnan(y))
			continue;
		seen++;
		if (relative)
		{
			double		r = e / f;

			squares += r * r;
			product *= f;
			if (seen % FACTORS == 0)
			{
				int			power;

				product = frexp(product, &power);
				exponent += power;
			}
		}
		else
			squares += e * e;
	}
	p->model.level = level;
	p->model.slope = slope;
	p->seen = seen;
	p->squares = squares;
	p->log_sum = relative ? plain_log(product) + exponent * M_LN2 : 0;
	return isfinite(squares);
}

/* Backwards; weight is what a squared error counts in the objective, twice. */
static pg_attribute_always_inline void
run_back(const EtsPass *p, EtsGradient *g, double weight,
		 const bool relative, const bool trend, const EtsPart season)
{
	const double alpha = p->model.alpha;
	const double beta = p->model.beta;
	const double gamma = p->model.gamma;
	const double phi = p->model.phi;
	const int	period = p->model.period;
	double		by_level = 0;
	double		by_slope = 0;
	double		by_alpha = 0;
	double		by_beta = 0;
	double		by_gamma = 0;
	double		by_phi = 0;

	if (season != ETS_NONE)
		memset(g->season + p->n, 0, sizeof(double) * period);
	for (int t = p->n - 1; t >= 0; t--)
	{
		double		e = p->error[t];
		double		q = p->base[t];
		double		s = season != ETS_NONE ? p->season[t] : 0;
		double		by_season = season != ETS_NONE ? g->season[t + period] : 0;
		double		by_base = by_level;
		double		by_fitted;

		if (!isnan(p->value[t]))
		{
			double		adjusted = season == ETS_MULTIPLICATIVE ? e / s : e;
			double		smooth = trend ? alpha * by_level + beta * by_slope : alpha * by_level;

			by_alpha += by_level * adjusted;
			if (trend)
				by_beta += by_slope * adjusted;
			if (relative)
			{
				double		f = season == ETS_NONE ? q : season == ETS_ADDITIVE ? q + s : q * s;
				double		r = e / f;

				by_fitted = (2 - weight * r * (1 + r)) / f;
			}
			else
				by_fitted = -weight * e;
			if (season == ETS_MULTIPLICATIVE)
			{
				double		turn = gamma * by_season / q;

				by_gamma += by_season * e / q;
				smooth /= s;
				by_fitted -= smooth + turn;
				by_base += by_fitted * s - turn * e / q;
				by_season += by_fitted * q - smooth * adjusted;
			}
			else
			{
				by_fitted -= smooth;
				if (season == ETS_ADDITIVE)
				{
					by_fitted -= gamma * by_season;
					by_gamma += by_season * e;
					by_season += by_fitted;
				}
				by_base += by_fitted;
			}
		}
		if (season != ETS_NONE)
			g->season[t] = by_season;
		by_level = by_base;
		if (trend)
		{
			by_slope += by_base;
			by_phi += p->slope_at[t] * by_slope;
			by_slope *= phi;
		}
	}
	g->alpha = by_alpha;
	g->beta = by_beta;
	g->gamma = by_gamma;
	g->phi = by_phi;
	g->level = by_level;
	g->slope = by_slope;
}

/* One call with the form as constants. */
#define FOR_SEASON(call, relative, trend) \
	(p->model.form.season == ETS_NONE ? call(relative, trend, ETS_NONE) : \
	 p->model.form.season == ETS_ADDITIVE ? call(relative, trend, ETS_ADDITIVE) : \
	 call(relative, trend, ETS_MULTIPLICATIVE))
#define FOR_FORM(call) \
	(p->model.form.error == ETS_ADDITIVE ? \
	 (p->model.form.trend == ETS_NONE ? FOR_SEASON(call, false, false) : FOR_SEASON(call, false, true)) : \
	 (p->model.form.trend == ETS_NONE ? FOR_SEASON(call, true, false) : FOR_SEASON(call, true, true)))

bool
ets_pass_run(EtsPass *p)
{
#define RUN(relative, trend, season) run(p, relative, trend, season)
	return FOR_FORM(RUN);
}

/* Squares below this, of values scaled to 1, are rounding. */
static double
countable_squares(const EtsPass *p)
{
	return Max(p->squares, p->seen * (DBL_EPSILON * DBL_EPSILON));
}

double
ets_pass_objective(const EtsPass *p)
{
	return p->seen * plain_log(countable_squares(p)) + 2 * p->log_sum;
}

void
ets_pass_gradient(const EtsPass *p, EtsGradient *g)
{
	double		weight = 2 * p->seen / countable_squares(p);

#define RUN_BACK(relative, trend, season) run_back(p, g, weight, relative, trend, season)
	FOR_FORM(RUN_BACK);
}

void
ets_update_at(EtsModel *m, int place, double value)
{
	double		damped = m->phi * m->slope;
	double		q = m->level + damped;
	double		s = m->season[place];
	double		e;

	if (m->form.season == ETS_MULTIPLICATIVE)
	{
		e = isnan(value) || q == 0 || s == 0 ? 0 : value - q * s;
		m->level = q + (e != 0 ? m->alpha * (e / s) : 0);
		m->slope = damped + (e != 0 ? m->beta * (e / s) : 0);
		s += e != 0 ? m->gamma * (e / q) : 0;
	}
	else
	{
		if (m->form.season == ETS_NONE)
			s = 0;
		e = isnan(value) ? 0 : value - q - s;
		m->level = q + m->alpha * e;
		m->slope = damped + m->beta * e;
		s += m->gamma * e;
	}
	m->season[place] = m->form.season == ETS_NONE ? 0 : s;
}
