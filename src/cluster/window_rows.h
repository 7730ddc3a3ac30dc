/*
 * window_rows.h
 *		What the rows of a window's partition have to be clustered.
 */
#ifndef CRIMEML_WINDOW_ROWS_H
#define CRIMEML_WINDOW_ROWS_H

#include "crimeml.h"

#include "windowapi.h"

#include "cluster/shapes.h"
#include "data/points.h"

/* For the query: what is to be read, and by which functions. */
typedef struct WindowReader
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
} WindowReader;

/* Rows that have no geometry (or time), or an EMPTY one, are not among them. */
typedef struct WindowRows
{
	bool		sphere;
	int			n;
	int32	   *row;
	double	   *x;				/* longitude and latitude on the sphere; NULL where shapes are */
	double	   *y;
	int64	   *at;				/* NULL without time */
	Shapes	   *shapes;			/* NULL where all are points */
	int32	   *shape;			/* the shape of each */
} WindowRows;

extern WindowReader *window_reader_create(MemoryContext context, const char *name, bool sphere,
								 bool any_shape, bool timed);

/*
 * Read the nrows rows of the partition into the current context, by as much
 * memory as crimeml.memory_limit allows.
 */
extern WindowRows *window_rows_read(WindowObject winobj, WindowReader *reader, int nrows);

/* dbscan of them; eps_time counts where there is a time. */
extern void window_rows_dbscan(const WindowRows *rows, double eps, int64 eps_time,
							int minpoints, int32 *number);

/* Bytes that both take for nrows points beside the result, at most. */
extern Size window_rows_dbscan_memory(const WindowReader *reader, int nrows);
extern Size window_rows_memory(const WindowReader *reader, int nrows);

#endif							/* CRIMEML_WINDOW_ROWS_H */
