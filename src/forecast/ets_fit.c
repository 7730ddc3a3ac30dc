/*
 * ets_fit.c
 *		The parameters and first states of a model by maximum likelihood, within
 *		the bounds of R's ets.
 *
 * Values are scaled by a power of two to about 1, which changes no digit.  The
 * variables of the search are the shares of the ranges that the parameters may
 * have (that of beta reaches to alpha, that of gamma to 1 - alpha), and the
 * states; the first seasonal one follows from the others.
 */
#include "forecast/ets.h"

#include <math.h>

#include "stat/minimise.h"

#define LOWEST 1e-4
#define HIGHEST (1 - 1e-4)
#define LOWEST_PHI 0.8
#define HIGHEST_PHI 0.98

/* Of -2 log likelihood. */
#define TOLERANCE 1e-5
#define EVALUATIONS 500

/* Variables are in units of these, so that steps in them are alike. */
#define SLOPE_UNIT 0.1

/*
 * The likelihood has several maxima: where the searches begin, as shares of the
 * ranges of the parameters.  The first is that of R, whose alpha depends on the
 * period; the last is for slopes that change fast.  Then comes the model with
 * one part less.  Long series take the first ones alone.
 */
static const struct
{
	double		alpha;
	double		beta;
	double		gamma;
	bool		slopes;
}			starts[] = {
	{0, 0.1, 0.05, false},
	{0.3, 0.1, 0.05, false},
	{0.1, 0.1, 0.05, false},
	{0.6, 0.1, 0.05, false},
	{0.9, 0.1, 0.05, false},
	{0.8, 0.9, 0.05, true}
};

#define LONG_SERIES 4000
#define LONG_STARTS 2
#define NEAR_SHARE 0.02			/* of what that model has not */

typedef struct Search
{
	EtsPass		pass;
	EtsGradient gradient;
	EtsFixed	fixed;
	int			exponent;		/* of the scale */
	int			alpha;			/* which variable it is; -1: it is not fitted */
	int			beta;
	int			gamma;
	int			phi;
	int			level;
	int			slope;
	int			season;			/* that of value 1 */
	int			n;
	double	   *variable;
	double	   *lower;
	double	   *upper;
} Search;

int
ets_parameter_count(EtsForm form, int period)
{
	return 2 + (form.trend != ETS_NONE ? 2 : 0) + (form.trend == ETS_DAMPED) +
		(form.season != ETS_NONE ? period : 0);
}

/*
 * Are all roots of the polynomial within the unit circle?  By stepping down
 * (Schur-Cohn).  Coefficients are from the highest power, which has 1.
 */
static bool
roots_are_inside(double *coefficient, int degree)
{
	for (int k = degree; k > 0; k--)
	{
		double		r = coefficient[k];
		double		rest = 1 - r * r;

		if (!(rest > 0))
			return false;
		for (int i = 1, j = k - 1; i <= j; i++, j--)
		{
			double		a = coefficient[i];
			double		b = coefficient[j];

			coefficient[i] = (a - r * b) / rest;
			coefficient[j] = (b - r * a) / rest;
		}
	}
	return true;
}

/*
 * Hyndman, Akram and Archibald (2008).  Within our bounds it is only a model with
 * slope and season that may be outside.
 */
bool
ets_is_admissible(const EtsModel *m)
{
	double	   *coefficient;
	double		middle = m->alpha + m->beta - m->alpha * m->phi;
	bool		inside;

	if (m->form.trend == ETS_NONE || m->form.season == ETS_NONE)
		return true;
	coefficient = palloc(sizeof(double) * (m->period + 2));
	coefficient[0] = 1;
	coefficient[1] = m->alpha + m->beta - m->phi;
	for (int i = 2; i < m->period; i++)
		coefficient[i] = middle;
	coefficient[m->period] = middle + m->gamma - 1;
	coefficient[m->period + 1] = m->phi * (1 - m->alpha - m->gamma);
	inside = roots_are_inside(coefficient, m->period + 1);
	pfree(coefficient);
	return inside;
}

static double
within(double low, double high, double share)
{
	return low + (high - low) * share;
}

/* The ranges of parameters, by what is fixed. */
static double
lowest_alpha(const EtsFixed *fixed)
{
	return isnan(fixed->beta) ? LOWEST : Max(LOWEST, fixed->beta);
}

static double
highest_alpha(const EtsFixed *fixed)
{
	return isnan(fixed->gamma) ? HIGHEST : Min(HIGHEST, 1 - fixed->gamma);
}

/* Set the pass by the variables. */
static void
take_variables(Search *s, const double *x)
{
	EtsPass    *p = &s->pass;
	bool		trend = p->form.trend != ETS_NONE;
	bool		season = p->form.season != ETS_NONE;

	p->alpha = s->alpha < 0 ? s->fixed.alpha :
		within(lowest_alpha(&s->fixed), highest_alpha(&s->fixed), x[s->alpha]);
	p->beta = !trend ? 0 : s->beta < 0 ? s->fixed.beta :
		within(LOWEST, Max(p->alpha, LOWEST), x[s->beta]);
	p->gamma = !season ? 0 : s->gamma < 0 ? s->fixed.gamma :
		within(LOWEST, Max(1 - p->alpha, LOWEST), x[s->gamma]);
	p->phi = p->form.trend != ETS_DAMPED ? 1 : s->phi < 0 ? s->fixed.phi :
		within(LOWEST_PHI, HIGHEST_PHI, x[s->phi]);
	p->level = x[s->level];
	p->slope = trend ? x[s->slope] * SLOPE_UNIT : 0;
	if (season)
	{
		double		rest = p->form.season == ETS_MULTIPLICATIVE ? p->period : 0;

		for (int i = 1; i < p->period; i++)
		{
			p->season[i] = x[s->season + i - 1];
			rest -= p->season[i];
		}
		p->season[0] = rest;
	}
}

/* The other way round. */
static void
set_variables(const Search *s, const EtsModel *start, double *x)
{
	double		low = lowest_alpha(&s->fixed);
	double		high = highest_alpha(&s->fixed);

	if (s->alpha >= 0)
		x[s->alpha] = high > low ? (start->alpha - low) / (high - low) : 0;
	if (s->beta >= 0)
		x[s->beta] = start->alpha > LOWEST ? (start->beta - LOWEST) / (start->alpha - LOWEST) : 0;
	if (s->gamma >= 0)
		x[s->gamma] = start->alpha < 1 - LOWEST ?
			(start->gamma - LOWEST) / (1 - start->alpha - LOWEST) : 0;
	if (s->phi >= 0)
		x[s->phi] = (start->phi - LOWEST_PHI) / (HIGHEST_PHI - LOWEST_PHI);
	x[s->level] = start->level;
	if (s->slope >= 0)
		x[s->slope] = start->slope / SLOPE_UNIT;
	if (s->season >= 0)
		for (int i = 1; i < s->pass.period; i++)
			x[s->season + i - 1] = start->season[i];
}

static EtsModel
model_of(const EtsPass *p)
{
	return (EtsModel) {
		.form = p->form, .period = p->period,
		.alpha = p->alpha, .beta = p->beta, .gamma = p->gamma, .phi = p->phi
	};
}

/* The objective of minimise(). */
static double
objective(const double *x, double *by, void *arg)
{
	Search	   *s = arg;
	EtsPass    *p = &s->pass;
	EtsGradient *g = &s->gradient;
	EtsModel	model;

	take_variables(s, x);
	model = model_of(p);
	if (!ets_is_admissible(&model) || !ets_pass_run(p))
		return INFINITY;
	ets_pass_gradient(p, g);
	if (s->beta >= 0)
	{
		by[s->beta] = g->beta * Max(p->alpha - LOWEST, 0);
		g->alpha += g->beta * x[s->beta];
	}
	if (s->gamma >= 0)
	{
		by[s->gamma] = g->gamma * Max(1 - p->alpha - LOWEST, 0);
		g->alpha -= g->gamma * x[s->gamma];
	}
	if (s->alpha >= 0)
		by[s->alpha] = g->alpha * (highest_alpha(&s->fixed) - lowest_alpha(&s->fixed));
	if (s->phi >= 0)
		by[s->phi] = g->phi * (HIGHEST_PHI - LOWEST_PHI);
	by[s->level] = g->level;
	if (s->slope >= 0)
		by[s->slope] = g->slope * SLOPE_UNIT;
	if (s->season >= 0)
		for (int i = 1; i < p->period; i++)
			by[s->season + i - 1] = g->season[i] - g->season[0];
	return ets_pass_objective(p);
}

/* The next variable, with its bounds; -1 if there is none. */
static int
add_variable(Search *s, bool there, double lower, double upper)
{
	if (!there)
		return -1;
	s->lower[s->n] = lower;
	s->upper[s->n] = upper;
	return s->n++;
}

/* Can the parameters that are fixed stand beside each other, and with the form? */
static bool
fixed_are_possible(EtsForm form, const EtsFixed *f)
{
	if (!isnan(f->beta) && (form.trend == ETS_NONE || f->beta > f->alpha))
		return false;			/* a comparison with NaN is false */
	if (!isnan(f->gamma) && (form.season == ETS_NONE || f->gamma > 1 - f->alpha))
		return false;
	if (!isnan(f->phi) && form.trend != ETS_DAMPED)
		return false;
	return !(f->beta > 1 - f->gamma);
}

/* Parameters by their shares of the ranges, where they are not fixed. */
static void
start_parameters(const Search *s, double alpha, double beta, double gamma, EtsModel *start)
{
	start->alpha = s->alpha < 0 ? s->fixed.alpha :
		within(lowest_alpha(&s->fixed), highest_alpha(&s->fixed), alpha);
	start->beta = start->form.trend == ETS_NONE ? 0 : s->beta < 0 ? s->fixed.beta :
		within(LOWEST, Max(start->alpha, LOWEST), beta);
	start->gamma = start->form.season == ETS_NONE ? 0 : s->gamma < 0 ? s->fixed.gamma :
		within(LOWEST, Max(1 - start->alpha, LOWEST), gamma);
	start->phi = start->form.trend != ETS_DAMPED ? 1 : s->phi < 0 ? s->fixed.phi :
		within(LOWEST_PHI, HIGHEST_PHI, 0.99);
}

/* States in units of the scale, or back. */
static void
scale_states(EtsModel *m, int exponent)
{
	m->level = ldexp(m->level, exponent);
	m->slope = ldexp(m->slope, exponent);
	if (m->form.season == ETS_ADDITIVE)
		for (int i = 0; i < m->period; i++)
			m->season[i] = ldexp(m->season[i], exponent);
}

/* What was found, in the units of the values. */
static void
set_fit(Search *s, EtsFit *fit)
{
	EtsPass    *p = &s->pass;
	int			k;

	take_variables(s, s->variable);
	fit->start = model_of(p);
	fit->start.level = p->level;
	fit->start.slope = p->slope;
	fit->start.season = palloc0(sizeof(double) * p->period);
	if (p->form.season != ETS_NONE)
		memcpy(fit->start.season, p->season, sizeof(double) * p->period);
	scale_states(&fit->start, s->exponent);

	(void) ets_pass_run(p);
	fit->model = model_of(p);
	fit->model.level = p->level;
	fit->model.slope = p->slope;
	fit->model.season = palloc0(sizeof(double) * p->period);
	if (p->form.season != ETS_NONE)
		memcpy(fit->model.season, p->season + p->n, sizeof(double) * p->period);
	scale_states(&fit->model, s->exponent);

	fit->seen = p->seen;
	fit->parameters = s->n;
	fit->loglik = -ets_pass_objective(p) / 2 - p->seen * (s->exponent * M_LN2);
	fit->model.sigma2 = p->squares / (p->seen - s->n);
	if (p->form.error == ETS_ADDITIVE)
		fit->model.sigma2 = ldexp(fit->model.sigma2, 2 * s->exponent);
	k = s->n + 1;				/* with sigma */
	fit->aic = -2 * fit->loglik + 2 * k;
	fit->bic = -2 * fit->loglik + log(p->seen) * k;
	fit->aicc = p->seen - k - 1 > 0 ?
		fit->aic + 2.0 * k * (k + 1) / (p->seen - k - 1) : INFINITY;
}

/* Search from a start, and keep in s->variable what beats the best so far. */
static void
search_from(Search *s, const EtsModel *start, double *best)
{
	double	   *x = palloc(sizeof(double) * s->n);
	double	   *gradient = palloc(sizeof(double) * s->n);
	double		value;

	set_variables(s, start, x);
	for (int i = 0; i < s->n; i++)
		x[i] = Min(Max(x[i], s->lower[i]), s->upper[i]);
	if (isfinite(objective(x, gradient, s)))
	{
		value = minimise(objective, s, s->n, x, s->lower, s->upper, TOLERANCE, EVALUATIONS);
		if (value < *best)
		{
			*best = value;
			memcpy(s->variable, x, sizeof(double) * s->n);
		}
	}
	pfree(x);
	pfree(gradient);
}

bool
ets_fit(const double *value, const double *filled, int n, EtsForm form, int period,
		const EtsFixed *fixed, const EtsFit *near, EtsFit *fit)
{
	Search		s = {.fixed = *fixed};
	EtsModel	start = {.form = form, .period = form.season == ETS_NONE ? 1 : period};
	double	   *scaled = scratch_array(double, n);
	double	   *scaled_filled = scratch_array(double, n);
	double		best = INFINITY;
	double		size = 0;
	int			seen = 0;
	int			count = ets_parameter_count(form, start.period);

	for (int t = 0; t < n; t++)
		if (!isnan(value[t]))
		{
			seen++;
			size += (fabs(value[t]) - size) / seen;
		}
	if (seen <= count + ETS_SPARE || !fixed_are_possible(form, fixed))
		return false;
	(void) frexp(size, &s.exponent);
	for (int t = 0; t < n; t++)
	{
		scaled[t] = ldexp(value[t], -s.exponent);
		scaled_filled[t] = ldexp(filled[t], -s.exponent);
	}

	s.variable = palloc(sizeof(double) * count);
	s.lower = palloc(sizeof(double) * count);
	s.upper = palloc(sizeof(double) * count);
	s.alpha = add_variable(&s, isnan(fixed->alpha), 0, 1);
	s.beta = add_variable(&s, form.trend != ETS_NONE && isnan(fixed->beta), 0, 1);
	s.gamma = add_variable(&s, form.season != ETS_NONE && isnan(fixed->gamma), 0, 1);
	s.phi = add_variable(&s, form.trend == ETS_DAMPED && isnan(fixed->phi), 0, 1);
	s.level = add_variable(&s, true, -INFINITY, INFINITY);
	s.slope = add_variable(&s, form.trend != ETS_NONE, -INFINITY, INFINITY);
	s.season = -1;
	if (form.season != ETS_NONE)
	{
		s.season = s.n;
		for (int i = 1; i < period; i++)
			(void) add_variable(&s, true,
								form.season == ETS_MULTIPLICATIVE ? 0 : -INFINITY, INFINITY);
	}
	s.pass.value = scaled;
	s.pass.n = n;
	s.pass.form = form;
	s.pass.period = start.period;
	ets_pass_room(&s.pass, &s.gradient, n, start.period);

	start.season = palloc0(sizeof(double) * start.period);
	ets_start_states(&start, scaled_filled, n);
	for (int i = 0; i < lengthof(starts); i++)
	{
		double		alpha = i == 0 ? 0.2 / start.period : starts[i].alpha;

		if ((starts[i].slopes && form.trend == ETS_NONE) ||
			(i >= LONG_STARTS && n > LONG_SERIES) || (i > 0 && s.alpha < 0))
			continue;
		start_parameters(&s, alpha, starts[i].beta, starts[i].gamma, &start);
		search_from(&s, &start, &best);
	}
	if (near != NULL)
	{
		EtsModel	model = near->start;

		start_parameters(&s, 0.5, NEAR_SHARE, NEAR_SHARE, &start);
		model.form = form;
		if (near->start.form.trend == ETS_NONE)
			model.beta = start.beta;
		model.phi = start.phi;
		scale_states(&model, -s.exponent);
		search_from(&s, &model, &best);
	}
	if (isfinite(best))
		set_fit(&s, fit);
	ets_pass_free(&s.pass, &s.gradient);
	pfree(scaled);
	pfree(scaled_filled);
	pfree(start.season);
	pfree(s.variable);
	pfree(s.lower);
	pfree(s.upper);
	return isfinite(best);
}
