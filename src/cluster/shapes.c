/*
 * shapes.c
 *		Geometries and geographies of any kind, as PostGIS measures them.
 */
#include "cluster/shapes.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"

#include "cluster/sites.h"
#include "cluster/sphere.h"
#include "data/points.h"

/* Calls of PostGIS after which its scratch memory is given back. */
#define CALLS_A_RESET 256

static void
find_function(FmgrInfo *function, MemoryContext context, const char *name, int nargs,
			  const Oid *argtypes)
{
	fmgr_info_cxt(postgis_function(name, nargs, argtypes), function, context);
}

ShapeReader *
shape_reader_create(MemoryContext context, bool sphere)
{
	static const char *const sides[] = {"st_xmin", "st_ymin", "st_xmax", "st_ymax"};
	ShapeReader *reader = MemoryContextAllocZero(context, sizeof(ShapeReader));
	Oid			geometry = postgis_type("geometry");
	Oid			geography = postgis_type("geography");
	Oid			box3d = postgis_type("box3d");
	Oid			planar[] = {geometry, geometry, FLOAT8OID};
	Oid			spherical[] = {geography, geography, FLOAT8OID, BOOLOID};

	reader->sphere = sphere;
	find_function(&reader->to_geometry, context, "geometry", 1, &geography);
	find_function(&reader->geometrytype, context, "geometrytype", 1, &geometry);
	find_function(&reader->st_srid, context, "st_srid", 1, &geometry);
	find_function(&reader->box3d, context, "box3d", 1, &geometry);
	for (int i = 0; i < lengthof(sides); i++)
		find_function(&reader->side[i], context, sides[i], 1, &box3d);
	find_function(&reader->st_points, context, "st_points", 1, &geometry);
	find_function(&reader->st_centroid, context, "st_centroid", 1, &geometry);
	find_function(&reader->st_x, context, "st_x", 1, &geometry);
	find_function(&reader->st_y, context, "st_y", 1, &geometry);
	find_function(&reader->st_dwithin, context, "st_dwithin", sphere ? 4 : 3,
				  sphere ? spherical : planar);
	return reader;
}

Datum
shape_as_geometry(ShapeReader *reader, Datum value)
{
	return reader->sphere ? FunctionCall1(&reader->to_geometry, value) : value;
}

bool
shape_is_point(ShapeReader *reader, Datum value)
{
	text	   *type = DatumGetTextPP(FunctionCall1(&reader->geometrytype,
													shape_as_geometry(reader, value)));
	int			length = VARSIZE_ANY_EXHDR(type);

	/* POINTM where it has M and no Z */
	return (length == 5 || length == 6) && memcmp(VARDATA_ANY(type), "POINTM", length) == 0;
}

static double
call_float8(FmgrInfo *function, Datum value)
{
	return DatumGetFloat8(FunctionCall1(function, value));
}

Shapes *
shapes_create(ShapeReader *reader, int n, bool merge)
{
	Shapes	   *shapes = palloc0(sizeof(Shapes));

	shapes->reader = reader;
	shapes->srid = -1;
	shapes->item = scratch_array(ExtentItem, n);
	shapes->value = scratch_array(Datum, n);
	shapes->scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml shape",
											ALLOCSET_DEFAULT_SIZES);
	if (merge)
	{
		shapes->slots = 1024;
		while (shapes->slots / 2 < n)
			shapes->slots *= 2;
		shapes->slot = scratch_array(int32, shapes->slots);
		for (uint32 i = 0; i < shapes->slots; i++)
		{
			shapes->slot[i] = -1;
			if ((i & 0xfffff) == 0)
				CHECK_FOR_INTERRUPTS();
		}
	}
	return shapes;
}

/* Go to the scratch context, now and then an empty one. */
static MemoryContext
enter_scratch(Shapes *shapes)
{
	if (++shapes->calls % CALLS_A_RESET == 0)
		MemoryContextReset(shapes->scratch);
	return MemoryContextSwitchTo(shapes->scratch);
}

/* The item of an equal value, or -1 and the slot where it belongs. */
static int32
find_equal(const Shapes *shapes, const struct varlena *value, uint32 *slot)
{
	Size		size = VARSIZE(value);

	*slot = hash_bytes((const unsigned char *) value, size) & (shapes->slots - 1);
	while (shapes->slot[*slot] >= 0)
	{
		int32		item = shapes->slot[*slot];
		struct varlena *other = (struct varlena *) DatumGetPointer(shapes->value[item]);

		if (VARSIZE(other) == size && memcmp(other, value, size) == 0)
			return item;
		*slot = (*slot + 1) & (shapes->slots - 1);
	}
	return -1;
}

/*
 * The sides of its box; false where it is EMPTY.  A box may pass over a NaN in
 * the middle of a line, the mean of the vertices does not.
 */
static bool
read_box(ShapeReader *reader, Datum geometry, double side[4])
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		box;
	Datum		mean;
	double		x;
	double		y;

	InitFunctionCallInfoData(*fcinfo, &reader->box3d, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = geometry;
	fcinfo->args[0].isnull = false;
	box = FunctionCallInvoke(fcinfo);
	if (fcinfo->isnull)
		return false;
	for (int i = 0; i < 4; i++)
		side[i] = call_float8(&reader->side[i], box);
	for (int i = 0; i < 4; i++)
		if (fabs(side[i]) > COORDINATE_LIMIT && isfinite(side[i]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("geometry with coordinate %g is out of range", side[i]),
					 errhint("Leave such rows out: WHERE ST_XMax(geom) BETWEEN ... AND ...")));
	if (side[0] == side[2] && side[1] == side[3] && isfinite(side[0]) && isfinite(side[1]))
	{
		x = side[0];
		y = side[1];
	}
	else
	{
		mean = FunctionCall1(&reader->st_centroid,
							 FunctionCall1(&reader->st_points, geometry));
		x = call_float8(&reader->st_x, mean);
		y = call_float8(&reader->st_y, mean);
	}
	for (int i = 0; i < 4; i++)
		if (!isfinite(side[i]) || !isfinite(x) || !isfinite(y))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("geometry with a coordinate that is NaN or infinite cannot be used"),
					 errhint("Leave such rows out: WHERE ST_XMax(geom) BETWEEN ... AND ...")));
	return true;
}

int32
shapes_add(Shapes *shapes, Datum value, int32 row, int64 at)
{
	ShapeReader *reader = shapes->reader;
	MemoryContext caller = enter_scratch(shapes);
	struct varlena *copy = PG_DETOAST_DATUM(value);
	uint32		slot = 0;
	ExtentItem *item;
	Datum		geometry;
	int32		srid;
	double		side[4];
	int32		equal = shapes->slots > 0 ? find_equal(shapes, copy, &slot) : -1;

	if (equal >= 0)
	{
		shapes->item[equal].weight++;
		MemoryContextSwitchTo(caller);
		return equal;
	}
	geometry = shape_as_geometry(reader, PointerGetDatum(copy));
	if (!read_box(reader, geometry, side))
	{
		MemoryContextSwitchTo(caller);
		return -1;
	}
	srid = DatumGetInt32(FunctionCall1(&reader->st_srid, geometry));
	if (shapes->srid == -1)
		shapes->srid = srid;
	else if (shapes->srid != srid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("geometries of SRID %d and of SRID %d cannot be used together",
						shapes->srid, srid),
				 errhint("Bring them into one with ST_Transform.")));

	item = &shapes->item[shapes->n];
	memset(item, 0, sizeof(ExtentItem));
	if (reader->sphere)
		sphere_extent(side[0], side[1], side[2], side[3], &item->extent);
	else
		for (int d = 0; d < 2; d++)
		{
			item->extent.low[d] = side[d];
			item->extent.high[d] = side[2 + d];
			shapes->largest = Max(shapes->largest, Max(fabs(side[d]), fabs(side[2 + d])));
		}
	item->extent.from = item->extent.to = at;
	item->weight = 1;
	item->first = row;
	item->id = shapes->n;

	MemoryContextSwitchTo(GetMemoryChunkContext(shapes));
	copy = memcpy(palloc(VARSIZE(copy)), copy, VARSIZE(copy));
	shapes->bytes += VARSIZE(copy);
	shapes->value[shapes->n] = PointerGetDatum(copy);
	if (shapes->slots > 0)
		shapes->slot[slot] = shapes->n;
	MemoryContextSwitchTo(caller);
	return shapes->n++;
}

bool
shapes_within(void *arg, int i, int j)
{
	Shapes	   *shapes = arg;
	ShapeReader *reader = shapes->reader;
	MemoryContext caller = enter_scratch(shapes);
	bool		look_up = reader->sphere && !shapes->spheroid_known;
	int			path = look_up ? postgis_path_begin() : 0;
	Datum		within = reader->sphere ?
		FunctionCall4(&reader->st_dwithin, shapes->value[i], shapes->value[j],
					  Float8GetDatum(shapes->eps), BoolGetDatum(false)) :
		FunctionCall3(&reader->st_dwithin, shapes->value[i], shapes->value[j],
					  Float8GetDatum(shapes->eps));

	if (look_up)
	{
		postgis_path_end(path);
		shapes->spheroid_known = true;
	}
	MemoryContextSwitchTo(caller);
	return DatumGetBool(within);
}

Size
shapes_memory(int n)
{
	/* slots: at most four for each */
	return add_size(mul_size(n, sizeof(ExtentItem) + sizeof(Datum) + 4 * sizeof(int32)),
					1024 * sizeof(int32));
}
