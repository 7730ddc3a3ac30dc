/*
 * city.h
 *		A synthetic city: incidents drawn from a known truth.
 *
 * One calendar year of incidents in a square of 20 km, in metres of UTM zone
 * 18N.  The truth, which a method should find again:
 *
 * place	CITY_HOTSPOTS hotspots hold CITY_HOTSPOT_SHARE of the incidents.
 *			Hotspot k has the share (k + 1)^-1/2 over the sum of these, a kind
 *			(what is there: shops, nightlife, ...), a centre at least 1.5 km
 *			from the others, and places normally distributed with a standard
 *			deviation of "radius" metres in x and y.  The rest lies around the
 *			middle with a standard deviation of 4.5 km, cut at the square.
 * offence	drawn by the kind of the place; of the background by the distance
 *			from the middle (below 3 km, below 7 km, beyond).
 * time		day: a weight for each weekday of the offence times its season,
 *			1 + a cos(2 pi (day - peak) / 366); hour: floor + exp(c (cos(2 pi
 *			(hour - peak) / 24) - 1)), with another peak on Saturday and Sunday;
 *			minute: uniform, but a quarter of the times stand at the full hour.
 * repeats	a burglary, a vehicle theft or a theft from a vehicle is followed
 *			with probability 1/4 by another one near it: after an exponential
 *			time with a mean of 4 days (at most 14), at a normal distance of
 *			120 m in x and y.  The repeat itself is not followed.
 * snapping	every place is moved to the middle of its block of 100 m.
 * district	of the 12 the one whose centre is nearest to the block.
 */
#ifndef CRIMEML_CITY_H
#define CRIMEML_CITY_H

#include "crimeml.h"

#define CITY_SRID 26918
#define CITY_TIME_ZONE "America/New_York"
#define CITY_YEAR 2024
#define CITY_DAYS 366
#define CITY_FIRST_WEEKDAY 1	/* 2024-01-01 was a Monday; 1..7 as in ISO */
#define CITY_MISSING_HOUR (69 * 24 + 2)	/* clocks went from 2 to 3 on 10 March */
#define CITY_HOTSPOTS 12
#define CITY_HOTSPOT_SHARE 0.45
#define CITY_DISTRICTS 12
#define CITY_OFFENCES 10

typedef struct CityHotspot
{
	double		x;
	double		y;
	double		share;			/* of all incidents but the repeats */
	double		radius;			/* standard deviation in x and y, metres */
} CityHotspot;

typedef struct CityIncident
{
	float		x;				/* middle of the block: exact in a float */
	float		y;
	int32		minute;			/* of the year, local wall time */
	int32		order;			/* in which it was drawn */
	uint8		offence;		/* index into city_offences */
	uint8		district;		/* 1 .. CITY_DISTRICTS */
} CityIncident;

extern const char *const city_offences[CITY_OFFENCES];

extern void city_hotspots(uint64 seed, CityHotspot hotspots[CITY_HOTSPOTS]);

/*
 * n incidents, first to last in time, in CurrentMemoryContext.  The same n and
 * seed give the same incidents.
 */
extern CityIncident *city_incidents(int n, uint64 seed);

#endif							/* CRIMEML_CITY_H */
