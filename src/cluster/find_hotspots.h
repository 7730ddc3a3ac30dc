/*
 * find_hotspots.h
 *		Hotspots: the clusters of incidents, with outline, center and area.
 *
 * PostGIS makes the geometry; see data/points.h.
 */
#ifndef CRIMEML_FIND_HOTSPOTS_H
#define CRIMEML_FIND_HOTSPOTS_H

#include "data/incidents.h"
#include "data/points.h"

/* What a hotspot is; the arguments of the SQL functions. */
typedef struct HotspotRule
{
	double		eps;
	int			minpoints;
	double		buffer;
	bool		circles;		/* union of circles about the members, not of their hull */
} HotspotRule;

typedef struct Hotspot
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
} Hotspot;

/* Those with most incidents first, of equal ones the westernmost. */
typedef struct Hotspots
{
	int			n;
	Hotspot	   *hotspot;
	int32	   *member;
} Hotspots;

typedef struct HotspotShaper
{
	FmgrInfo	from_wkb;
	FmgrInfo	hull;
	FmgrInfo	buffer;
	FmgrInfo	join;
	FmgrInfo	multi;
	FmgrInfo	area;
	FmgrInfo	intersects;
	PointMaker *point;
} HotspotShaper;

/*
 * The rule from the arguments eps, minpoints (at argno, argno + 1), buffer and
 * outline (at buffer_argno, buffer_argno + 1) of the SQL function.
 */
extern HotspotRule hotspot_rule(FunctionCallInfo fcinfo, const char *function, int argno,
						  int buffer_argno);

/* It lives in the context; what it remembers, in a child of that. */
extern HotspotShaper *hotspot_shaper_create(MemoryContext context);

/* The hotspots among incidents, in the current context. */
extern Hotspots *hotspots_find(HotspotShaper *maker, const char *function, const Incidents *incidents,
							   const HotspotRule *rule);

/* Do geometries have a point in common? */
extern bool hotspot_meets(HotspotShaper *maker, Datum a, Datum b);

#endif							/* CRIMEML_FIND_HOTSPOTS_H */
