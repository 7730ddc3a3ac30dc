/*
 * algebra.h
 *		Arithmetic of grids: cell by cell, with another grid or a number.
 *
 * A cell without data in either has none in the result, and neither has one
 * that is divided by zero.  What the result is:
 *
 *		values		of a sum or difference of grids that hold the same, or of a
 *					grid and a number: what they held.  Of a grid multiplied or
 *					divided by a number: ditto.  Else plain values.
 *		points		of a sum or difference those of both grids, else of the grid
 *					that has more
 *		weight		of a sum: the sum.  Of a difference: the difference.  Of a
 *					grid times or by a number: the weight times or by it.  Where
 *					a number is added, as if it had been a grid: the number times
 *					the cells that have data (times their km2 where values are
 *					per km2).  Densities: the weight behind them, to which
 *					numbers do nothing.  Plain values: the sum of the values.
 *		kernel		where both grids were made by the same
 */
#ifndef CRIMEML_GRID_ALGEBRA_H
#define CRIMEML_GRID_ALGEBRA_H

#include "grid/grid.h"

typedef enum GridOp
{
	GRID_ADD,
	GRID_SUBTRACT,
	GRID_MULTIPLY,
	GRID_DIVIDE
} GridOp;

/* Grids of different shapes are an error that names both. */
extern Grid *grid_combine(GridOp op, const Grid *a, const Grid *b);

/* The number stands on the left where "reversed". */
extern Grid *grid_combine_number(GridOp op, const Grid *grid, double number, bool reversed);

/* An error that names both, unless the shapes are the same. */
extern void grid_require_same_shape(const Grid *a, const Grid *b);

#endif							/* CRIMEML_GRID_ALGEBRA_H */
