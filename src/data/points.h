/*
 * points.h
 *		PostGIS, called and not copied.
 *
 * The functions are found once, in PostGIS's own schema and belonging to the
 * extension (never by search_path), and called through a cached FmgrInfo.
 */
#ifndef CRIMEML_POINTS_H
#define CRIMEML_POINTS_H

#include "crimeml.h"

typedef struct PointReader
{
	Oid			geometry;		/* type oid */
	FmgrInfo	st_x;
	FmgrInfo	st_y;
	FmgrInfo	st_srid;
	FmgrInfo	st_isempty;
	int32		srid;			/* of the first point; -1 before it */
} PointReader;

/* What an SRID's coordinates are. */
typedef struct SridInfo
{
	bool		geographic;		/* degrees */
	double		metres;			/* metres in a unit; 1 when not known */
	bool		known;			/* found in spatial_ref_sys */
	double		meridian;		/* its middle longitude, NaN where it has none */
	double		width;			/* degrees beside it beyond which the projection has no use */
} SridInfo;

/* The schema that PostGIS is installed in; InvalidOid when it is not. */
extern Oid	postgis_schema(void);

/* The type geometry or geography of PostGIS; InvalidOid when not installed. */
extern Oid	postgis_type(const char *name);

/* A function of PostGIS by name and argument types; an error with a hint when
 * PostGIS or the function is missing. */
extern Oid	postgis_function(const char *name, int nargs, const Oid *argtypes);

/* Longitude and latitude. */
#define SRID_WGS84 4326

/* FmgrInfos live in context. */
extern PointReader *point_reader_create(MemoryContext context);

/* Is it EMPTY, of whatever type? */
extern bool point_is_empty(PointReader *reader, Datum geometry);

/*
 * Coordinates of a point.  False when the geometry is EMPTY, of whatever type.  An error when it
 * is no point, when a coordinate is NaN or infinite, or when its SRID differs
 * from that of the points before it (reader->srid keeps the first).
 */
extern bool point_read(PointReader *reader, Datum geometry, double *x, double *y);

/* An error where a coordinate is above COORDINATE_LIMIT. */
extern void point_check_range(double x, double y);

/* Points made: ST_SetSRID(ST_MakePoint(x, y), srid), found as above. */
typedef struct PointMaker
{
	FmgrInfo	st_makepoint;
	FmgrInfo	st_setsrid;
} PointMaker;

extern PointMaker *point_maker_create(MemoryContext context);
extern Datum point_make(PointMaker *maker, double x, double y, int32 srid);

extern SridInfo srid_info(int32 srid);

/*
 * A place with longitude and latitude exchanged, where it was projected from
 * them.  False where PROJ has no such place.
 */
typedef struct PointExchanger
{
	PointMaker *maker;
	PointReader *reader;
	FmgrInfo	st_transform;
	FmgrInfo	st_flipcoordinates;
	int32		srid;
} PointExchanger;

/* NULL, for which no place is known, where PostGIS cannot transform between the two. */
extern PointExchanger *point_exchanger_create(MemoryContext context, int32 srid);
extern bool point_exchange(PointExchanger *exchanger, double *x, double *y);

/* Longitude and latitude of a place; false where PROJ has none. */
extern bool point_degrees(PointExchanger *exchanger, double x, double y,
						  double *longitude, double *latitude);

/*
 * PostGIS looks up an SRID that it does not know yet (ST_Transform, a geography made
 * or measured) by a query with the caller's search path, in which operators may be
 * anybody's.  Between these two, which return and take a nesting level of settings,
 * that is a path without them.  After an error the end of the (sub)transaction in
 * which it began restores the caller's.
 */
extern int	postgis_path_begin(void);
extern void postgis_path_end(int level);

/*
 * Look up the SRIDs that ST_Transform will need, so that calls through this
 * FmgrInfo need no query.  An error where spatial_ref_sys does not have them.
 */
extern void postgis_learn_transform(FmgrInfo *st_transform, int32 from, int32 to);

/* Error with a hint to project, unless the SRID is planar (or unknown, 0). */
extern void srid_require_planar(int32 srid, const char *function);

#endif							/* CRIMEML_POINTS_H */
