/*
 * contours.c
 *		The SQL functions contours and isobands.
 */
#include "grid/grid.h"

#include <math.h>

#include "bytes.h"
#include "catalog/pg_type.h"
#include "data/points.h"
#include "grid/contour.h"
#include "rows.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(crimeml_contours);
PG_FUNCTION_INFO_V1(crimeml_isobands);

#define WKB_LINESTRING 2
#define WKB_POLYGON 3
#define WKB_MULTILINESTRING 5
#define WKB_MULTIPOLYGON 6
#define EWKB_SRID 0x20000000

#define MAX_LEVELS 1000

/* The argument "levels": finite numbers, here ascending and each once. */
static double *
levels_arg(FunctionCallInfo fcinfo, int *n)
{
	Datum	   *element = NULL;
	bool	   *isnull = NULL;
	double	   *level;
	int			elements = 0;

	if (!PG_ARGISNULL(1))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), FLOAT8OID, sizeof(float8),
						  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &element, &isnull, &elements);
	if (elements < 1 || elements > MAX_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"levels\" must have from 1 to %d levels, not %d",
						MAX_LEVELS, elements),
				 errhint("For example '{10,20,50}', in the unit of the grid's values; describe() tells their range.")));
	level = crimeml_array(double, elements);
	*n = 0;
	for (int i = 0; i < elements; i++)
	{
		double		value = isnull[i] ? NAN : DatumGetFloat8(element[i]);
		int			at = *n;

		if (!isfinite(value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 isnull[i] ? errmsg("argument \"levels\" must not contain null") :
					 errmsg("argument \"levels\" contains %g", value),
					 errhint("Levels are finite numbers.")));
		while (at > 0 && level[at - 1] > value)
			at--;
		if (at > 0 && level[at - 1] == value)
			continue;
		memmove(level + at + 1, level + at, (*n - at) * sizeof(double));
		level[at] = value;
		(*n)++;
	}
	return level;
}

/* The head of a geometry within another, or of a whole one. */
static void
write_head(ByteWriter *w, uint32 type, int32 srid, int64 n)
{
	write_u8(w, 1);				/* little endian */
	write_u32(w, srid > 0 ? type | EWKB_SRID : type);
	if (srid > 0)
		write_u32(w, srid);
	write_u32(w, (uint32) n);
}

static void
write_points(ByteWriter *w, const ContourLines *lines, const ContourLine *line)
{
	for (int64 i = 2 * line->first; i < 2 * (line->first + line->n); i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		write_f64(w, lines->xy[i]);
	}
}

static void
write_multilinestring(ByteWriter *w, const ContourLines *lines, int32 srid)
{
	write_head(w, WKB_MULTILINESTRING, srid, lines->n);
	for (int64 i = 0; i < lines->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		write_head(w, WKB_LINESTRING, 0, lines->line[i].n);
		write_points(w, lines, &lines->line[i]);
	}
}

static void
write_multipolygon(ByteWriter *w, const ContourLines *lines, int32 srid)
{
	write_head(w, WKB_MULTIPOLYGON, srid, lines->parts);
	for (int64 i = 0; i < lines->n;)
	{
		int64		end = i + 1;

		CHECK_FOR_INTERRUPTS();
		while (end < lines->n && lines->line[end].part == lines->line[i].part)
			end++;
		write_head(w, WKB_POLYGON, 0, end - i);
		for (; i < end; i++)
		{
			write_u32(w, (uint32) lines->line[i].n);
			write_points(w, lines, &lines->line[i]);
		}
	}
}

/* The geometry of some EWKB. */
static Datum
geometry_of(FmgrInfo *st_geomfromewkb, const ByteWriter *w)
{
	bytea	   *bytes;

	if (w->len > MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the lines of a level are above 1 GB"),
				 errhint("Raise cell_size, or smooth the grid with a larger bandwidth.")));
	bytes = palloc(VARHDRSZ + w->len);
	SET_VARSIZE(bytes, VARHDRSZ + w->len);
	crimeml_copy(VARDATA(bytes), w->data, w->len);
	return FunctionCall1(st_geomfromewkb, PointerGetDatum(bytes));
}

/* Both functions: a row a level, or a band; those without lines have none. */
static Datum
contour_rows(FunctionCallInfo fcinfo, bool bands)
{
	Grid	   *grid;
	double	   *level;
	int			levels;
	Contour    *contour;
	Oid			bytea_type = BYTEAOID;
	FmgrInfo	st_geomfromewkb;
	Rows		rows;
	MemoryContext scratch;
	MemoryContext old;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	level = levels_arg(fcinfo, &levels);
	fmgr_info(postgis_function("st_geomfromewkb", 1, &bytea_type), &st_geomfromewkb);
	crimeml_check_memory(contour_memory(&grid->shape), "the lines of the grid",
						 "the number of cells (by a larger cell_size)");
	contour = contour_create(&grid->shape, grid->value, level, levels);

	scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml level", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	for (int k = 0; k < levels + bands; k++)
	{
		ContourLines *lines = bands ? contour_band(contour, k) : contour_lines(contour, k);
		ByteWriter	w;

		if (lines->n > 0)
		{
			writer_init(&w);
			if (bands)
			{
				write_multipolygon(&w, lines, grid->shape.srid);
				rows_float8(&rows, k > 0 ? level[k - 1] : NAN);
				rows_float8(&rows, k < levels ? level[k] : NAN);
			}
			else
			{
				write_multilinestring(&w, lines, grid->shape.srid);
				rows_float8(&rows, level[k]);
			}
			rows_put(&rows, geometry_of(&st_geomfromewkb, &w));
			rows_end(&rows);
		}
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(old);
	return (Datum) 0;
}

/* contours(grid, levels) */
Datum
crimeml_contours(PG_FUNCTION_ARGS)
{
	return contour_rows(fcinfo, false);
}

/* isobands(grid, levels) */
Datum
crimeml_isobands(PG_FUNCTION_ARGS)
{
	return contour_rows(fcinfo, true);
}
