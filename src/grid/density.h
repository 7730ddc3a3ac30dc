/*
 * density.h
 *		What the functions that make grids of points share: their options, and
 *		the grid of a finished sum.
 */
#ifndef CRIMEML_GRID_DENSITY_H
#define CRIMEML_GRID_DENSITY_H

#include "grid/grid.h"
#include "options.h"

typedef struct DensityOptions
{
	double		cell_size;		/* 0: to be chosen */
	double		bandwidth;		/* 0: to be chosen */
	KdeKernel	kernel;
	bool		has_bounds;
	GridBox		bounds;
	bool		auto_project;
} DensityOptions;

/* What the options of kde, kde_agg or grid_count_agg say. */
extern DensityOptions density_options(const OptionTable *table, const Jsonb *jsonb);

/*
 * Choose the cell size where it is not given, by choose_cell_size(), from the
 * box of the points and the bounds; the rule is the result.
 */
extern GridRule density_cell_size(DensityOptions *options, const GridBox *points,
								  const GridBox *bounds);

/* The grid of a finished sum. */
extern Grid *density_grid(const Kde *kde, GridRule cell_size_rule, GridRule bandwidth_rule);

/* Say, for the function of that name, that the kernel is smaller than a cell,
 * where it is; true then. */
extern bool density_tell_kernel(const char *function, const Grid *grid);

#endif							/* CRIMEML_GRID_DENSITY_H */
