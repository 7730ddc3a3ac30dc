/*
 * ets.h
 *		Exponential smoothing in state-space form (Hyndman, Koehler, Ord and
 *		Snyder 2008): the models ETS(error, trend, season).
 *
 * ets_pass.c has the recursions and their gradient, ets_start.c where a search
 * begins, ets_fit.c the fit of one model, ets_choice.c which one, ets_steps.c
 * the distributions of what comes, ets.c the Forecaster.
 */
#ifndef CRIMEML_ETS_H
#define CRIMEML_ETS_H

#include "forecast/predictive.h"

typedef enum EtsPart
{
	ETS_NONE,
	ETS_ADDITIVE,
	ETS_DAMPED,					/* a trend */
	ETS_MULTIPLICATIVE			/* an error, a season */
} EtsPart;

typedef struct EtsForm
{
	EtsPart		error;
	EtsPart		trend;
	EtsPart		season;
} EtsForm;

#define ETS_SIMPLE ((EtsForm) {ETS_ADDITIVE, ETS_NONE, ETS_NONE})

/* Seasons of more buckets are left out: 2016 are the five minutes of a week. */
#define ETS_MAX_SEASON 2016

/* Smoothing of a level that cannot be fitted, and is not given. */
#define FEW_ALPHA 0.2

typedef struct EtsModel
{
	EtsForm		form;
	int			period;			/* 1 without a season */
	double		alpha;
	double		beta;			/* 0 without a trend */
	double		gamma;			/* 0 without a season */
	double		phi;			/* 1 without damping */
	double		sigma2;			/* of the errors; relative ones if they multiply */
	double		level;
	double		slope;
	double	   *season;			/* period; the first is that of the next value */
} EtsModel;

/* Smoothing parameters that are given; NaN: to be fitted. */
typedef struct EtsFixed
{
	double		alpha;
	double		beta;
	double		gamma;
	double		phi;
} EtsFixed;

#define ETS_FREE ((EtsFixed) {NAN, NAN, NAN, NAN})

typedef struct EtsFit
{
	EtsModel	model;			/* after the last value */
	EtsModel	start;			/* before the first; its sigma2 is not set */
	double		loglik;			/* without the constants of the normal density, as R */
	double		aic;
	double		aicc;
	double		bic;
} EtsFit;

/* A series as a search takes it: times a power of two that brings it to about 1. */
typedef struct EtsValues
{
	int			n;
	double	   *value;			/* NaN: missing */
	double	   *filled;			/* without gaps */
	int			exponent;		/* of what it was divided by */
	int			seen;			/* values that are there */
	bool		positive;		/* none is 0 or below */
} EtsValues;

/* ----------
 * ets_pass.c
 * ----------
 */

/* A pass over the values: what it takes, and what it leaves. */
typedef struct EtsPass
{
	const double *value;		/* NaN: missing */
	int			n;
	EtsModel	model;			/* at the start; after the pass at the end */
	double	   *season;			/* period + n; [t] is what value t meets; model.season is not set */
	double	   *error;			/* n, additive; 0 where missing */
	double	   *base;			/* n: level and slope before value t */
	double	   *slope_at;		/* n: the slope before value t, undamped */
	int			seen;
	double		squares;		/* of the errors, as the form has them */
	double		log_sum;		/* of the fitted values, if the error multiplies */
} EtsPass;

/* Derivatives of the objective. */
typedef struct EtsGradient
{
	double		alpha;
	double		beta;
	double		gamma;
	double		phi;
	double		level;
	double		slope;
	double	   *season;			/* period + n; the first period are by the start */
} EtsGradient;

/* Room for a pass over n values and a gradient, in CurrentMemoryContext. */
extern void ets_pass_room(EtsPass *pass, EtsGradient *gradient, int n, int period);
extern void ets_pass_free(EtsPass *pass, EtsGradient *gradient);

/* Run over the values; false where the states leave what the form allows. */
extern bool ets_pass_run(EtsPass *pass);

/* -2 log likelihood without constants, of a pass that has run. */
extern double ets_pass_objective(const EtsPass *pass);
extern void ets_pass_gradient(const EtsPass *pass, EtsGradient *gradient);

/* One value more, NaN: missing, that meets the seasonal state of a place. */
extern void ets_update_at(EtsModel *model, int place, double value);

/* ----------
 * ets_start.c, ets_fit.c, ets_choice.c
 * ----------
 */

/* States from which a search begins; value has no gaps. */
extern void ets_start_states(EtsModel *start, const double *value, int n);

/* Values, and the same without gaps, for the fits of a series. */
extern EtsValues ets_values(const double *value, const double *filled, int n);

/* Are so many values enough for a form with all of its parameters free, states among them? */
extern bool ets_has_enough(EtsForm form, int period, int seen);

/*
 * Fit a form; parameters that are fixed can stand beside each other.  "near" is a
 * model to search near as well, or NULL.  False if the form has not all that is
 * fixed, there are too few values, or none of the starts is allowed.
 */
extern bool ets_fit(const EtsValues *values, EtsForm form, int period,
					const EtsFixed *fixed, const EtsFit *near, EtsFit *fit);

/*
 * The form of the least AICc among those asked for: of an ETS_ANY part any.
 * False if none can be fitted.
 */
#define ETS_ANY ((EtsPart) -1)
extern bool ets_choose(const EtsValues *values, int period, EtsForm asked,
					   const EtsFixed *fixed, EtsFit *fit);

/* ----------
 * ets_steps.c
 * ----------
 */
extern void ets_steps(const EtsModel *model, int horizon, uint64 seed, bool counts,
					  Predictive *result);

#endif							/* CRIMEML_ETS_H */
