/*
 * shapes.h
 *		Geometries and geographies of any kind, as PostGIS measures them.
 *
 * Equal ones (byte for byte) are one item with a weight: incidents that are
 * placed by street or by area repeat the same lines and areas.
 */
#ifndef CRIMEML_SHAPES_H
#define CRIMEML_SHAPES_H

#include "cluster/dbscan_extents.h"

/* For the query: PostGIS's functions. */
typedef struct ShapeReader
{
	bool		sphere;			/* geographies */
	FmgrInfo	to_geometry;
	FmgrInfo	geometrytype;
	FmgrInfo	st_srid;
	FmgrInfo	box3d;
	FmgrInfo	side[4];		/* ST_XMin, ST_YMin, ST_XMax, ST_YMax */
	FmgrInfo	st_points;
	FmgrInfo	st_centroid;
	FmgrInfo	st_x;
	FmgrInfo	st_y;
	FmgrInfo	st_dwithin;
} ShapeReader;

/* For the partition: its items. */
typedef struct Shapes
{
	ShapeReader *reader;
	int			n;
	ExtentItem *item;
	Datum	   *value;
	Size		bytes;			/* of the values */
	int32		srid;			/* -1 before the first */
	bool		spheroid_known; /* PostGIS has looked up the SRID of geographies */
	double		largest;		/* coordinate */
	double		eps;			/* in metres on the sphere */
	int32	   *slot;			/* hash table of the values */
	uint32		slots;			/* 0: equal ones are kept apart */
	MemoryContext scratch;		/* of what PostGIS leaves behind */
	int			calls;
} Shapes;

extern ShapeReader *shape_reader_create(MemoryContext context, bool sphere);

/* Is the value a point, EMPTY or not? */
extern bool shape_is_point(ShapeReader *reader, Datum value);

/* A geography as a geometry. */
extern Datum shape_as_geometry(ShapeReader *reader, Datum value);

/* Room for n shapes in the current context. */
extern Shapes *shapes_create(ShapeReader *reader, int n, bool merge);

/*
 * Add the shape of a row, copied into the context of the shapes; returns its
 * item, or -1 where it is EMPTY.  An error for coordinates that are not finite
 * or too large, and for a second SRID.
 */
extern int32 shapes_add(Shapes *shapes, Datum value, int32 row, int64 at);

/* ExtentDbscan's within(), arg being the Shapes: ST_DWithin. */
extern bool shapes_within(void *arg, int i, int j);

/* Bytes that n shapes take, beside their values. */
extern Size shapes_memory(int n);

#endif							/* CRIMEML_SHAPES_H */
