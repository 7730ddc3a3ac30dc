/*
 * project.c
 *		Places in longitude and latitude, taken to metres.
 */
#include "grid/project.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "data/points.h"

/* How far from its meridian a zone is used, in degrees. */
#define ZONE_REACH 6.0
/* Into so many parts a side of a box is divided. */
#define SIDE_PARTS 32

int32
utm_srid(const GridBox *box, double middle_longitude, double middle_latitude)
{
	int			zone;
	double		meridian;

	if (!(box->xmin >= -180 && box->xmax <= 180 && box->ymin >= -80 && box->ymax <= 84))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("points from (%.8g %.8g) to (%.8g %.8g) cannot be projected to UTM",
						box->xmin, box->ymin, box->xmax, box->ymax),
				 errdetail("UTM takes longitudes from -180 to 180 and latitudes from -80 to 84."),
				 errhint("The x of a point is its longitude; ST_FlipCoordinates(geom) exchanges the two.")));
	zone = Min((int) floor((middle_longitude + 180) / 6) + 1, 60);
	meridian = zone * 6 - 183;
	if (box->xmin < meridian - ZONE_REACH || box->xmax > meridian + ZONE_REACH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("points from longitude %.8g to %.8g are too wide for one UTM zone",
						box->xmin, box->xmax),
				 errdetail("Zone %d is used within %g degrees of its meridian, %g.",
						   zone, ZONE_REACH, meridian),
				 errhint("Project with a SRID for the whole area: ST_Transform(geom, srid).")));
	return (middle_latitude >= 0 ? 32600 : 32700) + zone;
}

/* What transforms a point. */
typedef struct Projector
{
	PointMaker *maker;
	PointReader *reader;
	FmgrInfo	transform;
	int32		from;
	int32		to;
} Projector;

static void
projector_init(Projector *projector, int32 from, int32 to)
{
	Oid			geometry_int[2] = {postgis_type("geometry"), INT4OID};

	projector->maker = point_maker_create(CurrentMemoryContext);
	projector->reader = point_reader_create(CurrentMemoryContext);
	fmgr_info(postgis_function("st_transform", 2, geometry_int), &projector->transform);
	postgis_learn_transform(&projector->transform, from, to);
	projector->from = from;
	projector->to = to;
}

/* Transform one point in place. */
static void
project_point(Projector *projector, double *x, double *y)
{
	Datum		point = point_make(projector->maker, *x, *y, projector->from);

	point = FunctionCall2(&projector->transform, point, Int32GetDatum(projector->to));
	if (!point_read(projector->reader, point, x, y))
		elog(ERROR, "a projected point is empty");
}

uint32
project_places(Place *place, uint32 n, int32 from, int32 to, const GridBox *limits)
{
	Projector	projector;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml projection",
												  ALLOCSET_SMALL_SIZES);
	Progress	progress;
	uint32		kept = 0;

	projector_init(&projector, from, to);
	progress_start(&progress, "projection", n);
	for (uint32 i = 0; i < n; i++)
	{
		Place		projected = place[i];
		MemoryContext old;

		if ((i & 255) == 0)
			progress_step(&progress, i);
		if (projected.x < limits->xmin || projected.x > limits->xmax ||
			projected.y < limits->ymin || projected.y > limits->ymax)
			continue;
		old = MemoryContextSwitchTo(scratch);
		project_point(&projector, &projected.x, &projected.y);
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
		place[kept++] = projected;
	}
	MemoryContextDelete(scratch);
	return kept;
}

GridBox
project_box(const GridBox *box, int32 from, int32 to)
{
	Projector	projector;
	GridBox		result = {INFINITY, INFINITY, -INFINITY, -INFINITY};

	projector_init(&projector, from, to);
	for (int i = 0; i <= SIDE_PARTS; i++)
	{
		double		t = (double) i / SIDE_PARTS;
		double		x = box->xmin + t * (box->xmax - box->xmin);
		double		y = box->ymin + t * (box->ymax - box->ymin);
		double		side[4][2] = {{x, box->ymin}, {x, box->ymax}, {box->xmin, y}, {box->xmax, y}};

		for (int s = 0; s < 4; s++)
		{
			project_point(&projector, &side[s][0], &side[s][1]);
			result.xmin = Min(result.xmin, side[s][0]);
			result.ymin = Min(result.ymin, side[s][1]);
			result.xmax = Max(result.xmax, side[s][0]);
			result.ymax = Max(result.ymax, side[s][1]);
		}
	}
	return result;
}
