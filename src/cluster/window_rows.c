/*
 * window_rows.c
 *		What the rows of a window's partition have to be clustered.
 *
 * Rows are read as points until one is none; then they are read again, as
 * shapes.
 */
#include "cluster/window_rows.h"

#include <float.h>
#include <math.h>

#include "cluster/dbscan.h"
#include "cluster/sites.h"
#include "cluster/sphere.h"
#include "data/doubts.h"

/* What to lower when memory does not suffice. */
#define LOWER_ROWS "the number of rows in a partition (PARTITION BY district or month)"

WindowReader *
window_reader_create(MemoryContext context, const char *name, bool sphere, bool any_shape, bool timed)
{
	WindowReader *reader = MemoryContextAllocZero(context, sizeof(WindowReader));

	reader->name = name;
	reader->sphere = sphere;
	reader->any_shape = any_shape;
	reader->timed = timed;
	reader->points = point_reader_create(context);
	reader->shapes = shape_reader_create(context, sphere);
	reader->srid = -1;
	return reader;
}

/* An error for degrees where they are none. */
static void
check_srid(WindowReader *reader, int32 srid)
{
	if (srid == reader->srid)
		return;
	if (!reader->sphere)
		srid_require_planar(srid, reader->name);
	reader->info = srid_info(srid);
	reader->srid = srid;
}

/* The time of a row; false where it has none. */
static bool
read_time(WindowObject winobj, const WindowReader *reader, int row, int64 *at)
{
	bool		isnull;
	bool		isout;
	TimestampTz value;

	*at = 0;
	if (!reader->timed)
		return true;
	value = DatumGetTimestampTz(WinGetFuncArgInPartition(winobj, 1, row, WINDOW_SEEK_HEAD,
														 false, &isnull, &isout));
	if (isnull)
		return false;
	if (TIMESTAMP_NOT_FINITE(value))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("argument \"at\" of %s must be finite", reader->name),
				 errhint("Leave such rows out: WHERE isfinite(at).")));
	*at = value;
	return true;
}

/* Add a row; false where it must be read as a shape. */
static bool
add_row(WindowReader *reader, WindowRows *rows, Datum value, int row, int64 at)
{
	double	   *x;
	double	   *y;

	if (rows->shapes != NULL)
	{
		int32		shape = shapes_add(rows->shapes, value, row, at);

		if (shape < 0)
			return true;
		check_srid(reader, rows->shapes->srid);
		rows->shape[rows->n] = shape;
		rows->row[rows->n++] = row;
		return true;
	}

	value = shape_as_geometry(reader->shapes, value);
	if (reader->any_shape && !shape_is_point(reader->shapes, value))
		return point_is_empty(reader->points, value);
	x = &rows->x[rows->n];
	y = &rows->y[rows->n];
	if (!point_read(reader->points, value, x, y))
		return true;
	point_check_range(*x, *y);
	if (reader->sphere)
		sphere_normalize(x, y);
	check_srid(reader, reader->points->srid);
	if (rows->at != NULL)
		rows->at[rows->n] = at;
	rows->row[rows->n++] = row;
	return true;
}

/* Read the rows, as points or as shapes; false where they must be read as shapes. */
static bool
read_rows(WindowObject winobj, WindowReader *reader, WindowRows *rows, int nrows)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	bool		readable = true;

	rows->n = 0;
	reader->points->srid = -1;
	for (int i = 0; i < nrows && readable; i++)
	{
		bool		isnull;
		bool		isout;
		int64		at;
		Datum		value = WinGetFuncArgInPartition(winobj, 0, i, WINDOW_SEEK_HEAD, false,
													 &isnull, &isout);

		if (!isnull && read_time(winobj, reader, i, &at))
			readable = add_row(reader, rows, value, i, at);
		if ((i & (rows->shapes != NULL ? 0x3f : 0x3ff)) == 0)
		{
			MemoryContextReset(scratch);
			CHECK_FOR_INTERRUPTS();
			if (rows->shapes != NULL)
				crimeml_check_memory(add_size(window_rows_memory(reader, nrows) +
											  dbscan_extents_memory(nrows, true) + shapes_memory(nrows),
											  rows->shapes->bytes),
									 reader->name, LOWER_ROWS);
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return readable;
}

WindowRows *
window_rows_read(WindowObject winobj, WindowReader *reader, int nrows)
{
	WindowRows *rows = palloc0(sizeof(WindowRows));

	rows->sphere = reader->sphere;
	rows->row = scratch_array(int32, nrows);
	rows->x = scratch_array(double, nrows);
	rows->y = scratch_array(double, nrows);
	if (reader->timed)
		rows->at = scratch_array(int64, nrows);
	if (read_rows(winobj, reader, rows, nrows))
	{
		if (!reader->told)
			reader->told = doubts_tell_places(reader->name, rows->x, rows->y,
												rows->n, &reader->info);
		return rows;
	}

	pfree(rows->x);
	pfree(rows->y);
	rows->x = rows->y = NULL;
	rows->shape = scratch_array(int32, nrows);
	rows->shapes = shapes_create(reader->shapes, nrows, !reader->timed);
	read_rows(winobj, reader, rows, nrows);
	return rows;
}

Size
window_rows_memory(const WindowReader *reader, int nrows)
{
	return mul_size(nrows, 2 * sizeof(double) + sizeof(int32) +
					(reader->timed ? sizeof(int64) : 0));
}

/* The items of points: their places on the sphere, or points with their times. */
static ExtentItem *
point_items(const WindowRows *rows, const Sites *sites, int n)
{
	ExtentItem *items = scratch_array(ExtentItem, n);

	for (int i = 0; i < n; i++)
	{
		ExtentItem *item = &items[i];
		Extent	   *extent = &item->extent;
		double		x = sites != NULL ? sites->x[i] : rows->x[i];
		double		y = sites != NULL ? sites->y[i] : rows->y[i];

		memset(item, 0, sizeof(ExtentItem));
		if (rows->sphere)
			sphere_vector(x, y, extent->low);
		else
		{
			extent->low[0] = x;
			extent->low[1] = y;
		}
		memcpy(extent->high, extent->low, sizeof(extent->high));
		if (rows->at != NULL)
			extent->from = extent->to = rows->at[i];
		item->weight = sites != NULL ? sites->weight[i] : 1;
		item->first = sites != NULL ? sites->first[i] : i;
		item->id = i;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return items;
}

void
window_rows_dbscan(const WindowRows *rows, double eps, int64 eps_time, int minpoints,
				int32 *number)
{
	ExtentDbscan scan = {0};
	const int32 *item_of = NULL;
	int32	   *root;

	if (rows->shapes == NULL && !rows->sphere && rows->at == NULL)
	{
		dbscan(rows->x, rows->y, rows->n, eps, minpoints, number);
		return;
	}

	scan.eps = rows->sphere ? sphere_chord(eps) : eps;
	/* the two ends of time are farther apart than int64 says */
	scan.eps_time = eps_time == PG_INT64_MAX ? PG_UINT64_MAX : eps_time;
	scan.minpoints = minpoints;
	if (rows->shapes != NULL)
	{
		Shapes	   *shapes = rows->shapes;

		shapes->eps = eps;
		scan.item = shapes->item;
		scan.n = shapes->n;
		scan.within = shapes_within;
		scan.arg = shapes;
		scan.slack = rows->sphere ? SPHERE_SLACK :
			1e-9 * Min(eps, shapes->largest) + 64 * DBL_EPSILON * shapes->largest;
		item_of = rows->shape;
	}
	else if (rows->at == NULL)
	{
		Sites	   *sites = sites_build(rows->x, rows->y, rows->n);

		scan.item = point_items(rows, sites, sites->n);
		scan.n = sites->n;
		item_of = sites->site_of;
	}
	else
	{
		scan.item = point_items(rows, NULL, rows->n);
		scan.n = rows->n;
	}
	root = scratch_array(int32, scan.n);
	dbscan_extents(&scan, root);
	number_clusters(root, scan.n, item_of, rows->n, number);
}

Size
window_rows_dbscan_memory(const WindowReader *reader, int nrows)
{
	if (!reader->sphere && !reader->timed)
		return dbscan_memory(nrows);
	return add_size(mul_size(nrows, Max(SITES_PEAK_BYTES, SITES_KEPT_BYTES + sizeof(ExtentItem) +
										2 * sizeof(int32))),
					dbscan_extents_memory(nrows, false));
}
