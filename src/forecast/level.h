/*
 * level.h
 *		The parts of the forecaster "level": a profile times a level.
 *
 * The mean of a bucket is s(t) L(t).  The profile s is what weekday, hour, month,
 * season and holiday make of it; the level L is followed by a discounted gamma
 * filter (Harvey and Fernandes 1989): L = a / b, and with each value
 * a <- w a + y, b <- w b + s.
 */
#ifndef CRIMEML_LEVEL_H
#define CRIMEML_LEVEL_H

#include "forecast/forecaster.h"

#define LEVEL_HARMONICS 3

/* log s, but for the exposure. */
typedef struct LevelProfile
{
	int			slots;			/* 0: all alike */
	double	   *slot;
	bool		year;			/* has harmonics of the year */
	double		cosine[LEVEL_HARMONICS];
	double		sine[LEVEL_HARMONICS];
	bool		has_holiday;
	double		holiday;
} LevelProfile;

/* Where the level is, and what follows from it. */
typedef struct LevelState
{
	double		w;				/* 0 < w <= 1 */
	double		a;
	double		b;
	double		size;			/* of the negative binomial; INFINITY: Poisson */
	bool		reverts;		/* to the rate of the last year, by phi a bucket */
	double		phi;
	double		year_a;			/* the same filter, of that rate */
	double		year_b;
} LevelState;

/* Sizes that are tried; beyond it is a Poisson distribution. */
#define LEVEL_SIZE_LEAST 0.05
#define LEVEL_SIZE_MOST 1e4

/* The discount of the filter that follows the rate of a year. */
#define LEVEL_YEAR_DISCOUNT (1 - 1 / 365.25)

/* Take in a value of a bucket of that s. */
static inline void
level_step(LevelState *state, double y, double s)
{
	state->a = state->w * state->a + y;
	state->b = state->w * state->b + s;
	state->year_a = LEVEL_YEAR_DISCOUNT * state->year_a + y;
	state->year_b = LEVEL_YEAR_DISCOUNT * state->year_b + s;
}

/* A level that reverts to a base rate, so much of it left. */
static inline double
level_reverted(double level, double base, double power)
{
	return base + power * (level - base);
}

/* s of a bucket, 0 where it has no length. */
extern double level_profile_at(const LevelProfile *profile, const Calendar *calendar, int bucket);

/* The same of n buckets from the first one on. */
extern double *level_profile_over(const LevelProfile *profile, const Calendar *calendar, int first,
								  int n);

/*
 * The profile of a series by Poisson regression, drawn towards another one where
 * that is not NULL.  Without "season" it is flat.
 */
extern LevelProfile *level_profile_fit(const Series *series, const LevelProfile *towards,
									   bool season, bool holidays);

/*
 * Choose w and the size, and phi where "reverts" is set, and filter the series.
 * s is of each of its buckets, 0 where there is none.  Returns the log likelihood
 * of the values one step ahead, for reports.
 */
extern double level_fit_state(const Series *series, const double *s, bool reverts,
							  LevelState *state);

/* The rate of the first values, on which the filter starts. */
extern LevelState level_start_state(const Series *series, const double *s, double w);

#endif							/* CRIMEML_LEVEL_H */
