/*
 * describe.c
 *		The SQL function describe(grid).
 */
#include "grid/grid.h"

#include <math.h>

#include "json.h"

PG_FUNCTION_INFO_V1(crimeml_describe_grid);

/* describe(grid) -> jsonb */
Datum
crimeml_describe_grid(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	const GridShape *shape = &grid->shape;
	int64		cells = shape_cells(shape);
	double		min = NAN;
	double		max = NAN;
	int64		nonzero = 0;
	int64		nodata = 0;
	JsonWriter	json = {0};

	for (int64 i = 0; i < cells; i++)
	{
		double		value = grid->value[i];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(value))
		{
			nodata++;
			continue;
		}
		nonzero += value != 0;
		if (!(value >= min))
			min = value;
		if (!(value <= max))
			max = value;
	}

	json_begin_object(&json, NULL);
	json_text(&json, "values", grid_kind_text(grid));
	json_integer(&json, "srid", shape->srid);
	json_number(&json, "metres_per_unit", shape->metres);
	json_number(&json, "cell_size", shape->cell_size);
	json_text(&json, "cell_size_rule", grid_rule_text(grid->cell_size_rule));
	json_number(&json, "cell_km2", shape_cell_km2(shape));
	json_integer(&json, "columns", shape->columns);
	json_integer(&json, "rows", shape->rows);
	json_integer(&json, "cells", cells);
	json_integer(&json, "i0", shape->i0);
	json_integer(&json, "j0", shape->j0);
	json_number(&json, "xmin", shape->i0 * shape->cell_size);
	json_number(&json, "ymin", shape->j0 * shape->cell_size);
	json_number(&json, "xmax", ((double) shape->i0 + shape->columns) * shape->cell_size);
	json_number(&json, "ymax", ((double) shape->j0 + shape->rows) * shape->cell_size);
	if (grid->kernel != KDE_NONE)
	{
		json_text(&json, "kernel", kde_kernel_name[grid->kernel]);
		json_number(&json, "bandwidth", grid->bandwidth);
		json_text(&json, "bandwidth_is",
					  grid->kernel == KDE_GAUSSIAN ? "sigma" : "radius");
		json_text(&json, "bandwidth_rule", grid_rule_text(grid->bandwidth_rule));
		json_boolean(&json, "kernel_below_cell", grid_kernel_below_cell(grid));
	}
	json_integer(&json, "points", grid->points);
	json_number(&json, "weight", grid->weight);
	json_number(&json, "inside", grid_inside(grid));
	json_integer(&json, "nonzero", nonzero);
	json_integer(&json, "nodata", nodata);
	json_number(&json, "min", min);
	json_number(&json, "max", max);
	json_end_object(&json);
	PG_RETURN_JSONB_P(json.result);
}
