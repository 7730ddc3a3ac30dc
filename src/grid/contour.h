/*
 * contour.h
 *		Lines of equal value and the bands between them, by marching squares.
 *
 * Values are known at the centres of cells.  The domain is made of the squares
 * between four centres that all have data; along the sides of a square values
 * are linear.  Where two opposite corners are at or above a level and the two
 * others below it (a saddle), the upper two are joined when the mean of the
 * four is at or above the level, else kept apart.
 *
 * Every crossing is moved by up to a millionth of a cell, in the order of the
 * levels, off the centres and off other crossings.  Rings are therefore simple
 * whatever the values, those of a value that equals a level among them, and
 * the bands of one set of levels fill the domain without overlap.  A ring
 * around next to nothing (as around a single centre that equals the level) is
 * left out, on both of its sides.
 */
#ifndef CRIMEML_GRID_CONTOUR_H
#define CRIMEML_GRID_CONTOUR_H

#include "grid/shape.h"

/* Lines one after another; those of a band are rings, the last point being the first. */
typedef struct ContourLine
{
	int64		first;			/* point */
	int64		n;
	uint32		part;			/* rings of one part make one polygon */
	bool		hole;
} ContourLine;

typedef struct ContourLines
{
	int64		points;
	double	   *xy;				/* 2 a point */
	int64		n;
	ContourLine *line;
	int64		parts;
} ContourLines;

/* The work space of one grid, in CurrentMemoryContext. */
typedef struct Contour Contour;

/* Memory that contour_create() will take, in bytes. */
extern Size contour_memory(const GridShape *shape);

/* Levels ascend and are finite; shape, values and levels must outlive it. */
extern Contour *contour_create(const GridShape *shape, const double *value,
							   const double *level, int levels);

/*
 * The lines at a level, with the higher values on their left, in
 * CurrentMemoryContext.  Closed ones end where they begin.
 */
extern ContourLines *contour_lines(Contour *contour, int k);

/*
 * The band from level k - 1 up to, and without, level k, for k from 0 (below
 * the first) to the number of levels (from the last on).  Lines are grouped by
 * part, each beginning with its shell; shells run counterclockwise.
 */
extern ContourLines *contour_band(Contour *contour, int k);

#endif							/* CRIMEML_GRID_CONTOUR_H */
