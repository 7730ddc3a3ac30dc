/*
 * calendar.h
 *		Buckets of time on the clocks of a zone: minutes to years.
 *
 * The engines of forecast/ see a calendar as arrays alone.
 */
#ifndef CRIMEML_CALENDAR_H
#define CRIMEML_CALENDAR_H

#include "crimeml.h"

#include "pgtime.h"

/* What a bucket is made of; exactly one of the three is above 0. */
typedef struct Bucket
{
	int32		months;
	int32		days;
	int64		microseconds;	/* below a day, which it divides */
} Bucket;

/*
 * The run of buckets 0 .. n-1, from the first one on.
 *
 * The slot is the place in the cycle that matters most: of a month its month
 * (12), of a quarter its quarter (4), of a week none (1), of days the weekday
 * (7, Monday is 0; only where the bucket is one day), of shorter buckets the
 * place in the week (168 for hours).
 */
typedef struct Calendar
{
	Bucket		bucket;
	int			n;
	int			season;			/* buckets of a season: 12, 4, 52, 7, 168 ...; 1: none */
	int			slots;
	TimestampTz *at;			/* where each begins, and (at[n]) where the last ends */
	int16	   *slot;			/* below slots */
	double	   *year;			/* the phase of its middle in the year, 0 .. 1 */
	double	   *exposure;		/* its length against the usual one: days of a month / 30.4375,
								 * hours of a day / 24, 2 for an hour that comes twice */
	bool	   *holiday;		/* a day of crimeml.holidays; false in buckets above a day */
} Calendar;

#endif							/* CRIMEML_CALENDAR_H */
