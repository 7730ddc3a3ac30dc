/*
 * series_task.h
 *		Series fitted, forecast and scored, or judged value by value, one after
 *		another or over parallel workers.
 */
#ifndef CRIMEML_SERIES_TASK_H
#define CRIMEML_SERIES_TASK_H

#include "forecast/anomaly.h"
#include "forecast/forecaster.h"
#include "forecast/score.h"

typedef struct SeriesWork
{
	const Forecaster *forecaster;
	const OptionValue *option;	/* of its own table */
	uint64		seed;
	const SeriesSet *set;		/* whose calendar reaches to the last horizon */
	const char *time_zone;		/* of that */

	bool		keep;			/* give the payload */
	int			horizon;		/* 0: no forecast */
	int			origin;			/* the bucket that is step 1 for all series: none of them reaches
								 * so far, and the last ones may be missing */
	int			levels;			/* 0: no intervals */
	const double *level;
	const double *const *actual;	/* of each series the horizon's values, NaN where not
									 * known, which are scored; or NULL */

	/* not to be fitted, but judged; or NULL */
	const AnomalyRule *rule;
	const SeriesSet *learn;		/* what all series teach is learned from these; NULL: from set */
} SeriesWork;

typedef struct SeriesResult
{
	FitReport	report;
	const uint8 *payload;
	Size		payload_len;
	double	   *mean;			/* of each step */
	double	   *lower;			/* of each step each level */
	double	   *upper;
	ForecastScore score;
	Judgement  *judgement;		/* of each value from rule->from on */
} SeriesResult;

/* Called for each series in their order; the result lives as long as the call. */
typedef void (*SeriesDone) (void *arg, int series, const SeriesResult *result);

/*
 * Do it all.  What the forecaster learns from all series together is learned
 * first, and given back (NULL where it is nothing).
 */
extern void *series_work(const SeriesWork *work, SeriesDone done, void *arg);

#endif							/* CRIMEML_SERIES_TASK_H */
