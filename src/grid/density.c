/*
 * density.c
 *		What the functions that make grids of points share: their options, and
 *		the grid of a finished sum.
 */
#include "grid/density.h"

#include <math.h>

#include "grid/bandwidth.h"

/* In this order the functions know the first of them. */
enum
{
	DENSITY_CELL_SIZE,
	COUNT_OPTIONS,
	DENSITY_BANDWIDTH = COUNT_OPTIONS,
	DENSITY_KERNEL,
	KDE_AGG_OPTIONS,
	DENSITY_BOUNDS = KDE_AGG_OPTIONS,
	DENSITY_AUTO_PROJECT,
	KDE_OPTIONS
};

/* Of a kernel's option: KdeKernel less 1. */
static const char *const kernel_choices[] = {
	"quartic", "gaussian", "epanechnikov", "triangular", "uniform", NULL
};

#define LENGTH_RANGE GRID_MIN_LENGTH, GRID_MAX_LENGTH
#define CELL_SIZE_SPEC(default_text) \
	{"cell_size", OPTION_NUMBER, 0, default_text, LENGTH_RANGE, NULL, \
	"side of a cell, in the units of the SRID"}
#define BANDWIDTH_SPEC(default_text) \
	{"bandwidth", OPTION_NUMBER, 0, default_text, LENGTH_RANGE, NULL, \
	"radius of a compact kernel, sigma of the gaussian, in the units of the SRID"}
#define KERNEL_SPEC \
	{"kernel", OPTION_CHOICE, 0, NULL, 0, 0, kernel_choices, \
	"how the weight of a point is spread around it"}

static const OptionSpec kde_agg_spec[] = {
	[DENSITY_CELL_SIZE] = CELL_SIZE_SPEC("short side of the bounds / 50, from sigma / 10 to sigma, at least long side / 1000"),
	[DENSITY_BANDWIDTH] = BANDWIDTH_SPEC("none: it has to be given"),
	[DENSITY_KERNEL] = KERNEL_SPEC,
};

static const OptionSpec kde_spec[] = {
	[DENSITY_CELL_SIZE] = CELL_SIZE_SPEC("short side of the points' box / 50, from sigma / 10 to sigma, at least long side / 1000"),
	[DENSITY_BANDWIDTH] = BANDWIDTH_SPEC("Scott's rule"),
	[DENSITY_KERNEL] = KERNEL_SPEC,
	[DENSITY_BOUNDS] = {"bounds", OPTION_NUMBERS, 0,
		"the points' box and a radius (three sigma) around it", 0, 0, NULL,
	"xmin, ymin, xmax, ymax of the grid, in the coordinates of the points", 4},
	[DENSITY_AUTO_PROJECT] = {"auto_project", OPTION_BOOLEAN, 0, NULL, 0, 0, NULL,
	"project longitude and latitude to the UTM zone of the middle"},
};

#define DENSITY_EXAMPLE "{\"cell_size\": 100, \"bandwidth\": 300}"

static const OptionSpec count_spec[] = {
	[DENSITY_CELL_SIZE] = CELL_SIZE_SPEC("short side of the bounds / 50, at least long side / 1000"),
};

const OptionTable grid_count_agg_options = {
	"grid_count_agg", count_spec, COUNT_OPTIONS, NULL, "{\"cell_size\": 100}"
};

const OptionTable kde_agg_options = {
	"kde_agg", kde_agg_spec, KDE_AGG_OPTIONS, NULL, DENSITY_EXAMPLE
};

const OptionTable kde_options = {
	"kde", kde_spec, KDE_OPTIONS, NULL, DENSITY_EXAMPLE
};

DensityOptions
density_options(const OptionTable *table, const Jsonb *jsonb)
{
	DensityOptions options = {0};
	const OptionValue *value = options_parse(table, jsonb)->value;

	options.cell_size = value[DENSITY_CELL_SIZE].given ? value[DENSITY_CELL_SIZE].number : 0;
	if (table->n == COUNT_OPTIONS)
		return options;
	options.bandwidth = value[DENSITY_BANDWIDTH].given ? value[DENSITY_BANDWIDTH].number : 0;
	options.kernel = (KdeKernel) (value[DENSITY_KERNEL].number + 1);
	if (table->n == KDE_AGG_OPTIONS)
	{
		if (options.bandwidth == 0)
			option_error(table, &table->spec[DENSITY_BANDWIDTH], NULL);
		return options;
	}
	options.auto_project = value[DENSITY_AUTO_PROJECT].number != 0;
	options.has_bounds = value[DENSITY_BOUNDS].given;
	if (options.has_bounds)
	{
		const double *side = value[DENSITY_BOUNDS].numbers;

		options.bounds = (GridBox) {side[0], side[1], side[2], side[3]};
		if (!(side[0] < side[2] && side[1] < side[3]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"bounds\" of %s has no area", table->function),
					 errhint("It is [xmin, ymin, xmax, ymax].")));
	}
	return options;
}

GridRule
density_cell_size(DensityOptions *options, const GridBox *points, const GridBox *bounds)
{
	GridRule	rule = GRID_RULE_GIVEN;
	double		sigma = 0;

	if (options->kernel != KDE_NONE)
		sigma = options->bandwidth / kde_bandwidth_of_sigma(options->kernel, 1);
	if (options->cell_size == 0)
		options->cell_size = choose_cell_size(points, bounds, sigma, &rule);
	return rule;
}

Grid *
density_grid(const Kde *kde, GridRule cell_size_rule, GridRule bandwidth_rule)
{
	Grid	   *grid = grid_create(&kde->shape, kde->kernel == KDE_NONE ? GRID_COUNT : GRID_PER_KM2);

	grid->kernel = kde->kernel;
	grid->bandwidth = kde->bandwidth;
	grid->cell_size_rule = cell_size_rule;
	grid->bandwidth_rule = bandwidth_rule;
	grid->points = kde->points;
	grid->weight = kde->weight;
	kde_finish(kde, grid->value);
	return grid_require_finite(grid, "sum");
}

bool
density_tell_kernel(const char *function, const Grid *grid)
{
	if (!grid_kernel_below_cell(grid))
		return false;
	ereport(NOTICE,
			(errmsg("%s: the kernel is smaller than a cell: %s %.6g, cells of %.6g", function,
					grid->kernel == KDE_GAUSSIAN ? "sigma" : "radius", grid->bandwidth,
					grid->shape.cell_size),
			 errdetail("Its cells add up to %.6g of %.6g incidents: those between the centres of cells are lost, those near them count too much.",
					   grid_inside(grid), grid->weight),
			 errhint("Lower cell_size to %.6g, or raise the bandwidth.", grid->bandwidth / 2)));
	return true;
}
