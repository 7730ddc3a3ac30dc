/*
 * level_additive.h
 *		What the forecaster "level" does with values that are no counts: sums of
 *		slots and of a level that is smoothed exponentially, with normal errors.
 */
#ifndef CRIMEML_LEVEL_ADDITIVE_H
#define CRIMEML_LEVEL_ADDITIVE_H

#include "forecast/forecaster.h"

typedef struct AdditiveState
{
	double		alpha;
	double		level;
	double		variance;		/* of the errors one step ahead */
} AdditiveState;

/* The effects of the slots, whose number may become 0. */
extern double *additive_fit(const Series *series, bool season, int *slots, AdditiveState *state);

extern void additive_forecast(const AdditiveState *state, int slots, const double *slot,
							  const Calendar *calendar, int next, int horizon, Predictive *result);
extern void additive_update(AdditiveState *state, int slots, const double *slot,
							const Calendar *calendar, int bucket, double value);

#endif							/* CRIMEML_LEVEL_ADDITIVE_H */
