/*
 * area.h
 *		Which cells of a grid lie in a polygon, by PostGIS.
 */
#ifndef CRIMEML_GRID_AREA_H
#define CRIMEML_GRID_AREA_H

#include "grid/shape.h"

/*
 * A flag a cell, rows from the south: does its centre lie in the polygon or on
 * its edge?  Errors, naming the argument: another SRID, no area, invalid.
 */
extern bool *area_cells(const GridShape *shape, Datum geometry, const char *argument);

#endif							/* CRIMEML_GRID_AREA_H */
