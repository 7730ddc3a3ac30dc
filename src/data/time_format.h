/*
 * time_format.h
 *		Dates and times by a format of to_timestamp(), which reads what it can and
 *		overlooks the rest.
 *
 * A format is checked when it is given: letters that are no pattern, a unit that
 * comes twice (MM for minutes), a day without its month, a 12-hour clock without
 * AM.  A text is read only where it and the format end together.  Of a text may
 * be left unread the parts of a second, and for a date the time of the day.
 */
#ifndef CRIMEML_TIME_FORMAT_H
#define CRIMEML_TIME_FORMAT_H

#include "crimeml.h"

typedef struct TimeFormat
{
	char	   *given;
	text	   *open;			/* for to_timestamp() */
	text	   *closed;			/* the same with a mark at its end; NULL where it has an era */
	bool		year;			/* its units */
	bool		hour;
	bool		second;
	bool		fraction;
	bool		half_day;
} TimeFormat;

/* An error where it is no format; column is the name for the message. */
extern TimeFormat *time_format_parse(const char *column, const char *format);

/* An error where it lacks a year for a date or timestamp, an hour for a time. */
extern void time_format_require(const char *column, const TimeFormat *format, Oid type);

/*
 * A timestamptz, of the type date, timestamp, timestamptz or time: on the clocks of
 * session_timezone.  An error where the text does not fit.
 */
extern Datum time_format_read(const TimeFormat *format, const char *text, Oid type);

/*
 * A copy in which AM or PM, in whatever spelling (p.m., Pm, "P. M."), stands as AM
 * or PM behind the time; NULL where there is none.
 */
extern char *plain_half_day(const char *text);

/* Is the day first, as in 25/12/2019, so that it can be nothing but the day? */
extern bool looks_day_first(const char *text);

/* An error for years that are no years of incidents; of date, timestamp(tz). */
extern void time_check_year(const char *text, Oid type, Datum value);

#endif							/* CRIMEML_TIME_FORMAT_H */
