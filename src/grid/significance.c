/*
 * significance.c
 *		The SQL function gi_star.
 */
#include "grid/grid.h"

#include <math.h>

#include "grid/cell.h"
#include "grid/gi_star.h"
#include "rows.h"
#include "stat/fdr.h"

/*
 * The square of the distance in cells.  It need not be a whole number, but
 * offsets have whole squares: one that is missed by rounding alone is taken.
 */
static double
near_arg(FunctionCallInfo fcinfo, const Grid *grid)
{
	double		distance;
	double		cells;

	if (PG_ARGISNULL(1))
		return GI_STAR_QUEEN;
	distance = PG_GETARG_FLOAT8(1);
	cells = distance / grid->shape.cell_size;
	cells = floor(cells * cells * (1 + 1e-9));
	if (!(distance > 0 && isfinite(distance) && cells >= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"distance\" must be at least the cell size, %.15g, not %.15g",
						grid->shape.cell_size, distance),
				 errhint("It is in units of the SRID, between centres; null takes the eight cells around.")));
	return cells;
}

PG_FUNCTION_INFO_V1(crimeml_gi_star);

/* gi_star(grid, distance, fdr) */
Datum
crimeml_gi_star(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	int64		cells;
	double		near;
	double	   *z;
	double	   *p;
	CellMaker  *maker;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	near = near_arg(fcinfo, grid);
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "fdr")));

	cells = shape_cells(&grid->shape);
	/* z, p, running sums and counts, and p in order */
	crimeml_check_memory(mul_size(cells, 48), "Gi*", "the number of cells (by a larger cell_size)");
	z = crimeml_array(double, cells);
	p = crimeml_array(double, cells);
	gi_star(&grid->shape, grid->value, near, z, p);
	if (PG_GETARG_BOOL(2))
		fdr_adjust(p, cells);

	maker = cell_maker_create(CurrentMemoryContext, &grid->shape);
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(grid->value[i]))
			continue;
		cell_put(maker, i, &rows);
		rows_float8(&rows, grid->value[i]);
		rows_float8(&rows, z[i]);
		rows_float8(&rows, isnan(z[i]) ? NAN : p[i]);
		rows_end(&rows);
	}
	return (Datum) 0;
}
