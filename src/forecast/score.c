/*
 * score.c
 *		How good forecasts were, once what happened is known.
 */
#include "forecast/score.h"

#include <math.h>

#define INTERVAL 0.95
#define PIT_LOW 0.025
#define PIT_HIGH 0.975

const double score_pinball[SCORE_PINBALLS] = {0.05, 0.5, 0.95};

void
score_add(ForecastScore *score, const Predictive *p, double y, double scale, double u)
{
	double		crps = predictive_crps(p, y);
	double		below = predictive_cdf_below(p, y);
	double		pit = below + u * (predictive_cdf(p, y) - below);
	double		lower;
	double		upper;

	score->n++;
	score->crps += crps;
	score->absolute += fabs(y - p->mean);
	score->square += (y - p->mean) * (y - p->mean);
	score->error += y - p->mean;
	for (int i = 0; i < SCORE_PINBALLS; i++)
	{
		double		miss = y - predictive_quantile(p, score_pinball[i]);

		score->pinball[i] += miss >= 0 ? score_pinball[i] * miss : (score_pinball[i] - 1) * miss;
	}
	predictive_interval(p, INTERVAL, &lower, &upper);
	score->below += y < lower;
	score->above += y > upper;
	score->pit_low += pit < PIT_LOW;
	score->pit_high += pit > PIT_HIGH;
	if (scale > 0)
	{
		score->scaled += fabs(y - p->mean) / scale;
		score->crps_scaled += crps / scale;
		score->n_scaled++;
	}
}

void
score_sum(ForecastScore *sum, const ForecastScore *part)
{
	sum->n += part->n;
	sum->crps += part->crps;
	sum->absolute += part->absolute;
	sum->square += part->square;
	sum->error += part->error;
	for (int i = 0; i < SCORE_PINBALLS; i++)
		sum->pinball[i] += part->pinball[i];
	sum->below += part->below;
	sum->above += part->above;
	sum->pit_low += part->pit_low;
	sum->pit_high += part->pit_high;
	sum->scaled += part->scaled;
	sum->crps_scaled += part->crps_scaled;
	sum->n_scaled += part->n_scaled;
}

double
score_scale(const double *value, int n, int season)
{
	double		sum = 0;
	int			pairs = 0;

	for (int i = season; i < n; i++)
	{
		if (isnan(value[i]) || isnan(value[i - season]))
			continue;
		sum += fabs(value[i] - value[i - season]);
		pairs++;
	}
	return pairs > 0 ? sum / pairs : 0;
}
