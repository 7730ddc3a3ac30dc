/*
 * window.c
 *		The window functions dbscan and kmeans.
 *
 * All of them have one shape: at the first row of a partition its points are
 * read, the engine numbers them, and the numbers stay in the partition's
 * memory, from which every row takes its own.
 */
#include "crimeml.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "windowapi.h"

#include "cluster/dbscan.h"
#include "cluster/kmeans.h"
#include "cluster/sites.h"
#include "data/points.h"

#define MAX_ARGS 4

/* The points of a partition; rows whose geometry is NULL or EMPTY have none. */
typedef struct Points
{
	int			n;
	double	   *x;
	double	   *y;
	int32	   *row;
} Points;

/* An argument after the geometry: "number" where it is float8, else "integer". */
typedef union Argument
{
	double		number;
	int64		integer;
} Argument;

/*
 * One window function: its arguments after the geometry, how much memory the
 * engine takes, and the engine, which gives each point a number, or -1 for NULL.
 */
typedef struct PointWindow
{
	const char *name;
	int			nargs;
	const char *argname[MAX_ARGS];
	Oid			argtype[MAX_ARGS];
	void		(*check) (const Argument *arg);
	Size		(*memory) (int n, const Argument *arg);
	void		(*run) (const Points *points, const Argument *arg, int32 *number);
} PointWindow;

/* In the memory of the partition, which begins zeroed. */
typedef struct PartitionState
{
	bool		done;
	Argument	arg[MAX_ARGS];
	int32	   *number;			/* of each row */
} PartitionState;

/* In fn_extra, for the query. */
typedef struct QueryState
{
	PointReader *reader;
	int32		planar_srid;	/* checked already; -1 before */
	bool		stable[MAX_ARGS];	/* this argument cannot change in the query */
} QueryState;

static QueryState *
query_state(FunctionCallInfo fcinfo, const PointWindow *window)
{
	QueryState *query = fcinfo->flinfo->fn_extra;

	if (query == NULL)
	{
		query = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(QueryState));
		query->reader = point_reader_create(fcinfo->flinfo->fn_mcxt);
		query->planar_srid = -1;
		for (int i = 0; i < window->nargs; i++)
			query->stable[i] = get_fn_expr_arg_stable(fcinfo->flinfo, i + 1);
		fcinfo->flinfo->fn_extra = query;
	}
	return query;
}

/* An argument at the current row; it must not be null. */
static Argument
argument(WindowObject winobj, const PointWindow *window, int i)
{
	Argument	arg;
	bool		isnull;
	Datum		value = WinGetFuncArgCurrent(winobj, i + 1, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null",
						window->argname[i], window->name)));
	if (window->argtype[i] == FLOAT8OID)
		arg.number = DatumGetFloat8(value);
	else if (window->argtype[i] == INT4OID)
		arg.integer = DatumGetInt32(value);
	else
		arg.integer = DatumGetInt64(value);
	return arg;
}

/* The engines give one answer a partition: their arguments cannot change within it. */
static void
check_constant(WindowObject winobj, const PointWindow *window, const QueryState *query,
			   const PartitionState *state)
{
	for (int i = 0; i < window->nargs; i++)
	{
		Argument	arg;

		if (query->stable[i])
			continue;
		arg = argument(winobj, window, i);
		if (window->argtype[i] == FLOAT8OID ?
			arg.number != state->arg[i].number : arg.integer != state->arg[i].integer)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" of %s changes within a partition",
							window->argname[i], window->name),
					 errhint("Give a constant, or PARTITION BY what \"%s\" depends on.",
							 window->argname[i])));
	}
}

/* Errors for what the engines cannot place. */
static void
check_coordinates(double x, double y)
{
	if (fabs(x) > COORDINATE_LIMIT || fabs(y) > COORDINATE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("point with coordinates (%g %g) is out of range", x, y),
				 errhint("Leave such rows out: WHERE ST_X(geom) BETWEEN ... AND ...")));
}

/* Read the points of the partition into the current context. */
static Points
read_points(WindowObject winobj, const PointWindow *window, QueryState *query, int nrows)
{
	Points		points;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml row",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = CurrentMemoryContext;

	points.n = 0;
	points.x = scratch_array(double, nrows);
	points.y = scratch_array(double, nrows);
	points.row = scratch_array(int32, nrows);
	query->reader->srid = -1;

	MemoryContextSwitchTo(scratch);
	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		bool		isout;
		Datum		geometry = WinGetFuncArgInPartition(winobj, 0, i, WINDOW_SEEK_HEAD, false,
														&isnull, &isout);
		double	   *x = &points.x[points.n];
		double	   *y = &points.y[points.n];

		if (!isnull && point_read(query->reader, geometry, x, y))
		{
			check_coordinates(*x, *y);
			points.row[points.n++] = i;
			if (query->reader->srid != query->planar_srid)
			{
				srid_require_planar(query->reader->srid, window->name);
				query->planar_srid = query->reader->srid;
			}
		}
		if ((i & 0x3ff) == 0)
		{
			MemoryContextReset(scratch);
			CHECK_FOR_INTERRUPTS();
		}
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return points;
}

/* Number the rows of the partition. */
static void
number_partition(WindowObject winobj, const PointWindow *window, QueryState *query,
				 PartitionState *state)
{
	int64		nrows = WinGetPartitionRowCount(winobj);
	MemoryContext partition = GetMemoryChunkContext(state);
	MemoryContext work;
	MemoryContext caller;
	Points		points;
	int32	   *number;

	for (int i = 0; i < window->nargs; i++)
		state->arg[i] = argument(winobj, window, i);
	window->check(state->arg);
	if (nrows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s cannot take a partition of %lld rows, above %d",
						window->name, (long long) nrows, PG_INT32_MAX),
				 errhint("PARTITION BY district or month.")));
	crimeml_check_memory(add_size(mul_size(nrows, 2 * sizeof(double) + 3 * sizeof(int32)),
								  window->memory(nrows, state->arg)),
						 window->name, "the number of rows in a partition (PARTITION BY district or month)");

	work = AllocSetContextCreate(partition, "crimeml cluster", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(work);
	points = read_points(winobj, window, query, nrows);
	number = scratch_array(int32, points.n);
	window->run(&points, state->arg, number);
	state->number = MemoryContextAllocHuge(partition, mul_size(nrows, sizeof(int32)));
	memset(state->number, -1, nrows * sizeof(int32));
	for (int i = 0; i < points.n; i++)
		state->number[points.row[i]] = number[i];
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
	state->done = true;
}

/* The answer for the current row. */
static Datum
answer(FunctionCallInfo fcinfo, const PointWindow *window)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	PartitionState *state = WinGetPartitionLocalMemory(winobj, sizeof(PartitionState));
	QueryState *query = query_state(fcinfo, window);
	int32		number;

	if (!state->done)
		number_partition(winobj, window, query, state);
	else
		check_constant(winobj, window, query, state);
	number = state->number[WinGetCurrentPosition(winobj)];
	if (number < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(number);
}

/* ----------
 * dbscan(geom, eps, minpoints)
 * ----------
 */
static void
check_dbscan(const Argument *arg)
{
	double		eps = arg[0].number;
	int			minpoints = arg[1].integer;

	if (!(eps >= 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"eps\" of dbscan must not be below 0, and is %g", eps),
				 errhint("It is the distance between neighbours, in the units of the SRID.")));
	if (minpoints < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"minpoints\" of dbscan must not be below 0, and is %d",
						minpoints),
				 errhint("It is how many points, itself included, a core point has within eps.")));
}

static Size
memory_dbscan(int n, const Argument *arg)
{
	return dbscan_memory(n);
}

static void
run_dbscan(const Points *points, const Argument *arg, int32 *number)
{
	dbscan(points->x, points->y, points->n, arg[0].number, arg[1].integer, number);
}

static const PointWindow dbscan_window = {
	.name = "dbscan",
	.nargs = 2,
	.argname = {"eps", "minpoints"},
	.argtype = {FLOAT8OID, INT4OID},
	.check = check_dbscan,
	.memory = memory_dbscan,
	.run = run_dbscan
};

PG_FUNCTION_INFO_V1(crimeml_dbscan);
Datum
crimeml_dbscan(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, &dbscan_window);
}

/* ----------
 * kmeans(geom, k, seed)
 * ----------
 */
static void
check_kmeans(const Argument *arg)
{
	int			k = arg[0].integer;

	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"k\" of kmeans must be at least 1, and is %d", k),
				 errhint("It is the number of clusters.")));
}

static Size
memory_kmeans(int n, const Argument *arg)
{
	return kmeans_memory(n, arg[0].integer);
}

static void
run_kmeans(const Points *points, const Argument *arg, int32 *number)
{
	kmeans(points->x, points->y, points->n, arg[0].integer, arg[1].integer, number);
}

static const PointWindow kmeans_window = {
	.name = "kmeans",
	.nargs = 2,
	.argname = {"k", "seed"},
	.argtype = {INT4OID, INT8OID},
	.check = check_kmeans,
	.memory = memory_kmeans,
	.run = run_kmeans
};

PG_FUNCTION_INFO_V1(crimeml_kmeans);
Datum
crimeml_kmeans(PG_FUNCTION_ARGS)
{
	return answer(fcinfo, &kmeans_window);
}
