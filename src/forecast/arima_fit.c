/*
 * arima_fit.c
 *		The parameters of an ARIMA model of given orders, by maximum likelihood.
 *
 * Likelihoods of ARIMA models have several maxima, so the search begins from
 * several places: the least conditional sum of squares (as R's arima does),
 * zeros, a corner, and random ones, seeded.  The constant and the regressors are not searched
 * for: at given coefficients they are least squares.
 */
#include "forecast/arima.h"

#include <math.h>

#include "stat/cholesky.h"

#define TOLERANCE 1e-10
#define MAX_STEPS 200
#define HESSIAN_STEP 1e-3
#define SOUND_RADIUS 1.01
#define ROUGH_TOLERANCE 1e-6
#define ROUGH_IMPROVEMENT 1e-5	/* of the value, by which a rough minimum may be off */
#define IMPROVEMENT 1e-7		/* of the value: two minima are one below it */
#define HOPE 1e-2				/* of the value, by which other places may be better */
#define FIRST_PLACES 2			/* that tell whether to hope */
#define SAME_PLACE 1e-2			/* of coefficients */
#define FILTER_WORK 3e6			/* states^2 n, up to which a search over the filter is not slow */
#define SEED UINT64CONST(0xa21a)

typedef struct Objective
{
	const ArimaOrder *order;
	ArimaFast  *fast;
	bool		conditional;
	ArimaFilter *filter;		/* instead of fast */
	const ArimaData *data;
	double		hopeless;		/* a value from which on there is no need to go on */
	bool		hope;			/* some place has led below it */
} Objective;

static double
objective(const double *free_numbers, void *context)
{
	const Objective *o = context;
	double		coefficient[ARIMA_COEFFICIENTS];
	ArimaLikelihood likelihood;

	CHECK_FOR_INTERRUPTS();
	coefficients_from_free(o->order, free_numbers, coefficient);
	if (o->filter != NULL)
		arima_filter(o->filter, o->order, o->data, coefficient, &likelihood);
	else
		arima_fast(o->fast, coefficient, o->conditional, &likelihood);
	return likelihood.value;
}

ArimaData *
arima_with_constant(const ArimaData *data, const ArimaOrder *o)
{
	ArimaData  *with = palloc(sizeof(ArimaData));
	double	   *constant;

	*with = *data;
	if (!o->constant || o->d + o->D > 1)
		return with;
	with->columns++;
	with->column = palloc(sizeof(double *) * (with->columns + 1));
	with->column[0] = data->column[0];
	with->column[1] = constant = scratch_array(double, data->n);
	for (int t = 0; t < data->n; t++)
		constant[t] = o->d + o->D == 0 ? 1 : data->before + t + 1;
	for (int c = 1; c <= data->columns; c++)
		with->column[c + 1] = data->column[c];
	return with;
}

ArimaData *
arima_difference(const ArimaData *data, const ArimaOrder *o)
{
	ArimaData  *result = palloc(sizeof(ArimaData));

	*result = *data;
	result->n = data->n - arima_lost(o);
	result->column = palloc(sizeof(double *) * (data->columns + 1));
	for (int c = 0; c <= data->columns; c++)
	{
		double	   *value = scratch_array(double, data->n);
		int			n = data->n;

		memcpy(value, data->column[c], sizeof(double) * n);
		for (int i = 0; i < o->d + o->D; i++)
		{
			int			lag = i < o->d ? 1 : o->m;

			n -= lag;
			for (int t = 0; t < n; t++)
				value[t] = value[t + lag] - value[t];
		}
		result->column[c] = value;
	}
	return result;
}

void
arima_criteria(ArimaFit *fit, int columns)
{
	double		parameters = arima_coefficients(&fit->order) + columns + 1;
	double		n = fit->likelihood.used;

	fit->aic = -2 * fit->likelihood.log_likelihood + 2 * parameters;
	fit->bic = fit->aic + parameters * (log(n) - 2);
	fit->aicc = n > parameters + 1 ?
		fit->aic + 2 * parameters * (parameters + 1) / (n - parameters - 1) : INFINITY;
}

/* The value at which the AICc is that; INFINITY is that of INFINITY, however few values. */
static double
value_of_aicc(double aicc, double n, double parameters)
{
	double		log_likelihood = parameters + parameters * (parameters + 1) / (n - parameters - 1) -
		aicc / 2;

	if (isinf(aicc))
		return INFINITY;
	return -log_likelihood / n - (1 + log(2 * M_PI)) / 2;
}

/* ----------
 * Standard errors
 * ----------
 */

/* Errors of the coefficients at a maximum, by the delta method; false: it is none. */
static bool
standard_errors(Objective *context, const double *free_numbers, int used, double *error)
{
	int			n = arima_coefficients(context->order);
	double		hessian[BFGS_MAX * BFGS_MAX];
	double		inverse[BFGS_MAX][BFGS_MAX] = {{0}};	/* by column */
	double		slope[BFGS_MAX][BFGS_MAX];
	double		at[BFGS_MAX];

	for (int i = 0; i < n; i++)
		error[i] = NAN;
	bfgs_hessian(n, free_numbers, objective, context, HESSIAN_STEP, hessian);
	for (int i = 0; i < n * n; i++)
		hessian[i] *= used;
	if (!cholesky_factor(hessian, n))
		return false;
	for (int i = 0; i < n; i++)
	{
		inverse[i][i] = 1;
		cholesky_solve(hessian, n, inverse[i]);
	}
	memcpy(at, free_numbers, sizeof(double) * n);
	for (int i = 0; i < n; i++)
	{
		double		above[BFGS_MAX];
		double		below[BFGS_MAX];

		at[i] = free_numbers[i] + HESSIAN_STEP;
		coefficients_from_free(context->order, at, above);
		at[i] = free_numbers[i] - HESSIAN_STEP;
		coefficients_from_free(context->order, at, below);
		at[i] = free_numbers[i];
		for (int j = 0; j < n; j++)
			slope[i][j] = (above[j] - below[j]) / (2 * HESSIAN_STEP);
	}
	for (int j = 0; j < n; j++)
	{
		double		variance = 0;

		for (int i = 0; i < n; i++)
			for (int k = 0; k < n; k++)
				variance += slope[i][j] * inverse[k][i] * slope[k][j];
		error[j] = sqrt(variance);
	}
	return true;
}

/* ----------
 * The search
 * ----------
 */

/* A random place: partial autocorrelations within .9, of the moving averages too. */
static void
random_place(const ArimaOrder *o, Random *random, double *free_numbers)
{
	ArimaOrder	mirror = *o;
	double		place[ARIMA_COEFFICIENTS];
	double		coefficient[ARIMA_COEFFICIENTS];
	int			ma = o->p;
	int			sma = o->p + o->q + o->P;

	for (int i = 0; i < arima_coefficients(o); i++)
		free_numbers[i] = atanh(1.8 * random_uniform(random) - 0.9);

	/* the coefficients of moving averages are those of autoregressions, negative */
	mirror.p = o->q;
	mirror.q = 0;
	mirror.P = o->Q;
	mirror.Q = 0;
	memcpy(place, free_numbers + ma, sizeof(double) * o->q);
	memcpy(place + o->q, free_numbers + sma, sizeof(double) * o->Q);
	coefficients_from_free(&mirror, place, coefficient);
	for (int i = 0; i < o->q; i++)
		free_numbers[ma + i] = -coefficient[i];
	for (int i = 0; i < o->Q; i++)
		free_numbers[sma + i] = -coefficient[o->q + i];
}

/*
 * A corner: an autoregression of long memory that a moving average nearly takes
 * back, which is what a series looks like whose level wanders a little; random
 * places seldom lie in its narrow valley.
 */
static void
corner_place(const ArimaOrder *o, double *free_numbers)
{
	int			sma = o->p + o->q + o->P;

	memset(free_numbers, 0, sizeof(double) * arima_coefficients(o));
	if (o->p > 0)
		free_numbers[0] = atanh(0.95);
	if (o->p > 1)
		free_numbers[1] = atanh(-0.7);
	if (o->q > 0)
		free_numbers[o->p] = -0.97;
	if (o->P > 0)
		free_numbers[o->p + o->q] = atanh(0.9);
	if (o->Q > 0)
		free_numbers[sma] = -0.9;
}

/* Are they as good as the same? */
static bool
is_near(const double *a, const double *b, int n)
{
	for (int i = 0; i < n; i++)
		if (fabs(a[i] - b[i]) > SAME_PLACE)
			return false;
	return true;
}

/*
 * Go down from a place, and keep where it ends if that is better than the fit.
 * Where it leads to what is known, or to worse, shows early.
 */
static void
search_from(Objective *context, double *free_numbers, bool want_sound, ArimaFit *fit,
			double *best)
{
	const ArimaOrder *o = context->order;
	int			k = arima_coefficients(o);
	bool		any = want_sound && !fit->sound;	/* even one that is not better */
	double		value;
	ArimaFit	found = *fit;

	value = bfgs_minimise(k, free_numbers, objective, context, ROUGH_TOLERANCE, MAX_STEPS, true);
	if (value < context->hopeless + HOPE)
		context->hope = true;
	else
		return;
	coefficients_from_free(o, free_numbers, found.coefficient);
	arima_invert(o, found.coefficient);
	if (!isfinite(value) || (!any && value > *best + ROUGH_IMPROVEMENT) ||
		(isfinite(*best) && is_near(found.coefficient, fit->coefficient, k)))
		return;
	value = bfgs_minimise(k, free_numbers, objective, context, TOLERANCE, MAX_STEPS, false);
	if (!any && value >= *best - IMPROVEMENT)
		return;
	arima_invert(o, free_numbers);
	coefficients_from_free(o, free_numbers, found.coefficient);
	found.sound = arima_roots_are_beyond(o, found.coefficient, SOUND_RADIUS);
	if (want_sound && fit->sound && !found.sound)
		return;
	found.sound &= standard_errors(context, free_numbers, fit->likelihood.used, found.error);
	if (want_sound && found.sound != fit->sound ? !found.sound : value >= *best - IMPROVEMENT)
		return;
	*fit = found;
	*best = value;
}

bool
arima_fit(const ArimaData *data, const ArimaOrder *o, int first, int starts,
		  bool want_sound, double beat, ArimaFit *fit)
{
	ArimaData  *with = arima_with_constant(data, o);
	ArimaData  *differenced = arima_difference(with, o);
	int			k = arima_coefficients(o);
	Objective	context = {.order = o};
	double		place[ARIMA_COEFFICIENTS] = {0};
	double		best = INFINITY;
	ArimaLikelihood likelihood;

	if (first > 0)
	{
		best = fit->likelihood.value;
		context.hope = true;
	}
	else
	{
		memset(fit, 0, sizeof(*fit));
		fit->order = *o;
		fit->likelihood.value = INFINITY;
		fit->likelihood.used = differenced->n;
	}
	if (differenced->n < k + with->columns + 2)
		return false;
	context.fast = arima_fast_init(differenced, o);
	context.hopeless = value_of_aicc(beat, differenced->n, k + with->columns + 1);
	if (k > 0 && first == 0)
	{
		context.conditional = true;
		bfgs_minimise(k, place, objective, &context, ROUGH_TOLERANCE, MAX_STEPS, true);
		context.conditional = false;
		arima_invert(o, place);
		search_from(&context, place, want_sound, fit, &best);
	}
	for (int i = first; i <= (k > 0 ? starts : 0); i++)
	{
		Random		random;

		if (i >= FIRST_PLACES - 1 && !context.hope)
			break;
		random_seed(&random, SEED, i);
		memset(place, 0, sizeof(place));
		if (i == 1)
			corner_place(o, place);
		else if (i > 1)
			random_place(o, &random, place);
		search_from(&context, place, want_sound, fit, &best);
	}
	if (!isfinite(best))
		return false;
	arima_fast(context.fast, fit->coefficient, false, &likelihood);
	fit->likelihood = likelihood;
	arima_criteria(fit, with->columns);
	return isfinite(likelihood.value);
}

void
arima_finish(const ArimaData *data, bool improve, ArimaFit *fit, ArimaFilter *f)
{
	const ArimaOrder *o = &fit->order;
	ArimaData  *with = arima_with_constant(data, o);
	int			series = with->columns + 1;
	Objective	context = {.order = o, .filter = f, .data = with};
	double		place[ARIMA_COEFFICIENTS];
	double	   *state;

	filter_init(f, o, series);
	if (improve && arima_coefficients(o) > 0 &&
		(double) f->states * f->states * data->n < FILTER_WORK &&
		free_from_coefficients(o, fit->coefficient, place))
	{
		bfgs_minimise(arima_coefficients(o), place, objective, &context, TOLERANCE, MAX_STEPS,
					  false);
		arima_invert(o, place);
		coefficients_from_free(o, place, fit->coefficient);
		(void) standard_errors(&context, place, data->n - data->missing - arima_lost(o),
							   fit->error);
	}
	arima_filter(f, o, with, fit->coefficient, &fit->likelihood);
	arima_criteria(fit, with->columns);

	/* from here on one series: the values less what the columns explain */
	state = crimeml_array(double, f->states);
	for (int i = 0; i < f->states; i++)
	{
		const double *row = f->state + (Size) i * series;

		state[i] = row[0];
		for (int c = 1; c < series; c++)
			state[i] -= fit->likelihood.beta[c - 1] * row[c];
	}
	f->state = state;
}
