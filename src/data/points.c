/*
 * points.c
 *		PostGIS, called and not copied.
 */
#include "data/points.h"

#include <math.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

Oid
postgis_schema(void)
{
	Oid			extension = get_extension_oid("postgis", true);
	Oid			schema = InvalidOid;
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!OidIsValid(extension))
		return InvalidOid;
	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_extension_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

Oid
postgis_type(const char *name)
{
	Oid			schema = postgis_schema();

	if (!OidIsValid(schema))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum(name), ObjectIdGetDatum(schema));
}

Oid
postgis_function(const char *name, int nargs, const Oid *argtypes)
{
	Oid			schema = postgis_schema();
	Oid			function = InvalidOid;

	if (OidIsValid(schema))
		function = LookupFuncName(list_make2(makeString(get_namespace_name(schema)),
											 makeString(pstrdup(name))),
								  nargs, argtypes, true);
	if (!OidIsValid(function) ||
		getExtensionOfObject(ProcedureRelationId, function) !=
		get_extension_oid("postgis", true))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("function %s of PostGIS was not found", name),
				 errhint("CREATE EXTENSION postgis;")));
	return function;
}

PointReader *
point_reader_create(MemoryContext context)
{
	PointReader *reader = MemoryContextAllocZero(context, sizeof(PointReader));

	reader->geometry = postgis_type("geometry");
	fmgr_info_cxt(postgis_function("st_x", 1, &reader->geometry), &reader->st_x, context);
	fmgr_info_cxt(postgis_function("st_y", 1, &reader->geometry), &reader->st_y, context);
	fmgr_info_cxt(postgis_function("st_srid", 1, &reader->geometry), &reader->st_srid, context);
	fmgr_info_cxt(postgis_function("st_isempty", 1, &reader->geometry), &reader->st_isempty,
				  context);
	reader->srid = -1;
	return reader;
}

static Datum
call(FmgrInfo *function, Datum arg, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, function, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = arg;
	fcinfo->args[0].isnull = false;
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

/*
 * ST_X, which is the test for points, too: its own error has no SQLSTATE and
 * no hint.  What is EMPTY has no x, whatever its type.
 */
static Datum
call_st_x(PointReader *reader, Datum value, bool *isnull)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorData  *volatile error = NULL;
	Datum		volatile result = 0;

	PG_TRY();
	{
		result = call(&reader->st_x, value, isnull);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (error->sqlerrcode != ERRCODE_INTERNAL_ERROR)
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	if (error == NULL)
		return result;
	if (!point_is_empty(reader, value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("geometry is not a point"),
				 errdetail("%s", error->message),
				 errhint("Take a point of it: ST_Centroid(geom).")));
	FreeErrorData(error);
	*isnull = true;
	return 0;
}

bool
point_is_empty(PointReader *reader, Datum geometry)
{
	return DatumGetBool(FunctionCall1(&reader->st_isempty, geometry));
}

bool
point_read(PointReader *reader, Datum geometry, double *x, double *y)
{
	/* one copy for three calls, where it is compressed or short */
	Datum		value = PointerGetDatum(PG_DETOAST_DATUM(geometry));
	bool		isnull;
	int32		srid;

	/* ST_X is NULL for POINT EMPTY, and an error for what is no point */
	*x = DatumGetFloat8(call_st_x(reader, value, &isnull));
	if (isnull)
		return false;
	*y = DatumGetFloat8(call(&reader->st_y, value, &isnull));
	if (isnull)
		return false;
	if (!isfinite(*x) || !isfinite(*y))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("point with coordinates (%g %g) cannot be used", *x, *y),
				 errhint("Leave such rows out: WHERE ST_X(geom) BETWEEN ... AND ...")));
	srid = DatumGetInt32(call(&reader->st_srid, value, &isnull));
	if (reader->srid == -1)
		reader->srid = srid;
	else if (reader->srid != srid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("points of SRID %d and of SRID %d cannot be used together",
						reader->srid, srid),
				 errhint("Bring them into one with ST_Transform.")));
	if (DatumGetPointer(value) != DatumGetPointer(geometry))
		pfree(DatumGetPointer(value));
	return true;
}

void
point_check_range(double x, double y)
{
	if (fabs(x) > COORDINATE_LIMIT || fabs(y) > COORDINATE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("point with coordinates (%g %g) is out of range", x, y),
				 errhint("Leave such rows out: WHERE ST_X(geom) BETWEEN ... AND ...")));
}

PointMaker *
point_maker_create(MemoryContext context)
{
	PointMaker *maker = MemoryContextAllocZero(context, sizeof(PointMaker));
	Oid			coordinates[] = {FLOAT8OID, FLOAT8OID};
	Oid			with_srid[] = {postgis_type("geometry"), INT4OID};

	fmgr_info_cxt(postgis_function("st_makepoint", 2, coordinates),
				  &maker->st_makepoint, context);
	fmgr_info_cxt(postgis_function("st_setsrid", 2, with_srid),
				  &maker->st_setsrid, context);
	return maker;
}

Datum
point_make(PointMaker *maker, double x, double y, int32 srid)
{
	Datum		point = FunctionCall2(&maker->st_makepoint, Float8GetDatum(x),
									  Float8GetDatum(y));

	return FunctionCall2(&maker->st_setsrid, point, Int32GetDatum(srid));
}

/*
 * The meridian of a transverse Mercator, conic or UTM projection.  Others are
 * for the world, or have none.
 */
static void
find_meridian(const char *proj, SridInfo *info)
{
	const char *zone = strstr(proj, "+zone=");
	const char *longitude = strstr(proj, "+lon_0=");

	if (strstr(proj, "+proj=utm") != NULL && zone != NULL)
	{
		info->meridian = 6 * strtod(zone + strlen("+zone="), NULL) - 183;
		info->width = 30;
	}
	else if (longitude != NULL && strstr(proj, "+proj=tmerc") != NULL)
	{
		info->meridian = strtod(longitude + strlen("+lon_0="), NULL);
		info->width = 30;
	}
	else if (longitude != NULL &&
			 (strstr(proj, "+proj=lcc") != NULL || strstr(proj, "+proj=aea") != NULL))
	{
		info->meridian = strtod(longitude + strlen("+lon_0="), NULL);
		info->width = 60;
	}
}

/* From spatial_ref_sys, whose text PostGIS itself reads in the same way. */
SridInfo
srid_info(int32 srid)
{
	SridInfo	info = {false, 1.0, false, NAN, 0};
	Oid			schema = postgis_schema();
	Datum		arg = Int32GetDatum(srid);
	Oid			argtype = INT4OID;
	char	   *query;

	if (srid <= 0 || !OidIsValid(schema))
		return info;
	query = psprintf("SELECT srtext, proj4text FROM %s WHERE srid OPERATOR(pg_catalog.=) $1",
					 quote_qualified_identifier(get_namespace_name(schema), "spatial_ref_sys"));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 1, &argtype, &arg, NULL, true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		char	   *wkt = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		char	   *proj = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);

		info.known = true;
		if (wkt != NULL)
			info.geographic = pg_strncasecmp(wkt, "GEOG", 4) == 0;
		else if (proj != NULL)
			info.geographic = strstr(proj, "+proj=longlat") != NULL;
		if (proj != NULL && !info.geographic)
		{
			const char *factor = strstr(proj, "+to_meter=");

			if (factor != NULL)
				info.metres = strtod(factor + strlen("+to_meter="), NULL);
			else if (strstr(proj, "+units=us-ft") != NULL)
				info.metres = 1200.0 / 3937.0;
			else if (strstr(proj, "+units=ft") != NULL)
				info.metres = 0.3048;
			else if (strstr(proj, "+units=km") != NULL)
				info.metres = 1000;
			if (!(info.metres > 0))
				info.metres = 1;
			find_meridian(proj, &info);
		}
	}
	SPI_finish();
	return info;
}

int
postgis_path_begin(void)
{
	int			level = NewGUCNestLevel();
	Oid			schema = postgis_schema();
	const char *path = "pg_catalog";

	if (OidIsValid(schema))
		path = psprintf("pg_catalog, %s", quote_identifier(get_namespace_name(schema)));
	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	return level;
}

void
postgis_path_end(int level)
{
	AtEOXact_GUC(true, level);
}

void
postgis_learn_transform(FmgrInfo *st_transform, int32 from, int32 to)
{
	Oid			argtypes[] = {TEXTOID, INT4OID};
	int			path = postgis_path_begin();
	Datum		empty = OidFunctionCall2(postgis_function("st_geomfromtext", 2, argtypes),
										 CStringGetTextDatum("POINT EMPTY"), Int32GetDatum(from));

	(void) FunctionCall2(st_transform, empty, Int32GetDatum(to));
	postgis_path_end(path);
}

/* In PG_CATCH: go on where PROJ has no such place, whose own errors are internal ones. */
static void
pass_over_proj(MemoryContext caller)
{
	int			sqlstate = geterrcode();

	if (sqlstate != ERRCODE_INTERNAL_ERROR && sqlstate != ERRCODE_INVALID_PARAMETER_VALUE)
		PG_RE_THROW();
	MemoryContextSwitchTo(caller);
	FlushErrorState();
}

/*
 * Look up what places are transformed with; false where PROJ cannot.  What
 * spatial_ref_sys lacks must not be looked up: PostGIS gives its error while it is
 * connected to SPI, which only the end of a subtransaction would mend.
 */
static bool
learn_both_ways(PointExchanger *exchanger)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool known = false;
	int			path;

	if (!srid_info(exchanger->srid).known || !srid_info(SRID_WGS84).known)
		return false;
	path = postgis_path_begin();
	PG_TRY();
	{
		postgis_learn_transform(&exchanger->st_transform, exchanger->srid, SRID_WGS84);
		postgis_learn_transform(&exchanger->st_transform, SRID_WGS84, exchanger->srid);
		known = true;
	}
	PG_CATCH();
	{
		pass_over_proj(caller);
	}
	PG_END_TRY();
	postgis_path_end(path);
	return known;
}

PointExchanger *
point_exchanger_create(MemoryContext context, int32 srid)
{
	PointExchanger *exchanger = MemoryContextAllocZero(context, sizeof(PointExchanger));
	Oid			geometry_int[] = {postgis_type("geometry"), INT4OID};

	exchanger->maker = point_maker_create(context);
	exchanger->reader = point_reader_create(context);
	fmgr_info_cxt(postgis_function("st_transform", 2, geometry_int),
				  &exchanger->st_transform, context);
	fmgr_info_cxt(postgis_function("st_flipcoordinates", 1, geometry_int),
				  &exchanger->st_flipcoordinates, context);
	exchanger->srid = srid;
	return learn_both_ways(exchanger) ? exchanger : NULL;
}

/* Longitude and latitude, exchanged and projected again where asked. */
static bool
transform_place(PointExchanger *exchanger, bool exchange, double *x, double *y)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool known = false;

	if (exchanger == NULL)
		return false;
	PG_TRY();
	{
		Datum		point = FunctionCall2(&exchanger->st_transform,
										  point_make(exchanger->maker, *x, *y, exchanger->srid),
										  Int32GetDatum(SRID_WGS84));

		if (exchange)
			point = FunctionCall2(&exchanger->st_transform,
								  FunctionCall1(&exchanger->st_flipcoordinates, point),
								  Int32GetDatum(exchanger->srid));
		exchanger->reader->srid = -1;
		known = point_read(exchanger->reader, point, x, y);
	}
	PG_CATCH();
	{
		pass_over_proj(caller);
	}
	PG_END_TRY();
	return known;
}

bool
point_exchange(PointExchanger *exchanger, double *x, double *y)
{
	return transform_place(exchanger, true, x, y);
}

bool
point_degrees(PointExchanger *exchanger, double x, double y, double *longitude, double *latitude)
{
	*longitude = x;
	*latitude = y;
	return transform_place(exchanger, false, longitude, latitude);
}

void
srid_require_planar(int32 srid, const char *function)
{
	if (srid_info(srid).geographic)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs a planar SRID, and %d has longitude and latitude in degrees",
						function, srid),
				 errhint("Project first: ST_Transform(geom, srid), with the UTM zone or state plane of the place.")));
}
