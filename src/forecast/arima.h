/*
 * arima.h
 *		The parts of the seasonal ARIMA engine: polynomials, the two likelihoods,
 *		the fit of given orders, the choice of orders.
 *
 * ARIMA(p,d,q)(P,D,Q)[m] in the signs of R:
 *		(1 - ar1 B ..)(1 - sar1 B^m ..)(1-B)^d (1-B^m)^D (y - x beta) =
 *		(1 + ma1 B ..)(1 + sma1 B^m ..) e,		e of variance sigma^2
 */
#ifndef CRIMEML_FORECAST_ARIMA_H
#define CRIMEML_FORECAST_ARIMA_H

#include "stat/bfgs.h"

#define ARIMA_MAX_ORDER 8		/* of p, q; P and Q are ARIMA_MAX_SEASONAL at most */
#define ARIMA_MAX_SEASONAL 4
#define ARIMA_MAX_DIFFERENCE 2	/* of d, and of D */
#define ARIMA_MAX_SEASON 60		/* longer ones are described by harmonics */
#define ARIMA_MAX_COLUMNS 16	/* constant and regressors */
#define ARIMA_COEFFICIENTS (2 * (ARIMA_MAX_ORDER + ARIMA_MAX_SEASONAL))

StaticAssertDecl(ARIMA_COEFFICIENTS <= BFGS_MAX, "bfgs_minimise takes them all");

typedef struct ArimaOrder
{
	int			p,
				d,
				q;
	int			P,
				D,
				Q;
	int			m;				/* 1 where there is no season */
	int			constant;		/* 1: a mean where d + D is 0, a drift where it is 1 */
} ArimaOrder;

static inline int
arima_coefficients(const ArimaOrder *o)
{
	return o->p + o->q + o->P + o->Q;
}

/* Values that differencing takes from the front. */
static inline int
arima_lost(const ArimaOrder *o)
{
	return o->d + o->D * o->m;
}

/* ----------
 * Polynomials (arima_polynomial.c)
 * ----------
 */

/* The two sides multiplied out: w_t = sum phi w_(t-i) + e_t + sum theta e_(t-i). */
typedef struct ArimaProcess
{
	int			p,
				q;
	int			r;				/* states: max(p, q + 1) */
	double	   *phi;			/* r numbers each, the rest of them 0 */
	double	   *theta;			/* theta[i] of e_(t-i-1) */
} ArimaProcess;

/* Room for a process of such orders; and its numbers from coefficients ar, ma, sar, sma. */
extern void process_init(ArimaProcess *process, const ArimaOrder *o);
extern void process_set(ArimaProcess *process, const ArimaOrder *o, const double *coefficient);

/*
 * Numbers without bounds that stand for coefficients (Jones 1980): tanh() makes
 * partial autocorrelations of those of ar and sar, so that they are stationary;
 * ma and sma are as they are.
 */
extern void coefficients_from_free(const ArimaOrder *o, const double *free_numbers,
								   double *coefficient);
extern bool free_from_coefficients(const ArimaOrder *o, const double *coefficient,
								   double *free_numbers);

/*
 * Are all roots of both sides of a model farther from 0 than "radius", in B and
 * not in B^m?  1.01 is R's rule.
 */
extern bool arima_roots_are_beyond(const ArimaOrder *o, const double *coefficient,
								   double radius);

extern bool arima_is_stationary(const ArimaOrder *o, const double *coefficient);

/*
 * Turn ma and sma into those of the same autocovariances with no root within 1;
 * of coefficients, or of free numbers, among which they are the same.
 */
extern void arima_invert(const ArimaOrder *o, double *numbers);

/*
 * The covariances of the states of Harvey's form (Gardner 1980), with variance 1 of
 * e: r rows of r, or the first.  false: the process is not stationary.
 */
extern bool process_first_covariances(const ArimaProcess *process, double *row);
extern bool process_covariance(const ArimaProcess *process, double *matrix);

/* ----------
 * Likelihoods
 * ----------
 */

/* What is fitted: the values and columns that go with them, by column. */
typedef struct ArimaData
{
	int			n;
	int			before;			/* values of the series before them: where a drift begins */
	int			columns;		/* besides the values */
	double	  **column;			/* [0] the values (NaN: missing), [1 ..] the columns */
	int			missing;
} ArimaData;

/* What a likelihood comes to, with sigma and the columns' coefficients at their best. */
typedef struct ArimaLikelihood
{
	double		value;			/* (log sigma^2 + mean log F) / 2, which is made small */
	double		log_likelihood;
	double		sigma;
	int			used;			/* innovations that count */
	double		beta[ARIMA_MAX_COLUMNS];
} ArimaLikelihood;

/* Differences of every column, d of them and D of the season. */
extern ArimaData *arima_difference(const ArimaData *data, const ArimaOrder *o);

/*
 * The exact likelihood of differenced values without gaps (arima_fast.c), in
 * time n r; conditional: the sum of squares given the first ones.
 */
typedef struct ArimaFast ArimaFast;
extern ArimaFast *arima_fast_init(const ArimaData *differenced, const ArimaOrder *o);
extern void arima_fast(ArimaFast *fast, const double *coefficient, bool conditional,
					   ArimaLikelihood *result);

/*
 * The model in state space (arima_filter.c): r states of the ARMA process, then
 * the values that differencing looks back on, as R's arima has them.
 */
typedef struct ArimaFilter
{
	ArimaProcess process;
	int			lost;			/* arima_lost() */
	int			states;			/* r + lost */
	double	   *delta;			/* y_t = w_t + sum delta y_(t-i) */
	double	   *state;			/* a row a state, a column a series */
	double	   *covariance;		/* over sigma^2; a row a state */
	double	   *scratch;
	double	   *gain;
} ArimaFilter;

extern void filter_init(ArimaFilter *f, const ArimaOrder *o, int series);
extern bool filter_start(ArimaFilter *f, const ArimaOrder *o, const double *coefficient,
						 int series);

/* Go to the next time. */
extern void filter_advance(ArimaFilter *f, int series);

/* What is expected there of each series, and with which variance (over sigma^2). */
extern void filter_expect(ArimaFilter *f, int series, double *expected, double *variance);

/* Take in what was found there: found - expected, of each series. */
extern void filter_correct(ArimaFilter *f, int series, const double *surprise, double variance);

/* The whole data through the filter, missing values too. */
extern void arima_filter(ArimaFilter *f, const ArimaOrder *o, const ArimaData *data,
						 const double *coefficient, ArimaLikelihood *result);

/* The sum of squares at its least: shared by both likelihoods. */
typedef struct ArimaSquares
{
	int			columns;
	int			used;
	double		log_variance;
	double		square[(ARIMA_MAX_COLUMNS + 1) * (ARIMA_MAX_COLUMNS + 1)];
} ArimaSquares;

extern void arima_squares_start(ArimaSquares *s, int columns);
extern void arima_squares_add(ArimaSquares *s, const double *surprise, double variance,
							  double log_variance);
extern void arima_squares_finish(const ArimaSquares *s, ArimaLikelihood *result);

/* ----------
 * Fits
 * ----------
 */
typedef struct ArimaFit
{
	ArimaOrder	order;
	double		coefficient[ARIMA_COEFFICIENTS];	/* ar, ma, sar, sma */
	double		error[ARIMA_COEFFICIENTS];	/* standard errors; NaN: the likelihood is flat */
	ArimaLikelihood likelihood;
	double		aic,
				aicc,
				bic;
	bool		sound;			/* roots beyond 1.01, errors finite */
} ArimaFit;

/*
 * Fit given orders to values without gaps; false where there are too few.
 * starts: how many places the search for the maximum begins from besides the
 * usual ones; where "first" is not 0, those before it have been tried, and *fit is
 * what they led to.  want_sound: a fit that is sound, where one is found, before a
 * better one that is not.  beat: an AICc; a fit that will clearly not be less is
 * given up (INFINITY: none is).  The likelihood is that of the differences.
 */
extern bool arima_fit(const ArimaData *data, const ArimaOrder *o, int first, int starts,
					  bool want_sound, double beat, ArimaFit *fit);

/*
 * The likelihood of the fit as R's arima has it, on the values with their gaps;
 * "improve" goes on from it where gaps make a difference.  The filter is
 * left behind the last value, with the columns' coefficients taken out.
 */
extern void arima_finish(const ArimaData *data, bool improve, ArimaFit *fit, ArimaFilter *f);

/* The columns of data with the constant that the orders call for in front. */
extern ArimaData *arima_with_constant(const ArimaData *data, const ArimaOrder *o);

/* AIC and its kin from the likelihood. */
extern void arima_criteria(ArimaFit *fit, int columns);

/* ----------
 * Orders (arima_order.c)
 * ----------
 */
typedef struct ArimaSearch
{
	ArimaOrder	least;			/* what is given is the same in both, d and D are */
	ArimaOrder	most;
	bool		stepwise;
} ArimaSearch;

/*
 * The best model by AICc of those looked at, of which "tried" is the number; it is
 * fitted from so many starts in the end.
 */
extern bool arima_search(const ArimaData *data, const ArimaSearch *search, int starts,
						 ArimaFit *fit, int *tried);

/* The largest absolute value. */
extern double arima_size(const double *value, int n);

/* Are values the same but for the rounding of numbers of that size, of which they are differences? */
#define ARIMA_ROUNDING 1e-9
extern bool arima_is_constant(const double *value, int n, double size);

/*
 * How many differences the KPSS test asks for at 5 %; size is that of the numbers
 * from which the values came.
 */
extern int	arima_differences(const double *value, int n, double size, int most);

/* Is the season so strong that it is to be differenced? */
extern bool arima_season_is_strong(const double *value, int n, int m);

#endif							/* CRIMEML_FORECAST_ARIMA_H */
