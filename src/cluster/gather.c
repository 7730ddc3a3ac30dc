/*
 * gather.c
 *		What the rows of a window's partition have to be clustered.
 *
 * Rows are read as points until one is none; then they are read again, as
 * shapes.
 */
#include "cluster/gather.h"

#include <float.h>
#include <math.h>

#include "cluster/dbscan.h"
#include "cluster/sites.h"
#include "cluster/sphere.h"
#include "data/doubts.h"

/* What to lower when memory does not suffice. */
#define LOWER_ROWS "the number of rows in a partition (PARTITION BY district or month)"

Gatherer *
gatherer_create(MemoryContext context, const char *name, bool sphere, bool any_shape, bool timed)
{
	Gatherer   *gatherer = MemoryContextAllocZero(context, sizeof(Gatherer));

	gatherer->name = name;
	gatherer->sphere = sphere;
	gatherer->any_shape = any_shape;
	gatherer->timed = timed;
	gatherer->points = point_reader_create(context);
	gatherer->shapes = shape_reader_create(context, sphere);
	gatherer->srid = -1;
	return gatherer;
}

/* An error for degrees where they are none. */
static void
check_srid(Gatherer *gatherer, int32 srid)
{
	if (srid == gatherer->srid)
		return;
	if (!gatherer->sphere)
		srid_require_planar(srid, gatherer->name);
	gatherer->info = srid_info(srid);
	gatherer->srid = srid;
}

/* The time of a row; false where it has none. */
static bool
read_time(WindowObject winobj, const Gatherer *gatherer, int row, int64 *at)
{
	bool		isnull;
	bool		isout;
	TimestampTz value;

	*at = 0;
	if (!gatherer->timed)
		return true;
	value = DatumGetTimestampTz(WinGetFuncArgInPartition(winobj, 1, row, WINDOW_SEEK_HEAD,
														 false, &isnull, &isout));
	if (isnull)
		return false;
	if (TIMESTAMP_NOT_FINITE(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("argument \"at\" of %s must be finite", gatherer->name),
				 errhint("Leave such rows out: WHERE isfinite(at).")));
	*at = value;
	return true;
}

/* Add a row to what was gathered; false where it must be read as a shape. */
static bool
add_row(Gatherer *gatherer, Gathered *gathered, Datum value, int row, int64 at)
{
	double	   *x;
	double	   *y;

	if (gathered->shapes != NULL)
	{
		int32		shape = shapes_add(gathered->shapes, value, row, at);

		if (shape < 0)
			return true;
		check_srid(gatherer, gathered->shapes->srid);
		gathered->shape[gathered->n] = shape;
		gathered->row[gathered->n++] = row;
		return true;
	}

	value = shape_as_geometry(gatherer->shapes, value);
	if (gatherer->any_shape && !shape_is_point(gatherer->shapes, value))
		return point_is_empty(gatherer->points, value);
	x = &gathered->x[gathered->n];
	y = &gathered->y[gathered->n];
	if (!point_read(gatherer->points, value, x, y))
		return true;
	point_check_range(*x, *y);
	if (gatherer->sphere)
		sphere_normalize(x, y);
	check_srid(gatherer, gatherer->points->srid);
	if (gathered->at != NULL)
		gathered->at[gathered->n] = at;
	gathered->row[gathered->n++] = row;
	return true;
}

/* Read the rows, as points or as shapes; false where they must be read as shapes. */
static bool
read_rows(WindowObject winobj, Gatherer *gatherer, Gathered *gathered, int nrows)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	bool		readable = true;

	gathered->n = 0;
	gatherer->points->srid = -1;
	for (int i = 0; i < nrows && readable; i++)
	{
		bool		isnull;
		bool		isout;
		int64		at;
		Datum		value = WinGetFuncArgInPartition(winobj, 0, i, WINDOW_SEEK_HEAD, false,
													 &isnull, &isout);

		if (!isnull && read_time(winobj, gatherer, i, &at))
			readable = add_row(gatherer, gathered, value, i, at);
		if ((i & (gathered->shapes != NULL ? 0x3f : 0x3ff)) == 0)
		{
			MemoryContextReset(scratch);
			CHECK_FOR_INTERRUPTS();
			if (gathered->shapes != NULL)
				crimeml_check_memory(add_size(gather_memory(gatherer, nrows) +
											  boxscan_memory(nrows, true) + shapes_memory(nrows),
											  gathered->shapes->bytes),
									 gatherer->name, LOWER_ROWS);
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return readable;
}

Gathered *
gather(WindowObject winobj, Gatherer *gatherer, int nrows)
{
	Gathered   *gathered = palloc0(sizeof(Gathered));

	gathered->sphere = gatherer->sphere;
	gathered->row = scratch_array(int32, nrows);
	gathered->x = scratch_array(double, nrows);
	gathered->y = scratch_array(double, nrows);
	if (gatherer->timed)
		gathered->at = scratch_array(int64, nrows);
	if (read_rows(winobj, gatherer, gathered, nrows))
	{
		if (!gatherer->told)
			gatherer->told = doubts_tell_places(gatherer->name, gathered->x, gathered->y,
												gathered->n, &gatherer->info);
		return gathered;
	}

	pfree(gathered->x);
	pfree(gathered->y);
	gathered->x = gathered->y = NULL;
	gathered->shape = scratch_array(int32, nrows);
	gathered->shapes = shapes_create(gatherer->shapes, nrows, !gatherer->timed);
	read_rows(winobj, gatherer, gathered, nrows);
	return gathered;
}

Size
gather_memory(const Gatherer *gatherer, int nrows)
{
	return mul_size(nrows, 2 * sizeof(double) + sizeof(int32) +
					(gatherer->timed ? sizeof(int64) : 0));
}

/* The items of points: their places on the sphere, or points with their times. */
static BoxItem *
point_items(const Gathered *gathered, const Sites *sites, int n)
{
	BoxItem    *items = scratch_array(BoxItem, n);

	for (int i = 0; i < n; i++)
	{
		BoxItem    *item = &items[i];
		Extent	   *extent = &item->extent;
		double		x = sites != NULL ? sites->x[i] : gathered->x[i];
		double		y = sites != NULL ? sites->y[i] : gathered->y[i];

		memset(item, 0, sizeof(BoxItem));
		if (gathered->sphere)
			sphere_vector(x, y, extent->low);
		else
		{
			extent->low[0] = x;
			extent->low[1] = y;
		}
		memcpy(extent->high, extent->low, sizeof(extent->high));
		if (gathered->at != NULL)
			extent->from = extent->to = gathered->at[i];
		item->weight = sites != NULL ? sites->weight[i] : 1;
		item->first = sites != NULL ? sites->first[i] : i;
		item->id = i;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return items;
}

void
gathered_dbscan(const Gathered *gathered, double eps, int64 eps_time, int minpoints,
				int32 *number)
{
	BoxScan		scan = {0};
	const int32 *item_of = NULL;
	int32	   *root;

	if (gathered->shapes == NULL && !gathered->sphere && gathered->at == NULL)
	{
		dbscan(gathered->x, gathered->y, gathered->n, eps, minpoints, number);
		return;
	}

	scan.eps = gathered->sphere ? sphere_chord(eps) : eps;
	/* the two ends of time are farther apart than int64 says */
	scan.eps_time = eps_time == PG_INT64_MAX ? PG_UINT64_MAX : eps_time;
	scan.minpoints = minpoints;
	if (gathered->shapes != NULL)
	{
		Shapes	   *shapes = gathered->shapes;

		shapes->eps = eps;
		scan.item = shapes->item;
		scan.n = shapes->n;
		scan.within = shapes_within;
		scan.arg = shapes;
		scan.slack = gathered->sphere ? SPHERE_SLACK :
			1e-9 * Min(eps, shapes->largest) + 64 * DBL_EPSILON * shapes->largest;
		item_of = gathered->shape;
	}
	else if (gathered->at == NULL)
	{
		Sites	   *sites = sites_build(gathered->x, gathered->y, gathered->n);

		scan.item = point_items(gathered, sites, sites->n);
		scan.n = sites->n;
		item_of = sites->site_of;
	}
	else
	{
		scan.item = point_items(gathered, NULL, gathered->n);
		scan.n = gathered->n;
	}
	root = scratch_array(int32, scan.n);
	boxscan(&scan, root);
	number_clusters(root, scan.n, item_of, gathered->n, number);
}

Size
gathered_dbscan_memory(const Gatherer *gatherer, int nrows)
{
	if (!gatherer->sphere && !gatherer->timed)
		return dbscan_memory(nrows);
	return add_size(mul_size(nrows, Max(SITES_PEAK_BYTES, SITES_KEPT_BYTES + sizeof(BoxItem) +
										2 * sizeof(int32))),
					boxscan_memory(nrows, false));
}
