/*
 * operators.c
 *		The SQL functions that take grids as they are: operators, value_at,
 *		clip, normalize.
 */
#include "grid/grid.h"

#include <math.h>

#include "data/points.h"
#include "grid/algebra.h"
#include "grid/area.h"
#include "grid/cache.h"

PG_FUNCTION_INFO_V1(crimeml_value_at);
PG_FUNCTION_INFO_V1(crimeml_clip);

/* A number that a grid can be combined with. */
static double
number_arg(FunctionCallInfo fcinfo, int argno)
{
	double		number = PG_GETARG_FLOAT8(argno);

	if (!isfinite(number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grid and the number %g cannot be combined", number),
				 errhint("The number must be finite.")));
	return number;
}

/* grid op grid, grid op number, number op grid */
#define GRID_OPERATOR(name, op) \
PG_FUNCTION_INFO_V1(name##_grids); \
PG_FUNCTION_INFO_V1(name##_number); \
PG_FUNCTION_INFO_V1(name##_to_number); \
Datum \
name##_grids(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_POINTER(grid_combine(op, PG_GETARG_GRID_P(0), PG_GETARG_GRID_P(1))); \
} \
Datum \
name##_number(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_POINTER(grid_combine_number(op, PG_GETARG_GRID_P(0), number_arg(fcinfo, 1), false)); \
} \
Datum \
name##_to_number(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_POINTER(grid_combine_number(op, PG_GETARG_GRID_P(1), number_arg(fcinfo, 0), true)); \
} \
extern int	no_such_variable

GRID_OPERATOR(crimeml_grid_add, GRID_ADD);
GRID_OPERATOR(crimeml_grid_subtract, GRID_SUBTRACT);
GRID_OPERATOR(crimeml_grid_multiply, GRID_MULTIPLY);
GRID_OPERATOR(crimeml_grid_divide, GRID_DIVIDE);

/* What a call site of value_at keeps in fn_extra. */
typedef struct ValueUse
{
	GridCache  *cache;
	PointReader *reader;
} ValueUse;

/* value_at(grid, geom) -> float8: the value of the cell that holds the point. */
Datum
crimeml_value_at(PG_FUNCTION_ARGS)
{
	ValueUse   *use = fcinfo->flinfo->fn_extra;
	const Grid *grid;
	double		x;
	double		y;
	int			column;
	int			row;
	double		value;

	if (use == NULL)
	{
		MemoryContext context = fcinfo->flinfo->fn_mcxt;

		use = MemoryContextAllocZero(context, sizeof(ValueUse));
		use->cache = grid_cache_create(context);
		use->reader = point_reader_create(context);
		fcinfo->flinfo->fn_extra = use;
	}
	grid = grid_cache_get(use->cache, PG_GETARG_DATUM(0));
	use->reader->srid = grid->shape.srid;
	if (!point_read(use->reader, PG_GETARG_DATUM(1), &x, &y) ||
		!shape_find(&grid->shape, x, y, &column, &row))
		PG_RETURN_NULL();
	value = grid->value[(Size) row * grid->shape.columns + column];
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/* clip(grid, geom) -> grid: no data where the centre lies outside. */
Datum
crimeml_clip(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	int64		cells = shape_cells(&grid->shape);
	bool	   *inside = area_cells(&grid->shape, PG_GETARG_DATUM(1), "geom");
	Grid	   *result = grid_create(&grid->shape, grid->kind);

	memcpy(result, grid, offsetof(Grid, value));
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		result->value[i] = inside[i] ? grid->value[i] : NAN;
	}
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(crimeml_normalize);

/* normalize(grid) -> grid: what integrates to the share of points inside. */
Datum
crimeml_normalize(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	int64		cells = shape_cells(&grid->shape);
	double		side = grid->shape.cell_size;
	double		km = grid->shape.metres / 1000;
	double		factor = 1;
	double		weight = 1;
	Grid	   *result;

	if (grid->kind == GRID_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grid of plain values has no density"),
				 errhint("normalize() takes counts and incidents per km2; products and quotients of grids are neither.")));
	if (grid->kind == GRID_COUNT)
		factor = 1 / (side * side);
	else if (grid->kind == GRID_PER_KM2)
		factor = km * km;
	if (grid->kind != GRID_DENSITY)
	{
		if (!(grid->weight > 0))
			PG_RETURN_NULL();
		weight = grid->weight;
	}
	result = grid_create(&grid->shape, GRID_DENSITY);
	memcpy(result, grid, offsetof(Grid, value));
	result->kind = GRID_DENSITY;
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		result->value[i] = grid->value[i] / weight * factor;
	}
	PG_RETURN_POINTER(grid_require_finite(result, "density"));
}
