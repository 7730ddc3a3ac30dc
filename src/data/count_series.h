/*
 * count_series.h
 *		The rows of a source, counted by series and bucket of time.
 */
#ifndef CRIMEML_COUNT_SERIES_H
#define CRIMEML_COUNT_SERIES_H

#include "data/calendar.h"

/* From its first row to the end of the calendar. */
typedef struct CountedSeries
{
	const char *name;			/* NULL where the source has no column "series" */
	int			first;			/* its first bucket in the calendar */
	int			n;				/* 1 or more */
	void	   *cell;			/* of the first, then its others: int32, or double */
	int			cells;			/* that are there; zeroes follow */
} CountedSeries;

typedef struct SeriesCounts
{
	int			n;
	CountedSeries *series;		/* by name, in the order of their bytes */
	Calendar   *calendar;		/* ends with the last bucket; may be extended */
	int			buckets;		/* that have ended: its n before it is extended */
	bool		sums;			/* of a column "value": cells are double */
} SeriesCounts;

/*
 * Count the rows of a source for the SQL function of that name, in one pass,
 * into CurrentMemoryContext.
 *
 * Columns: "at" (timestamptz; timestamp or date on the clocks of the zone),
 * "series" of any type, where it is there, and "value", a number, where the rows
 * are counts already: they are then summed up.  Buckets without rows are 0.  A
 * series begins with its first row, or with the period where it has rows before.
 *
 * The period is from <= at < to, open where DT_NOBEGIN and DT_NOEND; buckets that
 * lie in it only in part are left out, and so is what has not ended by now, and
 * a first or last bucket of which the rows cover a part only (where the period
 * does not say, and there is no column "value").  What is left out, and where the rows do not reach, is told by
 * NOTICE.  No bucket at all is an error.
 */
extern SeriesCounts *count_series_read(const char *function, const char *source,
									   const Bucket *bucket, pg_tz *zone,
									   TimestampTz from, TimestampTz to);

/* The n values of the i-th series. */
extern void count_series_values(const SeriesCounts *counts, int i, double *value);

#endif							/* CRIMEML_COUNT_SERIES_H */
