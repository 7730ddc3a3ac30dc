/*
 * incidents.h
 *		The incidents of a source: where, when, and which.
 */
#ifndef CRIMEML_INCIDENTS_H
#define CRIMEML_INCIDENTS_H

#include "crimeml.h"

/* What to read beside geom, which is always needed. */
#define INCIDENTS_AT 1			/* where the source has it */
#define INCIDENTS_AT_REQUIRED 2
#define INCIDENTS_KEY 4			/* where the source has it */

#define AT_UNKNOWN DT_NOBEGIN
#define KEY_UNKNOWN SIZE_MAX

/*
 * They stand in the order of (x, y), whatever the order of the source, so what
 * is made of them does not depend on the plan.
 */
typedef struct Incidents
{
	int			n;
	double	   *x;
	double	   *y;
	TimestampTz *at;			/* AT_UNKNOWN: NULL or infinite; NULL: not read */
	Size	   *key;			/* where its text begins, or KEY_UNKNOWN; NULL: not read */
	char	   *text;
	int32		srid;			/* planar, or not known; 0 where there are none */
} Incidents;

/*
 * Read a source for the SQL function of that name, into the current context.
 * Rows whose geom is NULL or EMPTY are left out.  An error where the SRID is
 * geographic, SRIDs are mixed, or a coordinate cannot be used.
 */
extern Incidents *incidents_read(const char *function, const char *source, int what);

/* A copy of those with from <= at < to, without keys. */
extern Incidents *incidents_between(const Incidents *incidents, TimestampTz from, TimestampTz to);

/* The text of a key that is known. */
static inline char *
incident_key(const Incidents *incidents, int i)
{
	return incidents->text + incidents->key[i];
}

#endif							/* CRIMEML_INCIDENTS_H */
