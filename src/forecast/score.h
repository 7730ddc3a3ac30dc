/*
 * score.h
 *		How good forecasts were, once what happened is known.
 */
#ifndef CRIMEML_FORECAST_SCORE_H
#define CRIMEML_FORECAST_SCORE_H

#include "forecast/predictive.h"

/* The probabilities whose pinball loss is told. */
#define SCORE_PINBALLS 3
extern const double score_pinball[SCORE_PINBALLS];

/* Sums over the values that were forecast. */
typedef struct ForecastScore
{
	int64		n;
	double		crps;
	double		absolute;
	double		square;
	double		error;			/* what was, less what was said */
	double		pinball[SCORE_PINBALLS];
	int64		below;			/* under the 95 % interval */
	int64		above;
	int64		pit_low;		/* randomised PIT below 0.025 ... */
	int64		pit_high;		/* ... and above 0.975 */
	double		scaled;			/* absolute errors by the scale of their series (MASE) ... */
	double		crps_scaled;	/* ... and CRPS */
	int64		n_scaled;		/* those whose series has a scale */
} ForecastScore;

/*
 * A value that was y; scale is the mean absolute error of the seasonal naive
 * forecast of one step in training (Hyndman and Koehler 2006), 0 where there is
 * none; u in [0, 1) spreads the probability of a whole number.
 */
extern void score_add(ForecastScore *score, const Predictive *p, double y, double scale, double u);
extern void score_sum(ForecastScore *sum, const ForecastScore *part);

/* That scale: the mean of |y[t] - y[t - season]|, 0 where no two values are there. */
extern double score_scale(const double *value, int n, int season);

#endif							/* CRIMEML_FORECAST_SCORE_H */
