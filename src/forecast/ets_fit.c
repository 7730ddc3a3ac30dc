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

#define START_PHI 0.99

/* So many values more than parameters at least, as R's ets. */
#define SPARE 4

#define LONG_SERIES 4000
#define LONG_STARTS 2
#define NEAR_SHARE 0.02			/* of what that model has not */

typedef struct Search
{
	const EtsValues *values;
	EtsPass		pass;
	EtsGradient gradient;
	EtsFixed	fixed;
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

/* Parameters of a form with all of them free, states among them. */
static int
parameter_count(EtsForm form, int period)
{
	return 2 + (form.trend != ETS_NONE ? 2 : 0) + (form.trend == ETS_DAMPED) +
		(form.season != ETS_NONE ? period : 0);
}

bool
ets_has_enough(EtsForm form, int period, int seen)
{
	return seen > parameter_count(form, period) + SPARE;
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
static bool
is_admissible(const EtsModel *m)
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

/* Set the parameters of a form: what is fixed, else by the shares of the ranges. */
static void
set_parameters(EtsModel *m, const EtsFixed *fixed, double alpha, double beta, double gamma,
			   double phi)
{
	m->alpha = !isnan(fixed->alpha) ? fixed->alpha :
		within(lowest_alpha(fixed), highest_alpha(fixed), alpha);
	m->beta = m->form.trend == ETS_NONE ? 0 : !isnan(fixed->beta) ? fixed->beta :
		within(LOWEST, Max(m->alpha, LOWEST), beta);
	m->gamma = m->form.season == ETS_NONE ? 0 : !isnan(fixed->gamma) ? fixed->gamma :
		within(LOWEST, Max(1 - m->alpha, LOWEST), gamma);
	m->phi = m->form.trend != ETS_DAMPED ? 1 : !isnan(fixed->phi) ? fixed->phi :
		within(LOWEST_PHI, HIGHEST_PHI, phi);
}

/* One of the variables; of a parameter that is not fitted any. */
static double
variable(const double *x, int i)
{
	return i < 0 ? 0 : x[i];
}

/* Set the pass by the variables. */
static void
take_variables(Search *s, const double *x)
{
	EtsModel   *m = &s->pass.model;

	set_parameters(m, &s->fixed, variable(x, s->alpha), variable(x, s->beta),
				   variable(x, s->gamma), variable(x, s->phi));
	m->level = x[s->level];
	m->slope = variable(x, s->slope) * SLOPE_UNIT;
	if (m->form.season != ETS_NONE)
	{
		double		rest = m->form.season == ETS_MULTIPLICATIVE ? m->period : 0;

		for (int i = 1; i < m->period; i++)
		{
			s->pass.season[i] = x[s->season + i - 1];
			rest -= s->pass.season[i];
		}
		s->pass.season[0] = rest;
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
		for (int i = 1; i < start->period; i++)
			x[s->season + i - 1] = start->season[i];
}

/* The objective of minimise(). */
static double
objective(const double *x, double *by, void *arg)
{
	Search	   *s = arg;
	EtsPass    *p = &s->pass;
	EtsGradient *g = &s->gradient;
	double		alpha;

	take_variables(s, x);
	if (!is_admissible(&p->model) || !ets_pass_run(p))
		return INFINITY;
	ets_pass_gradient(p, g);
	alpha = p->model.alpha;
	if (s->beta >= 0)
	{
		by[s->beta] = g->beta * Max(alpha - LOWEST, 0);
		g->alpha += g->beta * x[s->beta];
	}
	if (s->gamma >= 0)
	{
		by[s->gamma] = g->gamma * Max(1 - alpha - LOWEST, 0);
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
		for (int i = 1; i < p->model.period; i++)
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

/* Has the form all the parameters that are fixed? */
static bool
has_fixed(EtsForm form, const EtsFixed *f)
{
	return (isnan(f->beta) || form.trend != ETS_NONE) &&
		(isnan(f->gamma) || form.season != ETS_NONE) &&
		(isnan(f->phi) || form.trend == ETS_DAMPED);
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

/* The model of the pass in the units of the values, its season copied from there. */
static EtsModel
found_model(const Search *s, const double *season)
{
	EtsModel	m = s->pass.model;

	m.season = palloc0(sizeof(double) * m.period);
	if (m.form.season != ETS_NONE)
		memcpy(m.season, season, sizeof(double) * m.period);
	scale_states(&m, s->values->exponent);
	return m;
}

/* What was found. */
static void
set_fit(Search *s, EtsFit *fit)
{
	EtsPass    *p = &s->pass;
	int			seen = s->values->seen;
	int			exponent = s->values->exponent;
	int			k = s->n + 1;	/* with sigma */

	take_variables(s, s->variable);
	fit->start = found_model(s, p->season);
	(void) ets_pass_run(p);
	fit->model = found_model(s, p->season + p->n);
	fit->loglik = -ets_pass_objective(p) / 2 - seen * (exponent * M_LN2);
	fit->model.sigma2 = p->squares / (seen - s->n);
	if (p->model.form.error == ETS_ADDITIVE)
		fit->model.sigma2 = ldexp(fit->model.sigma2, 2 * exponent);
	fit->aic = -2 * fit->loglik + 2 * k;
	fit->bic = -2 * fit->loglik + log(seen) * k;
	fit->aicc = fit->aic + 2.0 * k * (k + 1) / (seen - k - 1);
}

/* Search from a start, and keep in s->variable what beats the best so far. */
static void
search_from(Search *s, const EtsModel *start, double *best)
{
	double	   *x = palloc(sizeof(double) * s->n);
	double		value;

	set_variables(s, start, x);
	value = minimise(objective, s, s->n, x, s->lower, s->upper, TOLERANCE, EVALUATIONS);
	if (value < *best)
	{
		*best = value;
		memcpy(s->variable, x, sizeof(double) * s->n);
	}
	pfree(x);
}

EtsValues
ets_values(const double *value, const double *filled, int n)
{
	EtsValues	v = {.n = n, .positive = true};
	double		size = 0;

	for (int t = 0; t < n; t++)
		if (!isnan(value[t]))
		{
			v.seen++;
			v.positive &= value[t] > 0;
			size += (fabs(value[t]) - size) / v.seen;
		}
	(void) frexp(size, &v.exponent);
	v.value = scratch_array(double, n);
	v.filled = scratch_array(double, n);
	for (int t = 0; t < n; t++)
	{
		v.value[t] = ldexp(value[t], -v.exponent);
		v.filled[t] = ldexp(filled[t], -v.exponent);
		if (t % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return v;
}

bool
ets_fit(const EtsValues *values, EtsForm form, int period, const EtsFixed *fixed,
		const EtsFit *near, EtsFit *fit)
{
	int			n = values->n;
	Search		s = {.values = values, .fixed = *fixed};
	EtsModel	start = {.form = form, .period = form.season == ETS_NONE ? 1 : period};
	double		best = INFINITY;
	int			count = parameter_count(form, start.period);

	if (!ets_has_enough(form, start.period, values->seen) || !has_fixed(form, fixed))
		return false;
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
	s.pass.value = values->value;
	s.pass.n = n;
	s.pass.model = start;
	ets_pass_room(&s.pass, &s.gradient, n, start.period);

	start.season = palloc0(sizeof(double) * start.period);
	ets_start_states(&start, values->filled, n);
	for (int i = 0; i < lengthof(starts); i++)
	{
		double		alpha = i == 0 ? 0.2 / start.period : starts[i].alpha;

		if ((starts[i].slopes && form.trend == ETS_NONE) ||
			(i >= LONG_STARTS && n > LONG_SERIES) || (i > 0 && s.alpha < 0))
			continue;
		set_parameters(&start, fixed, alpha, starts[i].beta, starts[i].gamma, START_PHI);
		search_from(&s, &start, &best);
	}
	if (near != NULL)
	{
		EtsModel	model = near->start;

		set_parameters(&start, fixed, 0.5, NEAR_SHARE, NEAR_SHARE, START_PHI);
		model.form = form;
		if (near->start.form.trend == ETS_NONE)
			model.beta = start.beta;
		model.phi = start.phi;
		/* the season that was found stays as it is */
		model.season = start.season;
		memcpy(model.season, near->start.season, sizeof(double) * start.period);
		scale_states(&model, -values->exponent);
		search_from(&s, &model, &best);
	}
	if (isfinite(best))
		set_fit(&s, fit);
	ets_pass_free(&s.pass, &s.gradient);
	pfree(start.season);
	pfree(s.variable);
	pfree(s.lower);
	pfree(s.upper);
	return isfinite(best);
}
