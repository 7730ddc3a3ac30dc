/*
 * doubts.h
 *		Incidents that cannot be where they are said to be, and periods without
 *		incidents.
 *
 * What would make a result wrong is left out, and what is left out or odd is
 * said by NOTICE, with counts.  In an SRID that spatial_ref_sys does not know, 0
 * for instance, (0,0) and degrees may be right; they count where they are far
 * from the rest.
 */
#ifndef CRIMEML_DOUBTS_H
#define CRIMEML_DOUBTS_H

#include <math.h>

#include "data/incidents.h"
#include "data/points.h"
#include "stat/strays.h"

/* Strays are at least so far from the middle. */
#define STRAY_METRES 20000.0

typedef enum Doubt
{
	DOUBT_NONE,
	DOUBT_APART,				/* in another region than most: no fault */
	DOUBT_ZERO,					/* (0,0): a missing place */
	DOUBT_DEGREES,				/* longitude and latitude among metres or feet */
	DOUBT_EXCHANGED,			/* x and y, or longitude and latitude before they were projected */
	DOUBT_STRAY,				/* far from the rest: see stat/strays.h */
	DOUBTS
} Doubt;

typedef struct Doubts
{
	int			n;				/* incidents */
	uint8	   *doubt;			/* of each */
	int64		count[DOUBTS];
	Middle		middle;
	double		farthest_x;		/* of the strays */
	double		farthest_y;
	bool		all_degrees;	/* the rest looks like degrees, which the SRID has not */
	bool		all_exchanged;	/* the rest is in the SRID's range only if it is exchanged */
} Doubts;

/* On a meridian. */
#define METRES_A_DEGREE 111320.0

/*
 * Is the place out of the SRID's range, but in it with longitude and latitude
 * exchanged?  False for an SRID without a meridian.
 */
extern bool out_of_range_exchanged(const SridInfo *info, double longitude, double latitude);

/* Those in a study area (xmin, ymin, xmax, ymax; or NULL) have none but (0,0). */
extern Doubts *doubts_find(const Incidents *incidents, const double *study);

/*
 * Leave out the incidents with a doubt, but for those that are merely apart, and
 * say all that deserves a word.  The result is the middle of the rest, and how
 * far its region reaches.
 */
extern Middle doubts_leave_out(Incidents *incidents, const double *study);


/*
 * Could they be longitude and latitude, in this order or the other?
 */
static inline bool
looks_like_degrees(double x, double y)
{
	return Max(fabs(x), fabs(y)) <= 180 && Min(fabs(x), fabs(y)) <= 90;
}

/*
 * Say how many of the places lie at (0,0), and how many look like degrees which
 * the SRID has not; nothing is left out.  For window functions, which see their
 * rows part by part: true where something was said.  What it takes is one look
 * at each place.
 */
extern bool doubts_tell_places(const char *function, const double *x, const double *y, int n,
							   const SridInfo *info);

/*
 * Say where the period has no incidents for a time in which chance alone would
 * hardly leave none.  "part" are its incidents: from <= at < to.
 */
extern void doubts_tell_period(const Incidents *incidents, const Incidents *part,
							   const char *name, TimestampTz from, TimestampTz to);

#endif							/* CRIMEML_DOUBTS_H */
