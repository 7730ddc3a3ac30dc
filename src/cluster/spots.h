/*
 * spots.h
 *		Hotspots: the clusters of incidents, with outline, center and area.
 *
 * PostGIS makes the geometry; see data/points.h.
 */
#ifndef CRIMEML_SPOTS_H
#define CRIMEML_SPOTS_H

#include "data/incidents.h"
#include "data/points.h"

/* What a hotspot is; the arguments of the SQL functions. */
typedef struct SpotRule
{
	double		eps;
	int			minpoints;
	double		buffer;
	bool		circles;		/* union of circles about the members, not of their hull */
} SpotRule;

typedef struct Spot
{
	const int32 *member;		/* incidents, in their order */
	int			n;
	int			places;			/* distinct */
	double		xmin;			/* a box that covers the outline */
	double		xmax;
	double		ymin;
	double		ymax;
	double		center_x;		/* geometric median */
	double		center_y;
	Datum		geom;			/* MultiPolygon */
	double		area_km2;
} Spot;

/* Those with most incidents first, of equal ones the westernmost. */
typedef struct Spots
{
	int			n;
	Spot	   *spot;
	int32	   *member;
} Spots;

typedef struct SpotMaker
{
	FmgrInfo	from_wkb;
	FmgrInfo	hull;
	FmgrInfo	buffer;
	FmgrInfo	join;
	FmgrInfo	multi;
	FmgrInfo	area;
	FmgrInfo	intersects;
	PointMaker *point;
} SpotMaker;

/*
 * The rule from the arguments eps, minpoints (at argno, argno + 1), buffer and
 * outline (at buffer_argno, buffer_argno + 1) of the SQL function.
 */
extern SpotRule spot_rule(FunctionCallInfo fcinfo, const char *function, int argno,
						  int buffer_argno);

/* It lives in the context; what it remembers, in a child of that. */
extern SpotMaker *spot_maker_create(MemoryContext context);

/* The hotspots among incidents, in the current context. */
extern Spots *spots_find(SpotMaker *maker, const char *function, const Incidents *incidents,
						 const SpotRule *rule);

/* Do geometries have a point in common? */
extern bool spot_meets(SpotMaker *maker, Datum a, Datum b);

#endif							/* CRIMEML_SPOTS_H */
