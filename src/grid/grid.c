/*
 * grid.c
 *		The type crimeml.grid and what looks at one: I/O, normalize, describe,
 *		cells.
 */
#include "grid/grid.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "data/points.h"
#include "grid/algebra.h"
#include "grid/cell.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#define GRID_MAGIC 0x474d5243	/* "CRMG", little endian */
#define GRID_FORMAT 0
/* magic, version, checksum */
#define GRID_FRONT 10
/* what follows it, up to the values */
#define GRID_HEADER 64

PG_FUNCTION_INFO_V1(grid_in);
PG_FUNCTION_INFO_V1(grid_out);
PG_FUNCTION_INFO_V1(grid_recv);
PG_FUNCTION_INFO_V1(grid_send);
PG_FUNCTION_INFO_V1(grid_normalize);
PG_FUNCTION_INFO_V1(grid_describe);
PG_FUNCTION_INFO_V1(grid_cells);

static const char *const kind_text[GRID_KINDS] = {
	"incidents", "incidents per km2", "probability density", "values"
};

static const char *const rule_text[GRID_RULES] = {
	NULL, "given", "short side / 50", "scott"
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

/* ----------
 * Text and binary forms
 * ----------
 */

static void
grid_write(const Grid *grid, ByteWriter *w)
{
	int64		cells = shape_cells(&grid->shape);
	pg_crc32c	crc;
	uint8		bytes[4];

	write_u32(w, GRID_MAGIC);
	write_u16(w, GRID_FORMAT);
	write_u32(w, 0);
	write_u32(w, (uint32) grid->shape.srid);
	write_u32(w, (uint32) grid->shape.i0);
	write_u32(w, (uint32) grid->shape.j0);
	write_u32(w, (uint32) grid->shape.columns);
	write_u32(w, (uint32) grid->shape.rows);
	write_u8(w, grid->kind);
	write_u8(w, grid->kernel);
	write_u8(w, grid->cell_size_rule);
	write_u8(w, grid->bandwidth_rule);
	write_f64(w, grid->shape.cell_size);
	write_f64(w, grid->shape.metres);
	write_f64(w, grid->bandwidth);
	write_u64(w, (uint64) grid->points);
	write_f64(w, grid->weight);
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		write_f64(w, grid->value[i]);
	}

	INIT_CRC32C(crc);
	crc = bytes_crc32c(crc, w->data + GRID_FRONT, w->len - GRID_FRONT);
	FIN_CRC32C(crc);
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8) (crc >> (8 * i));
	memcpy(w->data + GRID_FRONT - 4, bytes, 4);
}

/* Is the number finite and within the bounds? */
static bool
within(double value, double min, double max)
{
	return value >= min && value <= max;
}

/* The one way in: nothing that a function relies on is left unchecked. */
static Grid *
grid_read(const void *data, Size len)
{
	ByteReader	r;
	GridShape	shape = {0};
	Grid	   *grid;
	uint16		format;
	uint32		stored;
	pg_crc32c	crc;
	uint8		byte[4];
	double		bandwidth;
	int64		cells;

	reader_init(&r, data, len, "grid");
	if (read_u32(&r) != GRID_MAGIC)
		reader_damaged(&r, "it does not begin as a grid");
	format = read_u16(&r);
	if (format != GRID_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("grid of format %d cannot be read by this version of crimeml", format),
				 errhint("Install the version of crimeml that wrote it, or a newer one.")));
	stored = read_u32(&r);
	INIT_CRC32C(crc);
	crc = bytes_crc32c(crc, (const uint8 *) data + GRID_FRONT, len - GRID_FRONT);
	FIN_CRC32C(crc);
	if (crc != stored)
		reader_damaged(&r, "the checksum is wrong");

	shape.srid = (int32) read_u32(&r);
	shape.i0 = (int32) read_u32(&r);
	shape.j0 = (int32) read_u32(&r);
	shape.columns = (int32) read_u32(&r);
	shape.rows = (int32) read_u32(&r);
	for (int i = 0; i < 4; i++)
		byte[i] = read_u8(&r);
	shape.cell_size = read_f64(&r);
	shape.metres = read_f64(&r);
	bandwidth = read_f64(&r);

	if (shape.srid < 0)
		reader_damaged(&r, "the SRID is negative");
	if (shape.columns < 1 || shape.rows < 1 || shape_cells(&shape) > GRID_MAX_CELLS ||
		(int64) shape.i0 + shape.columns > PG_INT32_MAX ||
		(int64) shape.j0 + shape.rows > PG_INT32_MAX)
		reader_damaged(&r, "the number of cells is out of range");
	if (byte[0] >= GRID_KINDS || byte[1] >= KDE_KERNELS ||
		byte[2] >= GRID_RULES || byte[3] >= GRID_RULES)
		reader_damaged(&r, "an unknown kind, kernel or rule");
	if (!within(shape.cell_size, GRID_MIN_LENGTH, GRID_MAX_LENGTH) ||
		!within(shape.metres, 1e-9, 1e9))
		reader_damaged(&r, "the cell size is out of range");
	if (byte[1] == KDE_NONE ? bandwidth != 0 :
		!within(bandwidth, GRID_MIN_LENGTH, GRID_MAX_LENGTH))
		reader_damaged(&r, "the bandwidth is out of range");

	cells = shape_cells(&shape);
	if (len != GRID_FRONT + GRID_HEADER + (Size) cells * sizeof(double))
		reader_damaged(&r, "its length is not that of its cells");
	grid = grid_create(&shape, byte[0]);
	grid->kernel = byte[1];
	grid->cell_size_rule = byte[2];
	grid->bandwidth_rule = byte[3];
	grid->bandwidth = bandwidth;
	grid->points = (int64) read_u64(&r);
	grid->weight = read_f64(&r);
	if (grid->points < 0 || !isfinite(grid->weight))
		reader_damaged(&r, "the number of points is out of range");
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		grid->value[i] = read_f64(&r);
		if (isinf(grid->value[i]))
			reader_damaged(&r, "a value is infinite");
	}
	read_end(&r);
	return grid;
}

Datum
grid_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	int			len = strlen(text);
	Size		n = 0;
	void	   *bytes = base64_decode(text, len, 0, &n);

	if (bytes == NULL || n < GRID_FRONT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type grid: \"%.*s%s\"",
						pg_mbcliplen(text, len, 20), text, len > 20 ? "..." : ""),
				 errhint("The text of a grid is what crimeml wrote: base64 without line breaks.")));
	PG_RETURN_POINTER(grid_read(bytes, n));
}

Datum
grid_out(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	ByteWriter	w;
	Size		chars;
	char	   *text;

	writer_init(&w);
	grid_write(grid, &w);
	chars = base64_length(w.len);
	text = palloc(chars + 1);
	base64_encode(w.data, w.len, text);
	text[chars] = '\0';
	PG_RETURN_CSTRING(text);
}

Datum
grid_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;

	PG_RETURN_POINTER(grid_read(pq_getmsgbytes(buf, len), len));
}

Datum
grid_send(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	ByteWriter	w;
	StringInfoData buf;

	writer_init(&w);
	grid_write(grid, &w);
	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (const void *) w.data, (int) w.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ----------
 * Functions
 * ----------
 */

/* normalize(grid) -> grid: what integrates to the share of points inside. */
Datum
grid_normalize(PG_FUNCTION_ARGS)
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

/* A JSON member with a number; what is no number is null. */
static void
append_number(StringInfo json, const char *name, double value)
{
	if (isfinite(value))
		appendStringInfo(json, "\"%s\": %s, ", name, double_to_shortest_decimal(value));
	else
		appendStringInfo(json, "\"%s\": null, ", name);
}

/* A JSON member with one of our own texts, which need no escapes. */
static void
append_string(StringInfo json, const char *name, const char *value)
{
	if (value != NULL)
		appendStringInfo(json, "\"%s\": \"%s\", ", name, value);
	else
		appendStringInfo(json, "\"%s\": null, ", name);
}

/* describe(grid) -> jsonb */
Datum
grid_describe(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	const GridShape *shape = &grid->shape;
	int64		cells = shape_cells(shape);
	double		min = NAN;
	double		max = NAN;
	int64		nonzero = 0;
	int64		nodata = 0;
	StringInfoData json;

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

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_string(&json, "values", grid_kind_text(grid));
	append_number(&json, "srid", shape->srid);
	append_number(&json, "metres_per_unit", shape->metres);
	append_number(&json, "cell_size", shape->cell_size);
	append_string(&json, "cell_size_rule", rule_text[grid->cell_size_rule]);
	append_number(&json, "cell_km2", shape_cell_km2(shape));
	append_number(&json, "columns", shape->columns);
	append_number(&json, "rows", shape->rows);
	append_number(&json, "cells", cells);
	append_number(&json, "i0", shape->i0);
	append_number(&json, "j0", shape->j0);
	append_number(&json, "xmin", shape->i0 * shape->cell_size);
	append_number(&json, "ymin", shape->j0 * shape->cell_size);
	append_number(&json, "xmax", ((double) shape->i0 + shape->columns) * shape->cell_size);
	append_number(&json, "ymax", ((double) shape->j0 + shape->rows) * shape->cell_size);
	if (grid->kernel != KDE_NONE)
	{
		append_string(&json, "kernel", kde_kernel_name[grid->kernel]);
		append_number(&json, "bandwidth", grid->bandwidth);
		append_string(&json, "bandwidth_is",
					  grid->kernel == KDE_GAUSSIAN ? "sigma" : "radius");
		append_string(&json, "bandwidth_rule", rule_text[grid->bandwidth_rule]);
	}
	append_number(&json, "points", grid->points);
	append_number(&json, "weight", grid->weight);
	append_number(&json, "inside", grid_inside(grid));
	append_number(&json, "nonzero", nonzero);
	append_number(&json, "nodata", nodata);
	append_number(&json, "min", min);
	append_number(&json, "max", max);
	/* the last separator */
	json.len -= 2;
	json.data[json.len] = '\0';
	appendStringInfoChar(&json, '}');
	PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}

/* What cells() keeps between its rows. */
typedef struct CellsState
{
	Grid	   *grid;
	bool		nonzero;
	int64		next;
	bool		lonlat;			/* can the SRID be transformed? */
	CellMaker  *maker;
	FmgrInfo	makepoint;
	FmgrInfo	setsrid;
	FmgrInfo	transform;
	FmgrInfo	st_x;
	FmgrInfo	st_y;
} CellsState;

/* The functions of PostGIS that cells() calls. */
static void
cells_prepare(CellsState *state, MemoryContext context)
{
	Oid			geometry = postgis_type("geometry");
	Oid			floats[4] = {FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID};
	Oid			geometry_int[2] = {geometry, INT4OID};

	state->maker = cell_maker_create(context, &state->grid->shape);
	fmgr_info_cxt(postgis_function("st_makepoint", 2, floats), &state->makepoint, context);
	fmgr_info_cxt(postgis_function("st_setsrid", 2, geometry_int), &state->setsrid, context);
	fmgr_info_cxt(postgis_function("st_transform", 2, geometry_int), &state->transform, context);
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
		Datum		point = FunctionCall2(&state->makepoint,
										  Float8GetDatum(shape_center_x(shape, column)),
										  Float8GetDatum(shape_center_y(shape, row)));

		point = FunctionCall2(&state->setsrid, point, Int32GetDatum(shape->srid));
		point = FunctionCall2(&state->transform, point, Int32GetDatum(4326));
		values[4] = FunctionCall1(&state->st_x, point);
		values[5] = FunctionCall1(&state->st_y, point);
	}
	values[6] = Float8GetDatum(state->grid->value[cell]);
	nulls[6] = isnan(state->grid->value[cell]);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* cells(grid, nonzero): a row a cell, from the south-west. */
Datum
grid_cells(PG_FUNCTION_ARGS)
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
