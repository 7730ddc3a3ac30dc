/*
 * algebra.c
 *		Arithmetic of grids: cell by cell, with another grid or a number.
 */
#include "grid/algebra.h"

#include <math.h>

#include "common/int.h"
#include "stat/sums.h"

/* Cells between two looks at interrupts. */
#define STRIDE 65536

static const char *const op_name[] = {"sum", "difference", "product", "quotient"};

/* One cell.  What is not a number stays so. */
static inline double
apply(GridOp op, double a, double b)
{
	switch (op)
	{
		case GRID_ADD:
			return a + b;
		case GRID_SUBTRACT:
			return a - b;
		case GRID_MULTIPLY:
			return a * b;
		case GRID_DIVIDE:
			break;
	}
	return b == 0 ? NAN : a / b;
}

static char *
shape_text(const GridShape *shape)
{
	return psprintf("%d x %d cells of %.15g from (%.15g %.15g) in SRID %d",
					shape->columns, shape->rows, shape->cell_size,
					shape->i0 * shape->cell_size, shape->j0 * shape->cell_size, shape->srid);
}

void
grid_require_same_shape(const Grid *a, const Grid *b)
{
	if (!shape_equal(&a->shape, &b->shape))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("grids of different shapes cannot be used together: %s, and %s",
						shape_text(&a->shape), shape_text(&b->shape)),
				 errhint("Make both with the same bounds and cell_size; clip() leaves the shape as it is.")));
}

/* A grid with the shape and the provenance of another, without its values. */
static Grid *
successor(const Grid *grid)
{
	Grid	   *result = grid_create(&grid->shape, grid->kind);

	memcpy(result, grid, offsetof(Grid, value));
	return result;
}

static void
forget_kernel(Grid *grid)
{
	grid->kernel = KDE_NONE;
	grid->bandwidth = 0;
	grid->bandwidth_rule = GRID_RULE_NONE;
}

/* Plain values weigh what they sum up to.  (One that is infinite makes that so,
 * or NaN, and is refused.) */
static void
make_plain(Grid *grid)
{
	int64		cells;

	grid->kind = GRID_VALUE;
	grid->weight = grid_sum(grid, &cells);
}

Grid *
grid_combine(GridOp op, const Grid *a, const Grid *b)
{
	int64		cells = shape_cells(&a->shape);
	Grid	   *result;

	grid_require_same_shape(a, b);
	crimeml_check_memory(mul_size(cells, sizeof(double)), "the grid", "the number of cells");
	result = successor(a);
	for (int64 first = 0; first < cells; first += STRIDE)
	{
		int64		end = Min(first + STRIDE, cells);

		CHECK_FOR_INTERRUPTS();
		for (int64 i = first; i < end; i++)
			result->value[i] = apply(op, a->value[i], b->value[i]);
	}

	if (op == GRID_MULTIPLY || op == GRID_DIVIDE)
		result->points = Max(a->points, b->points);
	else if (pg_add_s64_overflow(a->points, b->points, &result->points))
		result->points = PG_INT64_MAX;
	if (a->kernel != b->kernel || a->bandwidth != b->bandwidth)
		forget_kernel(result);
	else if (a->bandwidth_rule != b->bandwidth_rule)
		result->bandwidth_rule = GRID_RULE_GIVEN;
	if (a->cell_size_rule != b->cell_size_rule)
		result->cell_size_rule = GRID_RULE_GIVEN;

	if (a->kind == b->kind && op == GRID_ADD)
		result->weight = a->weight + b->weight;
	else if (a->kind == b->kind && op == GRID_SUBTRACT)
		result->weight = a->weight - b->weight;
	else
		make_plain(result);
	return grid_require_finite(result, op_name[op]);
}

/* The weight where a number meets what is no plain value. */
static double
weight_with_number(GridOp op, const Grid *grid, double number, bool reversed)
{
	int64		cells;
	double		added;

	if (grid->kind == GRID_DENSITY)
		return grid->weight;
	if (op == GRID_MULTIPLY)
		return grid->weight * number;
	if (op == GRID_DIVIDE)
		return number == 0 ? 0 : grid->weight / number;
	grid_sum(grid, &cells);
	added = number * cells;
	if (grid->kind == GRID_PER_KM2)
		added *= shape_cell_km2(&grid->shape);
	if (op == GRID_ADD)
		return grid->weight + added;
	return reversed ? added - grid->weight : grid->weight - added;
}

Grid *
grid_combine_number(GridOp op, const Grid *grid, double number, bool reversed)
{
	int64		cells = shape_cells(&grid->shape);
	Grid	   *result = successor(grid);

	for (int64 first = 0; first < cells; first += STRIDE)
	{
		int64		end = Min(first + STRIDE, cells);

		CHECK_FOR_INTERRUPTS();
		for (int64 i = first; i < end; i++)
			result->value[i] = reversed ? apply(op, number, grid->value[i]) :
				apply(op, grid->value[i], number);
	}
	if (grid->kind == GRID_VALUE || (op == GRID_DIVIDE && reversed))
		make_plain(result);
	else
		result->weight = weight_with_number(op, grid, number, reversed);
	return grid_require_finite(result, op_name[op]);
}
