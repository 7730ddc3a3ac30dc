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

/* The most buckets from the first time that is given to the last one. */
#define CALENDAR_MAX_BUCKETS 2000000

/* What a bucket is made of; exactly one of the three is above 0. */
typedef struct Bucket
{
	int32		months;			/* divide a year */
	int32		days;			/* 1, or 7: from Monday on */
	int64		microseconds;	/* below a day, which it divides; whole minutes */
} Bucket;

/* Is it one of those?  For what is read from bytes. */
extern bool bucket_is_valid(const Bucket *bucket);

/* The bucket of times that follow each other so closely; false where there is none. */
extern bool bucket_of_step(int64 microseconds, Bucket *bucket);

/* An error naming the argument where the interval is none of these. */
extern Bucket bucket_from_interval(const Interval *interval, const char *argument);

/* "1 hour", "7 days": an interval that each IntervalStyle reads. */
extern char *bucket_to_text(const Bucket *bucket);

/* Is it a day or a part of one? */
static inline bool
bucket_is_short(const Bucket *bucket)
{
	return bucket->months == 0 && bucket->days <= 1;
}

/*
 * The clocks of a zone: when which offset holds.
 *
 * A bucket is the time in which the clocks show it.  So every day has the same
 * buckets, and the place of a bucket in the day or week never moves: the hour
 * that spring leaves out is there, empty, and the hour (or quarter) that comes
 * twice in autumn holds both.
 */
typedef struct Clock Clock;

extern Clock *clock_make(pg_tz *zone);	/* in CurrentMemoryContext */

/* What the clocks show beyond UTC. */
extern int64 clock_offset(Clock *clock, TimestampTz at);

/* The number of the bucket that holds an instant, on all of time. */
extern int64 bucket_number(const Bucket *bucket, Clock *clock, TimestampTz at);

/* The instant at which a zone's clocks show a time, as PostgreSQL has it; false beyond all times. */
extern bool local_to_instant(Timestamp local, pg_tz *zone, TimestampTz *at);

/* The first instant at which the clocks show the bucket, or a later one. */
extern TimestampTz bucket_begin(const Bucket *bucket, Clock *clock, int64 number);

/* Days without work, as users enter them into crimeml.holidays. */
typedef struct Holidays
{
	int			n;
	int32	   *day;			/* from 2000-01-01, ascending */
} Holidays;

/* Those of the table. */
extern Holidays *holidays_read(void);

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
								 * hours of a day / 24, 2 for an hour that comes twice, 0 for
								 * one that is left out */
	bool	   *holiday;		/* a day of crimeml.holidays; false in buckets above a day */
	int64		number;			/* of the first one, on all of time */
	Clock	   *clock;
	const Holidays *holidays;	/* or NULL */
} Calendar;

/*
 * n buckets from that of an instant, in CurrentMemoryContext.  An error where
 * they go beyond the times that PostgreSQL has.
 */
extern Calendar *calendar_make(const Bucket *bucket, Clock *clock, const Holidays *holidays,
							   TimestampTz first, int n);

/* Let it reach to n buckets, if it does not. */
extern void calendar_extend(Calendar *calendar, int n);

/* The bucket of an instant; below 0 or n and above where it is outside. */
extern int64 calendar_find(const Calendar *calendar, TimestampTz at);

#endif							/* CRIMEML_CALENDAR_H */
