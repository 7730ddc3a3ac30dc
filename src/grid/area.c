/*
 * area.c
 *		Which cells of a grid lie in a polygon, by PostGIS.
 *
 * Asking for each centre would be a million calls.  Blocks of cells are asked
 * for instead: those wholly inside or outside are done with, the others are
 * cut in four.  The calls follow the polygon's edge, and PostGIS keeps the
 * polygon prepared between them.
 */
#include "grid/area.h"

#include "catalog/pg_type.h"
#include "data/points.h"

typedef struct AreaSearch
{
	const GridShape *shape;
	Datum		area;
	bool	   *inside;
	MemoryContext scratch;
	uint32		calls;
	PointMaker *maker;
	FmgrInfo	intersects;
	FmgrInfo	covers;
	FmgrInfo	makeenvelope;
} AreaSearch;

/* The block of centres as a geometry. */
static Datum
block_geometry(AreaSearch *search, int column, int row, int columns, int rows)
{
	const GridShape *shape = search->shape;
	double		xmin = shape_center_x(shape, column);
	double		ymin = shape_center_y(shape, row);

	if (columns == 1 && rows == 1)
		return point_make(search->maker, xmin, ymin, shape->srid);
	return FunctionCall5(&search->makeenvelope, Float8GetDatum(xmin), Float8GetDatum(ymin),
						 Float8GetDatum(shape_center_x(shape, column + columns - 1)),
						 Float8GetDatum(shape_center_y(shape, row + rows - 1)),
						 Int32GetDatum(shape->srid));
}

static void
search_block(AreaSearch *search, int column, int row, int columns, int rows)
{
	Datum		block;
	int			west;
	int			south;

	CHECK_FOR_INTERRUPTS();
	if ((++search->calls & 255) == 0)
		MemoryContextReset(search->scratch);
	/* a row or column of centres is a line, which not all predicates take */
	if ((columns > 1 && rows > 1) || (columns == 1 && rows == 1))
	{
		block = block_geometry(search, column, row, columns, rows);
		if (!DatumGetBool(FunctionCall2(&search->intersects, search->area, block)))
			return;
		if ((columns == 1 && rows == 1) ||
			DatumGetBool(FunctionCall2(&search->covers, search->area, block)))
		{
			for (int r = row; r < row + rows; r++)
				memset(search->inside + (Size) r * search->shape->columns + column, true, columns);
			return;
		}
	}
	west = Max(columns / 2, 1);
	south = Max(rows / 2, 1);
	search_block(search, column, row, west, south);
	if (columns > west)
		search_block(search, column + west, row, columns - west, south);
	if (rows > south)
		search_block(search, column, row + south, west, rows - south);
	if (columns > west && rows > south)
		search_block(search, column + west, row + south, columns - west, rows - south);
}

bool *
area_cells(const GridShape *shape, Datum geometry, const char *argument)
{
	Oid			type = postgis_type("geometry");
	Oid			two[2] = {type, type};
	Oid			with_int[2] = {type, INT4OID};
	Oid			envelope[5] = {FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, INT4OID};
	AreaSearch	search = {0};
	MemoryContext old;
	int32		srid = DatumGetInt32(OidFunctionCall1(postgis_function("st_srid", 1, &type), geometry));

	if (srid != shape->srid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" is in SRID %d, the grid in SRID %d",
						argument, srid, shape->srid),
				 errhint("Bring it into the grid's with ST_Transform.")));
	/* in 2D, since a Z would go into the cached polygon for nothing */
	geometry = OidFunctionCall1(postgis_function("st_force2d", 1, &type), geometry);
	geometry = OidFunctionCall2(postgis_function("st_collectionextract", 2, with_int),
								geometry, Int32GetDatum(3));
	if (DatumGetFloat8(OidFunctionCall1(postgis_function("st_area", 1, &type), geometry)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" has no area", argument),
				 errhint("Give a polygon or a multipolygon.")));
	if (!DatumGetBool(OidFunctionCall1(postgis_function("st_isvalid", 1, &type), geometry)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" is not a valid polygon", argument),
				 errhint("Repair it with ST_MakeValid.")));

	search.shape = shape;
	search.area = geometry;
	search.inside = crimeml_array(bool, shape_cells(shape));
	search.maker = point_maker_create(CurrentMemoryContext);
	fmgr_info(postgis_function("st_intersects", 2, two), &search.intersects);
	fmgr_info(postgis_function("st_covers", 2, two), &search.covers);
	fmgr_info(postgis_function("st_makeenvelope", 5, envelope), &search.makeenvelope);
	search.scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml area",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(search.scratch);
	search_block(&search, 0, 0, shape->columns, shape->rows);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(search.scratch);
	return search.inside;
}
