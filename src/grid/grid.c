/*
 * grid.c
 *		The type crimeml.grid, in memory.
 */
#include "grid/grid.h"

#include <math.h>

#include "stat/sums.h"

static const char *const kind_text[GRID_KINDS] = {
	"incidents", "incidents per km2", "probability density", "values"
};

static const char *const rule_text[GRID_RULES] = {
	NULL, "given", "short side / 50", "scott", "sigma", "sigma / 10", "long side / 1000"
};

static inline Size
grid_size(int64 cells)
{
	return offsetof(Grid, value) + (Size) cells * sizeof(double);
}

Grid *
grid_create(const GridShape *shape, GridKind kind)
{
	Size		size = grid_size(shape_cells(shape));
	Grid	   *grid = crimeml_alloc(CurrentMemoryContext, 1, size);

	SET_VARSIZE(grid, size);
	grid->magic = GRID_MAGIC;
	grid->shape = *shape;
	grid->kind = kind;
	return grid;
}

Grid *
grid_of_datum(Datum datum)
{
	Grid	   *grid = (Grid *) PG_DETOAST_DATUM(datum);

	if (VARSIZE(grid) < offsetof(Grid, value) || grid->magic != GRID_MAGIC ||
		grid->kind >= GRID_KINDS || grid->kernel >= KDE_KERNELS ||
		grid->cell_size_rule >= GRID_RULES || grid->bandwidth_rule >= GRID_RULES ||
		grid->shape.columns < 1 || grid->shape.rows < 1 ||
		VARSIZE(grid) != grid_size(shape_cells(&grid->shape)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged grid")));
	return grid;
}

Grid *
grid_require_finite(Grid *grid, const char *what)
{
	int64		cells = shape_cells(&grid->shape);

	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isinf(grid->value[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the %s of a cell is out of range", what)));
	}
	if (!isfinite(grid->weight))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weight of the %s is out of range", what)));
	return grid;
}

const char *
grid_kind_text(const Grid *grid)
{
	return kind_text[grid->kind];
}

const char *
grid_rule_text(uint8 rule)
{
	return rule_text[rule];
}

bool
grid_kernel_below_cell(const Grid *grid)
{
	double		reach = grid->kernel == KDE_GAUSSIAN ? 2 * grid->bandwidth : grid->bandwidth;

	return grid->kernel != KDE_NONE && reach < grid->shape.cell_size;
}

double
grid_sum(const Grid *grid, int64 *cells)
{
	int64		n = shape_cells(&grid->shape);
	Total		total = TOTAL_EMPTY;

	*cells = 0;
	for (int64 i = 0; i < n; i++)
	{
		if (i % 0x10000 == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(grid->value[i]))
			continue;
		total_add(&total, grid->value[i], 1);
		(*cells)++;
	}
	return total_over(&total, 1);
}

double
grid_inside(const Grid *grid)
{
	double		side = grid->shape.cell_size;
	int64		cells;
	double		sum;

	sum = grid_sum(grid, &cells);
	switch ((GridKind) grid->kind)
	{
		case GRID_COUNT:
		case GRID_VALUE:
			break;
		case GRID_PER_KM2:
			sum *= shape_cell_km2(&grid->shape);
			break;
		case GRID_DENSITY:
			sum *= side * side * grid->weight;
			break;
	}
	return sum;
}
