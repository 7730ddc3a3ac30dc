/*
 * gather.h
 *		What the rows of a window's partition have to be clustered.
 */
#ifndef CRIMEML_GATHER_H
#define CRIMEML_GATHER_H

#include "crimeml.h"

#include "windowapi.h"

#include "cluster/shapes.h"
#include "data/points.h"

/* For the query: what is to be read, and by which functions. */
typedef struct Gatherer
{
	const char *name;			/* the window function, for errors */
	bool		sphere;			/* argument 0 is a geography, else a geometry */
	bool		any_shape;		/* lines and areas, too */
	bool		timed;			/* argument 1 is a timestamptz */
	PointReader *points;
	ShapeReader *shapes;
	int32		srid;			/* looked up already; -1 before */
	SridInfo	info;			/* of that */
	bool		told;			/* of doubtful places: once a query */
} Gatherer;

/* Rows that have no geometry (or time), or an EMPTY one, are not among them. */
typedef struct Gathered
{
	bool		sphere;
	int			n;
	int32	   *row;
	double	   *x;				/* longitude and latitude on the sphere; NULL where shapes are */
	double	   *y;
	int64	   *at;				/* NULL without time */
	Shapes	   *shapes;			/* NULL where all are points */
	int32	   *shape;			/* the shape of each */
} Gathered;

extern Gatherer *gatherer_create(MemoryContext context, const char *name, bool sphere,
								 bool any_shape, bool timed);

/*
 * Read the nrows rows of the partition into the current context, by as much
 * memory as crimeml.memory_limit allows.
 */
extern Gathered *gather(WindowObject winobj, Gatherer *gatherer, int nrows);

/* dbscan of what was gathered; eps_time counts where there is a time. */
extern void gathered_dbscan(const Gathered *gathered, double eps, int64 eps_time,
							int minpoints, int32 *number);

/* Bytes that both take for nrows points beside the result, at most. */
extern Size gathered_dbscan_memory(const Gatherer *gatherer, int nrows);
extern Size gather_memory(const Gatherer *gatherer, int nrows);

#endif							/* CRIMEML_GATHER_H */
