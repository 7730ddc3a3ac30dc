/*
 * project.h
 *		Places in longitude and latitude, taken to metres.
 */
#ifndef CRIMEML_GRID_PROJECT_H
#define CRIMEML_GRID_PROJECT_H

#include "grid/places.h"
#include "grid/shape.h"

/*
 * The UTM zone (of WGS 84: SRID 32601 to 32660 north of the equator, 32701 to
 * 32760 south of it) that holds the middle of a box of longitudes and
 * latitudes.  An error where UTM is not made for it: latitudes beyond -80 and
 * 84, or a box that reaches farther than 6 degrees from the zone's meridian,
 * where its scale is more than half a per cent off.
 */
extern int32 utm_srid(const GridBox *box, double middle_longitude, double middle_latitude);

/*
 * Take n places to another SRID, by ST_Transform, in place.  Those outside
 * "limits", a box in the SRID "from", are left out; how many there are is the
 * result.
 */
extern uint32 project_places(Place *place, uint32 n, int32 from, int32 to, const GridBox *limits);

/* The box that holds a box of the SRID "from", whose sides become curves. */
extern GridBox project_box(const GridBox *box, int32 from, int32 to);

#endif							/* CRIMEML_GRID_PROJECT_H */
