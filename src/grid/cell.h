/*
 * cell.h
 *		The rows that functions give about cells: number, i, j, polygon.
 */
#ifndef CRIMEML_GRID_CELL_H
#define CRIMEML_GRID_CELL_H

#include "grid/shape.h"

typedef struct CellMaker
{
	GridShape	shape;
	FmgrInfo	makeenvelope;	/* of PostGIS */
} CellMaker;

extern CellMaker *cell_maker_create(MemoryContext context, const GridShape *shape);

/*
 * The columns cell, i, j and geom of the cell (from 0, from the south-west) in
 * values[0..3]; geom is in CurrentMemoryContext.
 */
extern void cell_columns(CellMaker *maker, int64 cell, Datum *values);

#endif							/* CRIMEML_GRID_CELL_H */
