/*
 * kde_agg.c
 *		The aggregates kde_agg and grid_count_agg.
 */
#include "grid/density.h"

#include "arguments.h"
#include "data/incidents.h"
#include "data/points.h"
#include "tell.h"

PG_FUNCTION_INFO_V1(crimeml_kde_agg_transition);
PG_FUNCTION_INFO_V1(crimeml_grid_count_agg_transition);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_combine);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_serialize);
PG_FUNCTION_INFO_V1(crimeml_grid_agg_deserialize);
PG_FUNCTION_INFO_V1(crimeml_kde_agg_final);
PG_FUNCTION_INFO_V1(crimeml_grid_count_agg_final);

typedef struct DensityState
{
	Kde		   *kde;
	GridRule	cell_size_rule;
	ConstantArg bounds;			/* these two where rows are read */
	ConstantArg options;
} DensityState;

/* What bounds and options come to. */
typedef struct DensityPlan
{
	ConstantArg bounds;
	ConstantArg options;
	GridShape	shape;
	KdeKernel	kernel;
	double		bandwidth;
	GridRule	cell_size_rule;
} DensityPlan;

/* What the groups of a query share, in fn_extra. */
typedef struct DensityUse
{
	PointReader *reader;
	FmgrInfo	box3d;			/* of PostGIS */
	FmgrInfo	side[4];		/* st_xmin, ... of a box3d */
	int32		srid;			/* that was looked up; -1: none yet */
	double		metres;			/* in its unit */
	MemoryContext plan_context;
	DensityPlan *plan;			/* of the last group; or NULL */
} DensityUse;

/* What was said of the groups of a query, in fn_extra of the final function. */
typedef struct DensityTold
{
	int			nothing;		/* groups without points */
	bool		kernel;			/* that it is smaller than a cell */
} DensityTold;

static DensityUse *
density_use(FunctionCallInfo fcinfo)
{
	static const char *const side[4] = {"st_xmin", "st_ymin", "st_xmax", "st_ymax"};
	DensityUse *use = fcinfo->flinfo->fn_extra;
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	Oid			box3d;

	if (use != NULL)
		return use;
	box3d = postgis_type("box3d");
	use = MemoryContextAllocZero(context, sizeof(DensityUse));
	use->reader = point_reader_create(context);
	fmgr_info_cxt(postgis_function("box3d", 1, &use->reader->geometry), &use->box3d, context);
	for (int i = 0; i < 4; i++)
		fmgr_info_cxt(postgis_function(side[i], 1, &box3d), &use->side[i], context);
	use->srid = -1;
	use->plan_context = AllocSetContextCreate(context, "crimeml density plan",
											  ALLOCSET_SMALL_SIZES);
	fcinfo->flinfo->fn_extra = use;
	return use;
}

/* The box and the SRID of the argument "bounds". */
static GridBox
read_bounds(DensityUse *use, Datum bounds, int32 *srid)
{
	GridBox		box = {0, 0, 0, 0};

	*srid = DatumGetInt32(FunctionCall1(&use->reader->st_srid, bounds));
	if (!point_is_empty(use->reader, bounds))
	{
		Datum		box_datum = FunctionCall1(&use->box3d, bounds);
		double	   *side[4] = {&box.xmin, &box.ymin, &box.xmax, &box.ymax};

		for (int i = 0; i < 4; i++)
			*side[i] = DatumGetFloat8(FunctionCall1(&use->side[i], box_datum));
	}
	if (!(box.xmin < box.xmax && box.ymin < box.ymax))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"bounds\" has no area"),
				 errhint("Give a polygon, for example ST_MakeEnvelope(xmin, ymin, xmax, ymax, srid).")));
	return box;
}

/* The plan for the bounds and options of a row: that of the last group, or a new one. */
static const DensityPlan *
density_plan(FunctionCallInfo fcinfo, const OptionTable *table, int bounds_arg)
{
	DensityUse *use = density_use(fcinfo);
	DensityPlan *plan = use->plan;
	DensityOptions options;
	GridBox		box;

	if (plan != NULL && constant_arg_same(&plan->bounds, fcinfo, bounds_arg) &&
		constant_arg_same(&plan->options, fcinfo, bounds_arg + 1))
		return plan;
	if (PG_ARGISNULL(bounds_arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"bounds\" of %s must not be null", table->function),
				 errhint("Give a polygon, for example ST_MakeEnvelope(xmin, ymin, xmax, ymax, srid).")));
	if (PG_ARGISNULL(bounds_arg + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"options\" of %s must not be null", table->function),
				 errhint("For example '%s'.", table->example)));
	use->plan = NULL;
	MemoryContextReset(use->plan_context);
	plan = MemoryContextAllocZero(use->plan_context, sizeof(DensityPlan));

	box = read_bounds(use, PG_GETARG_DATUM(bounds_arg), &plan->shape.srid);
	if (use->srid != plan->shape.srid)
	{
		srid_require_planar(plan->shape.srid, table->function);
		use->metres = srid_info(plan->shape.srid).metres;
		use->srid = plan->shape.srid;
	}
	options = density_options(table, PG_GETARG_JSONB_P(bounds_arg + 1));
	plan->cell_size_rule = density_cell_size(&options, &box, &box);
	plan->kernel = options.kernel;
	plan->bandwidth = options.bandwidth;
	plan->shape.metres = use->metres;
	plan->shape.cell_size = options.cell_size;
	shape_cover(&plan->shape, &box, false);
	constant_arg_keep(&plan->bounds, use->plan_context, fcinfo, bounds_arg);
	constant_arg_keep(&plan->options, use->plan_context, fcinfo, bounds_arg + 1);
	return use->plan = plan;
}

/* The state for the bounds and options of the first row. */
static DensityState *
create_state(FunctionCallInfo fcinfo, MemoryContext context, const OptionTable *table,
			 int bounds_arg)
{
	const DensityPlan *plan = density_plan(fcinfo, table, bounds_arg);
	DensityState *state = MemoryContextAllocZero(context, sizeof(DensityState));

	state->cell_size_rule = plan->cell_size_rule;
	state->kde = kde_create(context, &plan->shape, plan->kernel, plan->bandwidth);
	constant_arg_copy(&state->bounds, context, &plan->bounds);
	constant_arg_copy(&state->options, context, &plan->options);
	return state;
}

/* (state, geom [, weight], bounds, options) */
static Datum
transition(FunctionCallInfo fcinfo, const OptionTable *table)
{
	bool		weighted = PG_NARGS() == 5;
	int			bounds_arg = weighted ? 3 : 2;
	MemoryContext context;
	DensityState *state;
	PointReader *reader;
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

	reader = density_use(fcinfo)->reader;
	reader->srid = state->kde->shape.srid;
	if (point_read(reader, PG_GETARG_DATUM(1), &x, &y))
		kde_add(state->kde, x, y, weighted ? incident_weight(PG_GETARG_FLOAT8(2)) : 1, 1);
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

static bool
is_zero(const Grid *grid)
{
	int64		cells = shape_cells(&grid->shape);

	for (int64 i = 0; i < cells; i++)
	{
		if (i % 0x10000 == 0)
			CHECK_FOR_INTERRUPTS();
		if (grid->value[i] != 0)
			return false;
	}
	return true;
}

/* There is no grid, or nothing on it: say so. */
static void
tell_nothing(const char *aggregate, int *told, const Grid *grid)
{
	/* a kernel that is lost between the cells is told elsewhere */
	if (grid != NULL && (!is_zero(grid) || (grid->points > 0 && grid_kernel_below_cell(grid))))
		return;
	if (!tell_group(told, aggregate))
		return;
	if (grid == NULL)
		ereport(NOTICE,
				(errmsg("%s: no grid, since there are no rows", aggregate)));
	else if (grid->points == 0)
		ereport(NOTICE,
				(errmsg("%s: the grid is 0 everywhere, since no row has a place", aggregate)));
	else
		ereport(NOTICE,
				(errmsg("%s: the grid is 0 everywhere, with %lld incidents", aggregate,
						(long long) grid->points),
				 errhint("Compare the bounds with where they lie: ST_Extent(geom).")));
}

static Datum
final(FunctionCallInfo fcinfo, const char *aggregate)
{
	DensityState *state = PG_ARGISNULL(0) ? NULL : (DensityState *) PG_GETARG_POINTER(0);
	DensityTold *told = fcinfo->flinfo->fn_extra;
	Grid	   *grid = NULL;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (told == NULL)
		told = fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
																 sizeof(DensityTold));
	if (state != NULL)
		grid = density_grid(state->kde, state->cell_size_rule,
							state->kde->kernel == KDE_NONE ? GRID_RULE_NONE : GRID_RULE_GIVEN);
	tell_nothing(aggregate, &told->nothing, grid);
	if (grid == NULL)
		PG_RETURN_NULL();
	if (!told->kernel)
		told->kernel = density_tell_kernel(aggregate, grid);
	PG_RETURN_POINTER(grid);
}

Datum
crimeml_kde_agg_final(PG_FUNCTION_ARGS)
{
	return final(fcinfo, "kde_agg");
}

Datum
crimeml_grid_count_agg_final(PG_FUNCTION_ARGS)
{
	return final(fcinfo, "grid_count_agg");
}
