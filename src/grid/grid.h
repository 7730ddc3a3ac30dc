/*
 * grid.h
 *		The type crimeml.grid: a value for each cell of a square grid.
 *
 * In memory and on disk it is the struct below, in the byte order of the
 * machine.  Its text and binary forms are the same on every machine, little
 * endian, the text being base64 of the binary without line breaks:
 *
 *		4	magic "CRMG"
 *		2	format version
 *		4	CRC-32C of all bytes after it
 *		4	srid				4	i0				4	j0
 *		4	columns				4	rows
 *		1	kind				1	kernel
 *		1	rule of the cell size	1	rule of the bandwidth
 *		8	cell size			8	metres in a unit
 *		8	bandwidth			8	points			8	weight
 *		8	times columns * rows: values, from the south-west, row by row
 *
 * Format 0 is for development: the first release makes it 1, and from then on
 * a layout is kept for ever.
 */
#ifndef CRIMEML_GRID_H
#define CRIMEML_GRID_H

#include "grid/kde.h"
#include "grid/shape.h"

/* Stored: the numbers stay. */
typedef enum GridKind
{
	GRID_COUNT = 0,				/* weight of the points in the cell */
	GRID_PER_KM2,				/* incidents per km2 at the cell's centre */
	GRID_DENSITY,				/* probability per square unit, ditto */
	GRID_VALUE					/* anything else: ratios, products */
} GridKind;

#define GRID_KINDS 4

/* How a cell size or bandwidth was come by.  Stored: the numbers stay. */
typedef enum GridRule
{
	GRID_RULE_NONE = 0,			/* counts have no bandwidth */
	GRID_RULE_GIVEN,
	GRID_RULE_SHORT_SIDE,		/* these: choose_cell_size() */
	GRID_RULE_SCOTT,			/* bandwidth_scott() */
	GRID_RULE_SIGMA,
	GRID_RULE_SIGMA_TENTH,
	GRID_RULE_LONG_SIDE
} GridRule;

#define GRID_RULES 7

#define GRID_MAGIC 0x474d5243	/* "CRMG", little endian */

typedef struct Grid
{
	int32		vl_len_;
	uint32		magic;
	GridShape	shape;
	uint8		kind;			/* GridKind */
	uint8		kernel;			/* KdeKernel */
	uint8		cell_size_rule; /* GridRule */
	uint8		bandwidth_rule; /* GridRule */
	uint32		reserved;		/* 0 */
	double		bandwidth;		/* units; 0 for counts */
	int64		points;			/* rows that took part */
	double		weight;			/* of them all, inside the grid or not */
	double		value[FLEXIBLE_ARRAY_MEMBER];	/* NaN: no data */
} Grid;

/* A new grid in CurrentMemoryContext, all values 0 and all rules none. */
extern Grid *grid_create(const GridShape *shape, GridKind kind);

/* An error, naming what the values are, where one is infinite or the weight is
 * not finite: such a grid could not be read back.  Else the same grid. */
extern Grid *grid_require_finite(Grid *grid, const char *what);

/* A grid of a checked varlena; an error for what is none. */
extern Grid *grid_of_datum(Datum datum);

#define PG_GETARG_GRID_P(n) grid_of_datum(PG_GETARG_DATUM(n))

/* How a cell size or bandwidth was come by, in words; NULL for none. */
extern const char *grid_rule_text(uint8 rule);

/* What the values are, with their unit: "incidents per km2". */
extern const char *grid_kind_text(const Grid *grid);

/* The sum of the values of the cells that have data, and their number. */
extern double grid_sum(const Grid *grid, int64 *cells);

/*
 * Is its kernel smaller than a cell?  Its radius (twice the sigma of a gaussian)
 * is below the side: what lies between the centres of cells is lost or counts
 * too much.
 */
extern bool grid_kernel_below_cell(const Grid *grid);

/*
 * The weight that lies inside the grid: the sum of its values by the area of a
 * cell, in the unit that makes it a number of incidents.
 */
extern double grid_inside(const Grid *grid);

#endif							/* CRIMEML_GRID_H */
