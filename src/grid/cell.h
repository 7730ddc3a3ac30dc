/*
 * cell.h
 *		The rows that functions give about cells: number, i, j, polygon.
 */
#ifndef CRIMEML_GRID_CELL_H
#define CRIMEML_GRID_CELL_H

#include "grid/shape.h"
#include "rows.h"

typedef struct CellMaker
{
	GridShape	shape;
	FmgrInfo	makeenvelope;	/* of PostGIS */
} CellMaker;

extern CellMaker *cell_maker_create(MemoryContext context, const GridShape *shape);

/*
 * The columns cell (from 0, from the south-west), i, j and geom of a cell in
 * values[0..3]; geom is in CurrentMemoryContext.
 */
extern void cell_columns(CellMaker *maker, int64 cell, Datum *values);

/* Put these columns into a result row. */
extern void cell_put(CellMaker *maker, int64 cell, Rows *rows);

#endif							/* CRIMEML_GRID_CELL_H */
