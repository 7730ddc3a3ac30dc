/*
 * coloring.h
 *		From the values of a grid to the colours of pixels.
 */
#ifndef CRIMEML_COLORING_H
#define CRIMEML_COLORING_H

#include "grid/grid.h"

#define COLORING_SHADES 1024

typedef struct Coloring
{
	double		high;			/* the value of the last shade */
	bool		cut;			/* are there values above it? */
	bool		root;			/* shades by the square root of the value */
	uint32		shade[COLORING_SHADES]; /* premultiplied ARGB; the first is clear */
} Coloring;

/* The argument "scale": by the square root? */
extern bool coloring_scale_arg(FunctionCallInfo fcinfo, int argno);

/* The argument "high", checked. */
extern double coloring_check_high(double high);

/*
 * An unknown palette is an error that names the nearest.  high is 0 for the
 * largest value of the grid.
 */
extern Coloring *coloring_create(const char *palette, const Grid *grid, double high, bool root);

/* Where a value stands in the legend, 0 to 1. */
extern double coloring_position(const Coloring *coloring, double value);

/* Premultiplied ARGB; clear where the value is not above zero. */
extern uint32 coloring_pixel(const Coloring *coloring, double value);

/* Does the grid vary smoothly from cell to cell? */
extern bool grid_is_smooth(const Grid *grid);

/* A cell's value; cells beyond the edge are as the edge, no data is zero. */
extern double sample_cell(const Grid *grid, int column, int row);

/* The smooth value at x, y in cells from the south-west corner. */
extern double sample_smooth(const Grid *grid, double x, double y);

/* The mean of the cells of a box, in cells. */
extern double sample_mean(const Grid *grid, double x1, double y1, double x2, double y2);

#endif							/* CRIMEML_COLORING_H */
