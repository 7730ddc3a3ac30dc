/*
 * cells.c
 *		The SQL function cells.
 */
#include "grid/grid.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "data/points.h"
#include "grid/cell.h"

PG_FUNCTION_INFO_V1(crimeml_cells);

/* What cells() keeps between its rows. */
typedef struct CellsState
{
	Grid	   *grid;
	bool		nonzero;
	int64		next;
	bool		lonlat;			/* can the SRID be transformed? */
	CellMaker  *maker;
	PointMaker *point_maker;
	FmgrInfo	transform;
	FmgrInfo	st_x;
	FmgrInfo	st_y;
} CellsState;

/* The functions of PostGIS that cells() calls. */
static void
cells_prepare(CellsState *state, MemoryContext context)
{
	Oid			geometry = postgis_type("geometry");
	Oid			geometry_int[2] = {geometry, INT4OID};

	state->maker = cell_maker_create(context, &state->grid->shape);
	state->point_maker = point_maker_create(context);
	fmgr_info_cxt(postgis_function("st_transform", 2, geometry_int), &state->transform, context);
	if (state->lonlat)
		postgis_learn_transform(&state->transform, state->grid->shape.srid, SRID_WGS84);
	fmgr_info_cxt(postgis_function("st_x", 1, &geometry), &state->st_x, context);
	fmgr_info_cxt(postgis_function("st_y", 1, &geometry), &state->st_y, context);
}

/* The row of one cell. */
static Datum
cell_row(CellsState *state, TupleDesc desc, int64 cell)
{
	const GridShape *shape = &state->grid->shape;
	int			column = (int) (cell % shape->columns);
	int			row = (int) (cell / shape->columns);
	Datum		values[7];
	bool		nulls[7] = {false};

	cell_columns(state->maker, cell, values);
	nulls[4] = nulls[5] = !state->lonlat;
	if (state->lonlat)
	{
		Datum		point = point_make(state->point_maker, shape_center_x(shape, column),
									   shape_center_y(shape, row), shape->srid);

		point = FunctionCall2(&state->transform, point, Int32GetDatum(SRID_WGS84));
		values[4] = FunctionCall1(&state->st_x, point);
		values[5] = FunctionCall1(&state->st_y, point);
	}
	values[6] = Float8GetDatum(state->grid->value[cell]);
	nulls[6] = isnan(state->grid->value[cell]);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* cells(grid, nonzero): a row a cell, from the south-west. */
Datum
crimeml_cells(PG_FUNCTION_ARGS)
{
	FuncCallContext *context;
	CellsState *state;
	int64		cells;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;
		TupleDesc	desc;

		context = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		context->tuple_desc = BlessTupleDesc(desc);
		state = palloc0(sizeof(CellsState));
		/* a copy: the argument may not live as long as the rows */
		state->grid = (Grid *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
		grid_of_datum(PointerGetDatum(state->grid));
		state->nonzero = PG_GETARG_BOOL(1);
		state->lonlat = srid_info(state->grid->shape.srid).known;
		cells_prepare(state, context->multi_call_memory_ctx);
		context->user_fctx = state;
		MemoryContextSwitchTo(old);
	}
	context = SRF_PERCALL_SETUP();
	state = context->user_fctx;

	cells = shape_cells(&state->grid->shape);
	while (state->nonzero && state->next < cells &&
		   !(state->grid->value[state->next] != 0 && !isnan(state->grid->value[state->next])))
	{
		if ((++state->next & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	if (state->next >= cells)
		SRF_RETURN_DONE(context);
	CHECK_FOR_INTERRUPTS();
	SRF_RETURN_NEXT(context, cell_row(state, context->tuple_desc, state->next++));
}
