/*
 * shape.h
 *		Where a grid lies: the geometry of its cells, without their values.
 *
 * Cells are squares anchored at the origin of the SRID, as ST_SquareGrid's
 * are: cell (i, j) covers [i*size, (i+1)*size) x [j*size, (j+1)*size).  Two
 * grids of one cell size therefore always line up.
 */
#ifndef CRIMEML_GRID_SHAPE_H
#define CRIMEML_GRID_SHAPE_H

#include "crimeml.h"

/* 512 MB of values: its text form must stay below 1 GB. */
#define GRID_MAX_CELLS (64 * 1024 * 1024)

/* Cell sizes and bandwidths that the arithmetic can take, in units. */
#define GRID_MIN_LENGTH 1e-6
#define GRID_MAX_LENGTH 1e9

typedef struct GridShape
{
	int32		srid;
	int32		i0;				/* of the west column */
	int32		j0;				/* of the south row */
	int32		columns;
	int32		rows;
	double		cell_size;		/* units of the SRID */
	double		metres;			/* in a unit */
} GridShape;

typedef struct GridBox
{
	double		xmin;
	double		ymin;
	double		xmax;
	double		ymax;
} GridBox;

/*
 * Snap the box outward to whole cells: fills i0, j0, columns and rows of a
 * shape whose other members are set.  A point on the north or east edge of
 * the box lies inside only when "closed".  More than GRID_MAX_CELLS cells, or
 * a cell number beyond an integer, is an error.
 */
extern void shape_cover(GridShape *shape, const GridBox *box, bool closed);

/* Column and row of a point, from 0; false when it lies outside. */
extern bool shape_find(const GridShape *shape, double x, double y, int *column, int *row);

/* The number of the cell, from the origin of the SRID, that v falls into. */
extern double shape_cell(double v, double cell_size);

extern bool shape_equal(const GridShape *a, const GridShape *b);

static inline int64
shape_cells(const GridShape *shape)
{
	return (int64) shape->columns * shape->rows;
}

static inline double
shape_center_x(const GridShape *shape, int column)
{
	return ((double) shape->i0 + column + 0.5) * shape->cell_size;
}

static inline double
shape_center_y(const GridShape *shape, int row)
{
	return ((double) shape->j0 + row + 0.5) * shape->cell_size;
}

static inline double
shape_cell_km2(const GridShape *shape)
{
	double		side = shape->cell_size * shape->metres / 1000;

	return side * side;
}

#endif							/* CRIMEML_GRID_SHAPE_H */
