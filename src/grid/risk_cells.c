/*
 * risk_cells.c
 *		The SQL function risk_cells.
 */
#include "grid/grid.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "cluster/risk.h"
#include "grid/cell.h"
#include "rows.h"
#include "stat/natural_breaks.h"
#include "stat/weighted.h"
#include "utils/array.h"

#define ST_SORT sort_values
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

/* Two shares of the cells, ascending; false when they are null. */
static bool
quantiles_arg(FunctionCallInfo fcinfo, double *share)
{
	Datum	   *element;
	bool	   *isnull;
	int			n;

	if (PG_ARGISNULL(1))
		return false;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &element, &isnull, &n);
	for (int i = 0; i < 2; i++)
		share[i] = n == 2 && !isnull[i] ? DatumGetFloat8(element[i]) : NAN;
	if (!(share[0] > 0 && share[0] < share[1] && share[1] < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"quantiles\" must be two shares between 0 and 1, ascending"),
				 errhint("For example '{0.7,0.9}': medium from the 70th percentile of the cells, high from the 90th.")));
	return true;
}

/*
 * Where classes begin.  Cells of zero have no say: how much empty land a grid
 * takes in must not decide what is high.  Returns the number of classes.
 */
static int
find_classes(const Grid *grid, const double *share, double *lowest)
{
	int64		cells = shape_cells(&grid->shape);
	double	   *value = crimeml_array(double, cells);
	int64		n = 0;
	int			classes = RISK_LEVELS;

	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (grid->value[i] != 0 && !isnan(grid->value[i]))
			value[n++] = grid->value[i];
	}
	if (n == 0)
		classes = 0;
	else if (share == NULL)
	{
		crimeml_check_memory(natural_breaks_memory((int) n, RISK_LEVELS), "natural breaks",
							 "the number of cells (by a larger cell_size)");
		classes = natural_breaks(value, (int) n, RISK_LEVELS, lowest);
	}
	else
	{
		sort_values(value, n);
		lowest[0] = value[0];
		for (int i = 0; i < 2; i++)
			lowest[i + 1] = quantile(value, n, share[i]);
	}
	pfree(value);
	return classes;
}

PG_FUNCTION_INFO_V1(crimeml_risk_cells);

/* risk_cells(grid, quantiles) */
Datum
crimeml_risk_cells(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	double		share[2];
	double		lowest[RISK_LEVELS];
	int			classes;
	Datum		level[RISK_LEVELS];
	CellMaker  *maker;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	classes = find_classes(grid, quantiles_arg(fcinfo, share) ? share : NULL, lowest);
	risk_values(TupleDescAttr(rows.desc, 5)->atttypid, level);

	maker = cell_maker_create(CurrentMemoryContext, &grid->shape);
	for (int64 i = 0; i < shape_cells(&grid->shape); i++)
	{
		double		value = grid->value[i];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(value))
			continue;
		cell_put(maker, i, &rows);
		rows_float8(&rows, value);
		rows_put(&rows, level[classes == 0 || value < lowest[0] ? RISK_LOW :
							  risk_of_class(value, lowest, classes)]);
		rows_end(&rows);
	}
	return (Datum) 0;
}
