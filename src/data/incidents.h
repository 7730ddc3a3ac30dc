/*
 * incidents.h
 *		The incidents of a source: where, when, and which.
 *
 * Each function that reads places from a source reads them here; data/doubts.h
 * says what of them cannot be right.
 */
#ifndef CRIMEML_INCIDENTS_H
#define CRIMEML_INCIDENTS_H

#include "data/source.h"

/* What to read beside geom, which is always needed. */
#define INCIDENTS_AT 1			/* where the source has it */
#define INCIDENTS_AT_REQUIRED 2
#define INCIDENTS_KEY 4			/* where the source has it */
#define INCIDENTS_WEIGHT 8		/* where the source has it */
#define INCIDENTS_PAST 16		/* where the source has it */

/* Longitude and latitude are taken, too. */
#define INCIDENTS_GEOGRAPHIC 32

#define AT_UNKNOWN SOURCE_NO_TIME
#define KEY_UNKNOWN SIZE_MAX

/*
 * They stand in the order of (x, y), whatever the order of the source, so what
 * is made of them does not depend on the plan.
 */
typedef struct Incidents
{
	const char *function;		/* the SQL function that reads them */
	int			n;
	double	   *x;
	double	   *y;
	TimestampTz *at;			/* AT_UNKNOWN: NULL or infinite; NULL: not read */
	Size	   *key;			/* where its text begins, or KEY_UNKNOWN; NULL: not read */
	char	   *text;
	double	   *weight;			/* finite; NULL: not read */
	bool	   *past;			/* NULL: not read */
	int32		srid;			/* 0 where there are none */
	bool		geographic;		/* degrees; else planar, or not known */
	int64		rows;			/* of the source */
	int64		no_place;		/* rows without one, which are not among the n */
	int64		no_weight;		/* rows with a place and no weight: ditto */
	int64		no_time;		/* of the n */
	TimestampTz first;			/* of all rows; AT_UNKNOWN where none has a time */
	TimestampTz last;
} Incidents;

/*
 * Read a source for the SQL function of that name, into the current context.
 * Rows whose geom is NULL or EMPTY, or whose weight is NULL, are not among the
 * incidents.  "at" may be timestamptz, or timestamp or date on the clocks of the
 * zone; "weight" is of any type of number, "past" is boolean, NULL being false.
 * An error where the SRID is geographic and was not asked for, SRIDs are mixed,
 * or a coordinate or weight cannot be used.
 */
extern Incidents *incidents_read(const char *function, const char *source, int what, pg_tz *zone);

/* A finite weight; an error for another. */
extern double incident_weight(double weight);

/* Keep those that are marked, in place. */
extern void incidents_keep(Incidents *incidents, const bool *keep);

/* A copy of those with from <= at < to; it shares the texts. */
extern Incidents *incidents_between(const Incidents *incidents, TimestampTz from, TimestampTz to);

/* The text of a key that is known. */
static inline char *
incident_key(const Incidents *incidents, int i)
{
	return incidents->text + incidents->key[i];
}

/*
 * text[] of the keys of those of them that have one: oldest first, those without
 * a time last; then shorter keys first, so that numbers stand in their order.
 */
extern Datum incidents_keys(const Incidents *incidents, const int32 *which, int n);

#endif							/* CRIMEML_INCIDENTS_H */
