/*
 * find_hotspots.c
 *		Hotspots: the clusters of incidents, with outline, center and area.
 */
#include "cluster/find_hotspots.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "arguments.h"
#include "cluster/dbscan.h"
#include "cluster/median.h"
#include "cluster/sites.h"

/* About what a hotspot takes with its outline. */
#define HOTSPOT_BYTES (sizeof(Hotspot) + 1024)

/* Circles that are joined in one call, which cannot be cancelled. */
#define CIRCLES_AT_ONCE 256

#define WKB_POINT 1
#define WKB_MULTIPOINT 4
#define WKB_POINT_SIZE (1 + sizeof(uint32) + 2 * sizeof(double))

/* An argument that must not be null. */
static Datum
required(FunctionCallInfo fcinfo, const char *function, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null", name, function)));
	return PG_GETARG_DATUM(argno);
}

HotspotRule
hotspot_rule(FunctionCallInfo fcinfo, const char *function, int argno, int buffer_argno)
{
	static const char *const outlines[] = {"hull", "circles"};
	HotspotRule rule;

	rule.eps = DatumGetFloat8(required(fcinfo, function, argno, "eps"));
	rule.minpoints = DatumGetInt32(required(fcinfo, function, argno + 1, "minpoints"));
	if (!(rule.eps >= 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"eps\" of %s must not be below 0, and is %g",
						function, rule.eps),
				 errhint("It is the distance between neighbours, in the units of the SRID.")));
	if (rule.minpoints < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"minpoints\" of %s must not be below 0, and is %d",
						function, rule.minpoints),
				 errhint("It is how many incidents, itself included, the core of a hotspot has within eps.")));
	rule.buffer = PG_ARGISNULL(buffer_argno) ? rule.eps / 2 : PG_GETARG_FLOAT8(buffer_argno);
	if (!(rule.buffer > 0 && rule.buffer <= COORDINATE_LIMIT))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"buffer\" of %s must be above 0 and at most %g, and is %g",
						function, COORDINATE_LIMIT, rule.buffer),
				 errdetail("It is eps / 2 where it is not given."),
				 errhint("Give the width of the rim about the incidents, in the units of the SRID: many hotspots are one spot or a line, and have no area without it.")));
	rule.circles = arg_choice(fcinfo, buffer_argno + 1, "outline", outlines, lengthof(outlines)) == 1;
	return rule;
}

HotspotShaper *
hotspot_shaper_create(MemoryContext context)
{
	HotspotShaper *maker = MemoryContextAllocZero(context, sizeof(HotspotShaper));
	Oid			geometry = postgis_type("geometry");
	Oid			wkb[] = {BYTEAOID, INT4OID};
	Oid			buffer[] = {geometry, FLOAT8OID, TEXTOID};
	Oid			two[] = {geometry, geometry};

	/* PostGIS takes for its own what it finds in the memory of the function */
	context = AllocSetContextCreate(context, "crimeml PostGIS", ALLOCSET_SMALL_SIZES);
	fmgr_info_cxt(postgis_function("st_geomfromwkb", 2, wkb), &maker->from_wkb, context);
	fmgr_info_cxt(postgis_function("st_convexhull", 1, &geometry), &maker->hull, context);
	fmgr_info_cxt(postgis_function("st_buffer", 3, buffer), &maker->buffer, context);
	fmgr_info_cxt(postgis_function("st_union", 2, two), &maker->join, context);
	fmgr_info_cxt(postgis_function("st_multi", 1, &geometry), &maker->multi, context);
	fmgr_info_cxt(postgis_function("st_area", 1, &geometry), &maker->area, context);
	fmgr_info_cxt(postgis_function("st_intersects", 2, two), &maker->intersects, context);
	maker->point = point_maker_create(context);
	return maker;
}

bool
hotspot_meets(HotspotShaper *maker, Datum a, Datum b)
{
	return DatumGetBool(FunctionCall2(&maker->intersects, a, b));
}

static char *
put(char *to, const void *bytes, Size size)
{
	memcpy(to, bytes, size);
	return to + size;
}

/* A MultiPoint of the places, as PostGIS takes it. */
static Datum
make_points(HotspotShaper *maker, const double *x, const double *y, int n, int32 srid)
{
#ifdef WORDS_BIGENDIAN
	const uint8 order = 0;
#else
	const uint8 order = 1;
#endif
	uint32		point = WKB_POINT;
	uint32		multipoint = WKB_MULTIPOINT;
	uint32		count = n;
	Size		size = add_size(VARHDRSZ + 1 + 2 * sizeof(uint32),
								mul_size(n, WKB_POINT_SIZE));
	bytea	   *wkb = palloc(size);
	char	   *to = VARDATA(wkb);

	SET_VARSIZE(wkb, size);
	to = put(to, &order, 1);
	to = put(to, &multipoint, sizeof(uint32));
	to = put(to, &count, sizeof(uint32));
	for (int i = 0; i < n; i++)
	{
		to = put(to, &order, 1);
		to = put(to, &point, sizeof(uint32));
		to = put(to, &x[i], sizeof(double));
		to = put(to, &y[i], sizeof(double));
	}
	return FunctionCall2(&maker->from_wkb, PointerGetDatum(wkb), Int32GetDatum(srid));
}

/* The geometry with a rim. */
static Datum
widen(HotspotShaper *maker, Datum geom, double width)
{
	return FunctionCall3(&maker->buffer, geom, Float8GetDatum(width),
						 PointerGetDatum(cstring_to_text("quad_segs=8")));
}

/* Circles about the places, joined: by halves, so that no call is long. */
static Datum
join_circles(HotspotShaper *maker, const double *x, const double *y, int n, int32 srid, double radius)
{
	int			half = n / 2;

	CHECK_FOR_INTERRUPTS();
	if (n <= CIRCLES_AT_ONCE)
		return widen(maker, make_points(maker, x, y, n, srid), radius);
	return FunctionCall2(&maker->join,
						 join_circles(maker, x, y, half, srid, radius),
						 join_circles(maker, x + half, y + half, n - half, srid, radius));
}

/* Outline and area of a hotspot; the outline goes to the context. */
static void
make_outline(HotspotShaper *maker, Hotspot *hotspot, const double *x, const double *y, int32 srid,
			 const HotspotRule *rule, double metres, MemoryContext context)
{
	Datum		geom;
	MemoryContext old;

	if (rule->circles)
		geom = join_circles(maker, x, y, hotspot->places, srid, rule->buffer);
	else
		geom = widen(maker, FunctionCall1(&maker->hull, make_points(maker, x, y, hotspot->places, srid)),
					 rule->buffer);
	geom = FunctionCall1(&maker->multi, geom);
	hotspot->area_km2 = DatumGetFloat8(FunctionCall1(&maker->area, geom)) * metres * metres / 1e6;
	/* any count of incidents has a rate in it */
	if (!(hotspot->area_km2 > 0 && isfinite(hotspot->area_km2) &&
		  isfinite(PG_INT32_MAX / hotspot->area_km2)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the hotspot at (%g %g) has no area with a buffer of %g",
						hotspot->center_x, hotspot->center_y, rule->buffer),
				 errhint("Coordinates of that size are not so exact; give a wider buffer.")));
	old = MemoryContextSwitchTo(context);
	hotspot->geom = datumCopy(geom, false, -1);
	MemoryContextSwitchTo(old);
}

/* All about a hotspot whose members are known. */
static void
finish_hotspot(HotspotShaper *maker, Hotspot *hotspot, const Incidents *incidents,
			   const HotspotRule *rule, double metres, MemoryContext context)
{
	double	   *x = crimeml_array(double, hotspot->n);
	double	   *y = crimeml_array(double, hotspot->n);
	int32	   *weight = crimeml_array(int32, hotspot->n);
	int			last = -1;

	for (int i = 0; i < hotspot->n; i++)
	{
		double		px = incidents->x[hotspot->member[i]];
		double		py = incidents->y[hotspot->member[i]];

		if (last < 0 || px != x[last] || py != y[last])
		{
			last++;
			x[last] = px;
			y[last] = py;
			hotspot->ymin = last == 0 ? py : Min(hotspot->ymin, py);
			hotspot->ymax = last == 0 ? py : Max(hotspot->ymax, py);
		}
		weight[last]++;
	}
	hotspot->places = last + 1;
	hotspot->xmin = x[0] - rule->buffer;
	hotspot->xmax = x[last] + rule->buffer;
	hotspot->ymin -= rule->buffer;
	hotspot->ymax += rule->buffer;
	geometric_median(x, y, weight, hotspot->places, &hotspot->center_x, &hotspot->center_y);
	make_outline(maker, hotspot, x, y, incidents->srid, rule, metres, context);
}

/* Most incidents first; the first member is the westernmost, then southernmost. */
#define ST_SORT sort_hotspots
#define ST_ELEMENT_TYPE Hotspot
#define ST_COMPARE(a, b) ((a)->n != (b)->n ? ((a)->n > (b)->n ? -1 : 1) : \
						  ((a)->member[0] < (b)->member[0] ? -1 : (a)->member[0] > (b)->member[0]))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* The members of each cluster, in the order of the incidents. */
static Hotspots *
collect_members(const int32 *cluster, int n)
{
	Hotspots   *hotspots = palloc0(sizeof(Hotspots));
	int32	   *next;
	int32		sum = 0;

	for (int i = 0; i < n; i++)
		hotspots->n = Max(hotspots->n, cluster[i] + 1);
	crimeml_check_memory(mul_size(hotspots->n, HOTSPOT_BYTES), "the hotspots",
						 "their number (more minpoints, or less eps where there are too many)");
	hotspots->hotspot = crimeml_array(Hotspot, Max(hotspots->n, 1));
	hotspots->member = crimeml_array(int32, Max(n, 1));
	next = crimeml_array(int32, Max(hotspots->n, 1));
	for (int i = 0; i < n; i++)
	{
		if (cluster[i] >= 0)
			hotspots->hotspot[cluster[i]].n++;
	}
	CHECK_FOR_INTERRUPTS();
	for (int s = 0; s < hotspots->n; s++)
	{
		hotspots->hotspot[s].member = hotspots->member + sum;
		next[s] = sum;
		sum += hotspots->hotspot[s].n;
	}
	for (int i = 0; i < n; i++)
	{
		if (cluster[i] >= 0)
			hotspots->member[next[cluster[i]]++] = i;
	}
	CHECK_FOR_INTERRUPTS();
	pfree(next);
	return hotspots;
}

Hotspots *
hotspots_find(HotspotShaper *maker, const char *function, const Incidents *incidents,
			  const HotspotRule *rule)
{
	int			n = incidents->n;
	double		metres = srid_info(incidents->srid).metres;
	MemoryContext context = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(context, "crimeml hotspots",
											   ALLOCSET_DEFAULT_SIZES);
	int32	   *cluster;
	Hotspots   *hotspots;
	Progress	progress;

	crimeml_check_memory(add_size(dbscan_memory(n), mul_size(n, 40)), function,
						 "the number of rows of the source");
	cluster = crimeml_array(int32, Max(n, 1));
	MemoryContextSwitchTo(work);
	dbscan(incidents->x, incidents->y, n, rule->eps, rule->minpoints, cluster);
	MemoryContextSwitchTo(context);
	MemoryContextReset(work);

	hotspots = collect_members(cluster, n);
	pfree(cluster);
	sort_hotspots(hotspots->hotspot, hotspots->n);
	progress_start(&progress, "outlining hotspots", hotspots->n);
	MemoryContextSwitchTo(work);
	for (int s = 0; s < hotspots->n; s++)
	{
		finish_hotspot(maker, &hotspots->hotspot[s], incidents, rule, metres, context);
		MemoryContextReset(work);
		progress_step(&progress, s + 1);
	}
	MemoryContextSwitchTo(context);
	MemoryContextDelete(work);
	return hotspots;
}
