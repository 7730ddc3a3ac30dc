/*
 * anomaly.h
 *		Values judged one by one, each by what was before it.
 *
 * By "level": the tail of the distribution of a count that the level model gives
 * one step ahead.  By "farrington": the weeks (or months) of earlier years about
 * the same date, by quasi-Poisson regression (Farrington, Andrews, Beale and
 * Catchpole 1996; Noufaily and others 2013).  In both, what stood out earlier
 * weighs less in what is expected later.
 */
#ifndef CRIMEML_ANOMALY_H
#define CRIMEML_ANOMALY_H

#include "forecast/forecaster.h"

typedef enum AnomalyMethod
{
	ANOMALY_LEVEL,
	ANOMALY_FARRINGTON
} AnomalyMethod;

/* How values are judged; without pointers, since it goes to workers as it is. */
typedef struct AnomalyRule
{
	AnomalyMethod method;
	int			from;			/* the bucket of the calendar that is judged first */
	double		tail;			/* the probability that a value is beyond one bound by chance */
	bool		high;			/* is too much an anomaly, and too little? */
	bool		low;

	/* level */
	bool		season;
	bool		holidays;
	int			refit;			/* buckets */
	double		outlier;		/* values whose tail has less weigh less; 0: none */

	/* farrington */
	int			years;
	int			half_window;
	int			periods;
	int			left_out;
	double		reweight;		/* 0: not at all */
	double		trend_p;
	bool		counts;			/* the bound is that of a negative binomial */
	int			least;			/* so many in the last "among" buckets */
	int			among;
} AnomalyRule;

/* What there is to say of a value besides. */
typedef enum AnomalyNote
{
	NOTE_NONE,
	NOTE_SHORT,					/* not judged: fewer than "detail" values, or years, before it */
	NOTE_NO_COUNTS,				/* not judged: the method is for counts */
	NOTE_NO_FIT,				/* not judged: the regression did not converge */
	NOTE_FEW_YEARS,				/* judged by "detail" years */
	NOTE_SMALL					/* no anomaly, as the last buckets hold too few */
} AnomalyNote;

/* NaN where it is not judged; a bound that is not asked for is NaN. */
typedef struct Judgement
{
	double		expected;
	double		lower;			/* below it, or above the upper one, is an anomaly */
	double		upper;
	double		p;
	bool		judged;
	bool		anomaly;
	AnomalyNote note;
	int			detail;
} Judgement;

/*
 * Judge the values of a series from bucket rule->from on, or from its first one.
 * pool is what "level" learned from all series before that bucket, or NULL.
 */
extern void anomaly_judge(const Series *series, const void *pool, const AnomalyRule *rule,
						  Judgement *result);

/* The distribution of a count, a negative binomial; a normal one where it is large. */
extern void predictive_set_count(Predictive *p, double mean, double size);

/* What anomaly_judge() does by that method; the judgements are empty before. */
extern void farrington_judge(const Series *series, const AnomalyRule *rule, Judgement *result);

/* Regressions are by buckets of a week or a month. */
extern bool farrington_takes(const Bucket *bucket);

#endif							/* CRIMEML_ANOMALY_H */
