/*
 * density.c
 *		The SQL functions that make grids of points: kde_agg, grid_count_agg
 *		and kde.
 */
#include "grid/grid.h"

#include <math.h>

#include "arguments.h"
#include "catalog/pg_type.h"
#include "data/points.h"
#include "data/source.h"
#include "grid/bandwidth.h"
#include "grid/project.h"
#include "options.h"
#include "stat/sums.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

PG_FUNCTION_INFO_V1(crimeml_kde_agg_transition);
PG_FUNCTION_INFO_V1(crimeml_grid_count_agg_transition);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_combine);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_serialize);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_deserialize);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_final);
PG_FUNCTION_INFO_V1(crimeml_kde);

/* ----------
 * Options
 * ----------
 */

typedef struct DensityOptions
{
	double		cell_size;		/* 0: to be chosen */
	double		bandwidth;		/* 0: to be chosen */
	KdeKernel	kernel;
	bool		has_bounds;
	GridBox		bounds;
	bool		auto_project;
} DensityOptions;

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
	[DENSITY_CELL_SIZE] = CELL_SIZE_SPEC("short side of the bounds / 50"),
	[DENSITY_BANDWIDTH] = BANDWIDTH_SPEC("none: it has to be given"),
	[DENSITY_KERNEL] = KERNEL_SPEC,
};

static const OptionSpec kde_spec[] = {
	[DENSITY_CELL_SIZE] = CELL_SIZE_SPEC("short side of the points' box / 50"),
	[DENSITY_BANDWIDTH] = BANDWIDTH_SPEC("Scott's rule"),
	[DENSITY_KERNEL] = KERNEL_SPEC,
	[DENSITY_BOUNDS] = {"bounds", OPTION_NUMBERS, 0,
		"the points' box and a radius (three sigma) around it", 0, 0, NULL,
	"xmin, ymin, xmax, ymax of the grid, in the coordinates of the points", 4},
	[DENSITY_AUTO_PROJECT] = {"auto_project", OPTION_BOOLEAN, 0, NULL, 0, 0, NULL,
	"project longitude and latitude to the UTM zone of the middle"},
};

#define DENSITY_EXAMPLE "{\"cell_size\": 100, \"bandwidth\": 300}"

const OptionTable grid_count_agg_options = {
	"grid_count_agg", kde_agg_spec, COUNT_OPTIONS, NULL, "{\"cell_size\": 100}"
};

const OptionTable kde_agg_options = {
	"kde_agg", kde_agg_spec, KDE_AGG_OPTIONS, NULL, DENSITY_EXAMPLE
};

const OptionTable kde_options = {
	"kde", kde_spec, KDE_OPTIONS, NULL, DENSITY_EXAMPLE
};

/* What the options of one of these tables say. */
static DensityOptions
read_options(const OptionTable *table, const Jsonb *jsonb)
{
	DensityOptions options = {0};
	const OptionValue *value = options_parse(table, jsonb)->value;

	options.cell_size = value[DENSITY_CELL_SIZE].given ? value[DENSITY_CELL_SIZE].number : 0;
	if (table->n == COUNT_OPTIONS)
		return options;
	options.bandwidth = value[DENSITY_BANDWIDTH].given ? value[DENSITY_BANDWIDTH].number : 0;
	options.kernel = (KdeKernel) (value[DENSITY_KERNEL].number + 1);
	if (table->n == KDE_AGG_OPTIONS)
		return options;
	options.auto_project = value[DENSITY_AUTO_PROJECT].number != 0;
	options.has_bounds = value[DENSITY_BOUNDS].given;
	if (options.has_bounds)
	{
		const double *side = value[DENSITY_BOUNDS].numbers;

		options.bounds = (GridBox) {side[0], side[1], side[2], side[3]};
		if (!(side[0] < side[2] && side[1] < side[3]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"bounds\" of crimeml.%s has no area", table->function),
					 errhint("It is [xmin, ymin, xmax, ymax].")));
	}
	return options;
}

/* ----------
 * Aggregates
 * ----------
 */

typedef struct DensityState
{
	Kde		   *kde;
	GridRule	cell_size_rule;
	ConstantArg bounds;			/* these two where rows are read */
	ConstantArg options;
	PointReader *reader;		/* NULL until a row comes here */
} DensityState;

/* The box and the SRID of the argument "bounds". */
static GridBox
read_bounds(Datum bounds, int32 *srid)
{
	Oid			geometry = postgis_type("geometry");
	Oid			box3d = postgis_type("box3d");
	GridBox		box = {0, 0, 0, 0};

	*srid = DatumGetInt32(OidFunctionCall1(postgis_function("st_srid", 1, &geometry), bounds));
	if (!DatumGetBool(OidFunctionCall1(postgis_function("st_isempty", 1, &geometry), bounds)))
	{
		Datum		box_datum = OidFunctionCall1(postgis_function("box3d", 1, &geometry), bounds);
		double	   *side[4] = {&box.xmin, &box.ymin, &box.xmax, &box.ymax};
		const char *name[4] = {"st_xmin", "st_ymin", "st_xmax", "st_ymax"};

		for (int i = 0; i < 4; i++)
			*side[i] = DatumGetFloat8(OidFunctionCall1(postgis_function(name[i], 1, &box3d),
													   box_datum));
	}
	if (!(box.xmin < box.xmax && box.ymin < box.ymax))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"bounds\" has no area"),
				 errhint("Give a polygon, for example ST_MakeEnvelope(xmin, ymin, xmax, ymax, srid).")));
	return box;
}

/* The state for the bounds and options of the first row. */
static DensityState *
create_state(FunctionCallInfo fcinfo, MemoryContext context, const OptionTable *table,
			 int bounds_arg)
{
	DensityState *state = MemoryContextAllocZero(context, sizeof(DensityState));
	DensityOptions options;
	GridShape	shape = {0};
	GridBox		box;

	if (PG_ARGISNULL(bounds_arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"bounds\" of crimeml.%s must not be null", table->function),
				 errhint("Give a polygon, for example ST_MakeEnvelope(xmin, ymin, xmax, ymax, srid).")));
	if (PG_ARGISNULL(bounds_arg + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"options\" of crimeml.%s must not be null", table->function),
				 errhint("For example '%s'.", table->example)));
	box = read_bounds(PG_GETARG_DATUM(bounds_arg), &shape.srid);
	srid_require_planar(shape.srid, psprintf("crimeml.%s", table->function));
	options = read_options(table, PG_GETARG_JSONB_P(bounds_arg + 1));
	if (options.kernel != KDE_NONE && options.bandwidth == 0)
		option_error(table, &table->spec[DENSITY_BANDWIDTH], NULL);

	shape.metres = srid_info(shape.srid).metres;
	shape.cell_size = options.cell_size;
	state->cell_size_rule = GRID_RULE_GIVEN;
	if (shape.cell_size == 0)
	{
		shape.cell_size = shape_choose_cell_size(&box);
		state->cell_size_rule = GRID_RULE_SHORT_SIDE;
	}
	shape_cover(&shape, &box, false);
	state->kde = kde_create(context, &shape, options.kernel, options.bandwidth);
	constant_arg_keep(&state->bounds, context, fcinfo, bounds_arg);
	constant_arg_keep(&state->options, context, fcinfo, bounds_arg + 1);
	return state;
}

/* A finite weight. */
static double
check_weight(double weight)
{
	if (!isfinite(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g cannot be used", weight),
				 errhint("Weights are finite numbers; a row whose weight is null is left out.")));
	return weight;
}

/* (state, geom [, weight], bounds, options) */
static Datum
transition(FunctionCallInfo fcinfo, const OptionTable *table)
{
	bool		weighted = PG_NARGS() == 5;
	int			bounds_arg = weighted ? 3 : 2;
	MemoryContext context;
	DensityState *state;
	double		x;
	double		y;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = PG_ARGISNULL(0) ? NULL : (DensityState *) PG_GETARG_POINTER(0);
	if (state == NULL)
		state = create_state(fcinfo, context, table, bounds_arg);
	else
	{
		constant_arg_check(&state->bounds, fcinfo, bounds_arg, "bounds");
		constant_arg_check(&state->options, fcinfo, bounds_arg + 1, "options");
	}
	if (PG_ARGISNULL(1) || (weighted && PG_ARGISNULL(2)))
		PG_RETURN_POINTER(state);

	if (state->reader == NULL)
	{
		state->reader = point_reader_create(context);
		state->reader->srid = state->kde->shape.srid;
	}
	if (point_read(state->reader, PG_GETARG_DATUM(1), &x, &y))
		kde_add(state->kde, x, y, weighted ? check_weight(PG_GETARG_FLOAT8(2)) : 1, 1);
	PG_RETURN_POINTER(state);
}

Datum
crimeml_kde_agg_transition(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, &kde_agg_options);
}

Datum
crimeml_grid_count_agg_transition(PG_FUNCTION_ARGS)
{
	return transition(fcinfo, &grid_count_agg_options);
}

Datum
crimeml_grid_agg_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	DensityState *state;
	DensityState *from;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = PG_ARGISNULL(0) ? NULL : (DensityState *) PG_GETARG_POINTER(0);
	from = PG_ARGISNULL(1) ? NULL : (DensityState *) PG_GETARG_POINTER(1);
	if (from == NULL)
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
	{
		state = MemoryContextAllocZero(context, sizeof(DensityState));
		state->cell_size_rule = from->cell_size_rule;
		state->kde = kde_create(context, &from->kde->shape, from->kde->kernel,
								from->kde->bandwidth);
	}
	else if (!kde_same(state->kde, from->kde))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bounds and options must be the same for all rows of one grid"),
				 errhint("Group by what they depend on.")));
	kde_combine(state->kde, from->kde);
	PG_RETURN_POINTER(state);
}

Datum
crimeml_grid_agg_serialize(PG_FUNCTION_ARGS)
{
	DensityState *state = (DensityState *) PG_GETARG_POINTER(0);
	ByteWriter	w;
	bytea	   *result;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	writer_init(&w);
	/* the length word comes first, so that nothing is copied */
	write_u32(&w, 0);
	write_u8(&w, state->cell_size_rule);
	kde_write(state->kde, &w);
	if (w.len > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the grid is too large to be shared with a parallel worker"),
				 errhint("SET max_parallel_workers_per_gather = 0, or raise cell_size.")));
	result = (bytea *) w.data;
	SET_VARSIZE(result, w.len);
	PG_RETURN_BYTEA_P(result);
}

Datum
crimeml_grid_agg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	DensityState *state = palloc0(sizeof(DensityState));
	ByteReader	r;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), "state of a grid aggregate");
	state->cell_size_rule = read_u8(&r);
	state->kde = kde_read(CurrentMemoryContext, &r);
	read_end(&r);
	PG_RETURN_POINTER(state);
}

/* The grid of a finished sum. */
static Grid *
build_grid(const Kde *kde, GridRule cell_size_rule, GridRule bandwidth_rule)
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

Datum
crimeml_grid_agg_final(PG_FUNCTION_ARGS)
{
	DensityState *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (DensityState *) PG_GETARG_POINTER(0);
	PG_RETURN_POINTER(build_grid(state->kde, state->cell_size_rule,
								 state->kde->kernel == KDE_NONE ? GRID_RULE_NONE : GRID_RULE_GIVEN));
}

/* ----------
 * kde(source, options)
 * ----------
 */

typedef struct KdeSource
{
	PointReader *reader;
	Places		places;
	int			geom;			/* columns */
	int			weight;			/* -1: none */
	Oid			weight_type;
	int64		points;
	double		sum;			/* of the weights */
	Squares		squares;
} KdeSource;

/* The columns geom and weight. */
static void
source_start(void *arg, TupleDesc desc)
{
	KdeSource  *source = arg;
	int			geom = source_column(desc, "geom", true);

	if (getBaseType(TupleDescAttr(desc, geom)->atttypid) == postgis_type("geography"))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("crimeml.kde takes geometry, and column \"geom\" is of type geography"),
				 errhint("Write geom::geometry AS geom, and the option {\"auto_project\": true}.")));
	source->geom = source_geometry_column(desc, "geom", true);
	source->weight = source_column(desc, "weight", false);
	if (source->weight < 0)
		return;
	source->weight_type = getBaseType(TupleDescAttr(desc, source->weight)->atttypid);
	switch (source->weight_type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case NUMERICOID:
			break;
		default:
			source_column_of(desc, "weight", FLOAT8OID, true);
	}
}

/* A weight of any of the types that source_start() lets in. */
static double
weight_of(Oid type, Datum value)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		default:
			return DatumGetFloat8(value);
	}
}

/* Collect one row. */
static void
source_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	KdeSource  *source = arg;
	double		weight = 1;
	double		x;
	double		y;

	if (isnull[source->geom] || (source->weight >= 0 && isnull[source->weight]))
		return;
	if (!point_read(source->reader, values[source->geom], &x, &y))
		return;
	if (source->weight >= 0)
		weight = check_weight(weight_of(source->weight_type, values[source->weight]));
	places_add(&source->places, x, y, weight);
	source->points++;
	source->sum += weight;
	squares_add(&source->squares, weight, 0);
}

/* Keep the places inside the box; how many there are. */
static uint32
keep_inside(Place *place, uint32 n, const GridBox *box)
{
	uint32		kept = 0;

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (place[i].x >= box->xmin && place[i].x <= box->xmax &&
			place[i].y >= box->ymin && place[i].y <= box->ymax)
			place[kept++] = place[i];
	}
	return kept;
}

/* A few points far from all others would rule every choice. */
static void
check_stray(const GridBox *all, const GridBox *core)
{
	double		width = core->xmax - core->xmin;
	double		height = core->ymax - core->ymin;

	if ((width > 0 && all->xmax - all->xmin > 10 * width) ||
		(height > 0 && all->ymax - all->ymin > 10 * height))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the points reach from (%.8g %.8g) to (%.8g %.8g), but nearly all lie between (%.8g %.8g) and (%.8g %.8g)",
						all->xmin, all->ymin, all->xmax, all->ymax,
						core->xmin, core->ymin, core->xmax, core->ymax),
				 errdetail("A few stray points, often at (0 0), would make the map more than ten times too large."),
				 errhint("Leave them out in the source, or give the option \"bounds\": [xmin, ymin, xmax, ymax].")));
}

/* What cannot be chosen for points that lie on one spot. */
pg_noreturn static void
one_spot(const char *option)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" cannot be chosen: all points lie on one spot", option),
			 errhint("Give it in the options: {\"cell_size\": 100, \"bandwidth\": 300}.")));
}

/* Fill in what the caller left open, and say what was taken. */
static void
choose(DensityOptions *options, GridShape *shape, const KdeSource *source,
	   GridRule *cell_size_rule, GridRule *bandwidth_rule)
{
	Place	   *place = places_sorted(&source->places);
	uint32		n = source->places.n;
	GridBox		all;
	GridBox		core;
	double		margin;

	if (options->has_bounds)
		n = keep_inside(place, n, &options->bounds);
	if (n > 0)
		places_extent(place, n, &all, &core);
	else
		all = core = options->bounds;
	if (!options->has_bounds)
		check_stray(&all, &core);

	*bandwidth_rule = GRID_RULE_GIVEN;
	if (options->bandwidth == 0)
	{
		double		unit = ldexp(1, -source->squares.exponent);
		double		sigma;

		/* in the unit in which the squares are, that no product runs over */
		for (uint32 i = 0; i < n; i++)
			place[i].weight *= unit;
		sigma = bandwidth_scott(place, n, source->sum * unit / source->squares.sum);
		if (!(source->sum > 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"bandwidth\" cannot be chosen: the weights add up to %g", source->sum),
					 errhint("Give it in the options: {\"bandwidth\": 300}.")));
		*bandwidth_rule = GRID_RULE_SCOTT;
		options->bandwidth = kde_bandwidth_of_sigma(options->kernel, sigma);
		if (!(options->bandwidth >= GRID_MIN_LENGTH))
			one_spot("bandwidth");
	}
	*cell_size_rule = GRID_RULE_GIVEN;
	if (options->cell_size == 0)
	{
		*cell_size_rule = GRID_RULE_SHORT_SIDE;
		options->cell_size = shape_choose_cell_size(options->has_bounds ? &options->bounds : &all);
		if (!(options->cell_size >= GRID_MIN_LENGTH))
			one_spot("cell_size");
	}
	if (!options->has_bounds)
	{
		/* as far as the points reach, so that the map holds them whole */
		margin = options->kernel == KDE_GAUSSIAN ? 3 * options->bandwidth : options->bandwidth;
		options->bounds.xmin = all.xmin - margin;
		options->bounds.ymin = all.ymin - margin;
		options->bounds.xmax = all.xmax + margin;
		options->bounds.ymax = all.ymax + margin;
	}
	pfree(place);

	shape->cell_size = options->cell_size;
	shape_cover(shape, &options->bounds, false);
	if (*bandwidth_rule != GRID_RULE_GIVEN || *cell_size_rule != GRID_RULE_GIVEN ||
		!options->has_bounds)
		ereport(NOTICE,
				(errmsg("kde: %d x %d cells of %.6g%s, %s kernel with %s %.6g%s",
						shape->columns, shape->rows, shape->cell_size,
						*cell_size_rule == GRID_RULE_GIVEN ? "" : " (short side / 50)",
						kde_kernel_name[options->kernel],
						options->kernel == KDE_GAUSSIAN ? "sigma" : "radius",
						options->bandwidth,
						*bandwidth_rule == GRID_RULE_GIVEN ? "" : " (Scott's rule)")));
}

/*
 * Take the points, and the bounds where given, from longitude and latitude to
 * the UTM zone of their middle.  Stray points have no say in where that is.
 */
static void
project(DensityOptions *options, KdeSource *source, int32 *srid)
{
	Place	   *place = places_sorted(&source->places);
	GridBox		all;
	GridBox		core;
	int32		utm;

	places_extent(place, source->places.n, &all, &core);
	pfree(place);
	if (options->has_bounds)
	{
		/* what is a zone away cannot be projected, nor reach the map */
		core = options->bounds;
		all.xmin = Max(all.xmin, core.xmin - 6);
		all.xmax = Min(all.xmax, core.xmax + 6);
		all.ymin = Max(all.ymin, core.ymin - 6);
		all.ymax = Min(all.ymax, core.ymax + 6);
	}
	else
		check_stray(&all, &core);
	utm = utm_srid(options->has_bounds ? &core : &all,
				   (core.xmin + core.xmax) / 2, (core.ymin + core.ymax) / 2);
	ereport(NOTICE,
			(errmsg("kde: longitude and latitude are projected to UTM zone %d %s, SRID %d",
					utm % 100, utm < 32700 ? "north" : "south", utm)));
	source->places = project_places(&source->places, *srid, utm, &all);
	if (options->has_bounds)
		options->bounds = project_box(&options->bounds, *srid, utm);
	*srid = utm;
}

Datum
crimeml_kde(PG_FUNCTION_ARGS)
{
	char	   *text = arg_text(fcinfo, 0, "source");
	KdeSource	source = {.squares = SQUARES_EMPTY};
	DensityOptions options;
	GridShape	shape = {0};
	GridRule	cell_size_rule;
	GridRule	bandwidth_rule;
	Kde		   *kde;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "options")));
	options = read_options(&kde_options, PG_GETARG_JSONB_P(1));
	source.reader = point_reader_create(CurrentMemoryContext);
	places_init(&source.places, CurrentMemoryContext);
	source_read("kde", text, source_start, source_row, &source);
	if (source.points == 0)
		PG_RETURN_NULL();
	if (!isfinite(source.sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the sum of the weights is out of range")));

	shape.srid = source.reader->srid;
	if (srid_info(shape.srid).geographic)
	{
		if (!options.auto_project)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("crimeml.kde needs a planar SRID, and %d has longitude and latitude in degrees",
							shape.srid),
					 errhint("Project first, ST_Transform(geom, srid), or give the option {\"auto_project\": true} for the UTM zone of the place.")));
		project(&options, &source, &shape.srid);
	}
	shape.metres = srid_info(shape.srid).metres;
	choose(&options, &shape, &source, &cell_size_rule, &bandwidth_rule);

	kde = kde_create(CurrentMemoryContext, &shape, options.kernel, options.bandwidth);
	for (uint32 i = 0; i < source.places.capacity; i++)
	{
		const Place *place = &source.places.slot[i];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isnan(place->x))
			kde_add(kde, place->x, place->y, place->weight, 0);
	}
	/* the sums by row: no more than the points themselves */
	kde->points = source.points;
	kde->weight = source.sum;
	PG_RETURN_POINTER(build_grid(kde, cell_size_rule, bandwidth_rule));
}
