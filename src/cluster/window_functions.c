/*
 * window_functions.c
 *		The window functions dbscan, dbscan_time and kmeans.
 *
 * All of them have one shape: at the first row of a partition its geometries
 * are read, the engine numbers them, and the numbers stay in the partition's
 * memory, from which every row takes its own.
 */
#include "crimeml.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "windowapi.h"

#include "cluster/window_rows.h"
#include "cluster/kmeans.h"
#include "cluster/sites.h"

#define MAX_ARGS 4

/*
 * An argument after the geometry and the time: "number" where it is float8, else
 * "integer", an interval in microseconds.
 */
typedef union Argument
{
	double		number;
	int64		integer;
} Argument;

/*
 * One window function: what it reads, its arguments after that, how much memory
 * the engine takes, and the engine, which gives each row that it reads a
 * number, or -1 for NULL.
 */
typedef struct PointWindow
{
	const char *name;
	bool		sphere;
	bool		any_shape;
	bool		timed;
	int			nargs;
	const char *argname[MAX_ARGS];
	Oid			argtype[MAX_ARGS];
	void		(*check) (const struct PointWindow *window, const Argument *arg);
	Size		(*memory) (const WindowReader *reader, int nrows, const Argument *arg);
	void		(*run) (const WindowRows *rows, const Argument *arg, int32 *number);
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
	WindowReader *reader;
	bool		stable[MAX_ARGS];	/* this argument cannot change in the query */
} QueryState;

/* Where argument i of the window function stands. */
static int
position_of(const PointWindow *window, int i)
{
	return i + (window->timed ? 2 : 1);
}

static QueryState *
query_state(FunctionCallInfo fcinfo, const PointWindow *window)
{
	QueryState *query = fcinfo->flinfo->fn_extra;

	if (query == NULL)
	{
		query = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(QueryState));
		query->reader = window_reader_create(fcinfo->flinfo->fn_mcxt, window->name, window->sphere,
										  window->any_shape, window->timed);
		for (int i = 0; i < window->nargs; i++)
			query->stable[i] = get_fn_expr_arg_stable(fcinfo->flinfo, position_of(window, i));
		fcinfo->flinfo->fn_extra = query;
	}
	return query;
}

/* An interval in microseconds, a day having 24 hours; months have no length. */
static int64
interval_length(const Interval *interval, const PointWindow *window, int i)
{
	int64		days;
	int64		length;

	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of %s must have no months or years",
						window->argname[i], window->name),
				 errhint("Months differ in length: give days, such as interval '30 days'.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
		pg_add_s64_overflow(days, interval->time, &length))
		length = interval->day < 0 ? PG_INT64_MIN : PG_INT64_MAX;
	return length;
}

/* An argument at the current row; it must not be null. */
static Argument
argument(WindowObject winobj, const PointWindow *window, int i)
{
	Argument	arg;
	bool		isnull;
	Datum		value = WinGetFuncArgCurrent(winobj, position_of(window, i), &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of %s must not be null",
						window->argname[i], window->name)));
	if (window->argtype[i] == FLOAT8OID)
		arg.number = DatumGetFloat8(value);
	else if (window->argtype[i] == INT4OID)
		arg.integer = DatumGetInt32(value);
	else if (window->argtype[i] == INTERVALOID)
		arg.integer = interval_length(DatumGetIntervalP(value), window, i);
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

/* Number the rows of the partition. */
static void
number_partition(WindowObject winobj, const PointWindow *window, QueryState *query,
				 PartitionState *state)
{
	int64		nrows = WinGetPartitionRowCount(winobj);
	MemoryContext partition = GetMemoryChunkContext(state);
	MemoryContext work;
	MemoryContext caller;
	WindowRows *rows;
	int32	   *number;

	for (int i = 0; i < window->nargs; i++)
		state->arg[i] = argument(winobj, window, i);
	window->check(window, state->arg);
	if (nrows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s cannot take a partition of %lld rows, above %d",
						window->name, (long long) nrows, PG_INT32_MAX),
				 errhint("PARTITION BY district or month.")));
	crimeml_check_memory(add_size(mul_size(nrows, 2 * sizeof(int32)),
								  add_size(window_rows_memory(query->reader, nrows),
										   window->memory(query->reader, nrows, state->arg))),
						 window->name, "the number of rows in a partition (PARTITION BY district or month)");

	work = AllocSetContextCreate(partition, "crimeml cluster", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(work);
	rows = window_rows_read(winobj, query->reader, nrows);
	number = scratch_array(int32, rows->n);
	window->run(rows, state->arg, number);
	state->number = crimeml_alloc_raw(partition, nrows, sizeof(int32));
	memset(state->number, -1, nrows * sizeof(int32));
	for (int i = 0; i < rows->n; i++)
		state->number[rows->row[i]] = number[i];
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
 * dbscan(geom, eps, minpoints), dbscan_time(geom, at, eps, eps_time, minpoints)
 * ----------
 */
static void
check_eps(const PointWindow *window, double eps)
{
	if (!(eps >= 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"eps\" of %s must not be below 0, and is %g",
						window->name, eps),
				 window->sphere ?
				 errhint("It is the distance between neighbours, in metres.") :
				 errhint("It is the distance between neighbours, in the units of the SRID.")));
}

static void
check_minpoints(const PointWindow *window, int minpoints)
{
	if (minpoints < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"minpoints\" of %s must not be below 0, and is %d",
						window->name, minpoints),
				 errhint("It is how many points, itself included, a core point has within eps.")));
}

static void
check_dbscan(const PointWindow *window, const Argument *arg)
{
	check_eps(window, arg[0].number);
	check_minpoints(window, arg[1].integer);
}

static void
check_dbscan_time(const PointWindow *window, const Argument *arg)
{
	check_eps(window, arg[0].number);
	if (arg[1].integer < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"eps_time\" of %s must not be below 0", window->name),
				 errhint("It is the time between neighbours, such as interval '14 days'.")));
	check_minpoints(window, arg[2].integer);
}

static Size
memory_dbscan(const WindowReader *reader, int nrows, const Argument *arg)
{
	return window_rows_dbscan_memory(reader, nrows);
}

static void
run_dbscan(const WindowRows *rows, const Argument *arg, int32 *number)
{
	window_rows_dbscan(rows, arg[0].number, 0, arg[1].integer, number);
}

static void
run_dbscan_time(const WindowRows *rows, const Argument *arg, int32 *number)
{
	window_rows_dbscan(rows, arg[0].number, arg[1].integer, arg[2].integer, number);
}

#define DBSCAN \
	.name = "dbscan", \
	.any_shape = true, \
	.nargs = 2, \
	.argname = {"eps", "minpoints"}, \
	.argtype = {FLOAT8OID, INT4OID}, \
	.check = check_dbscan, \
	.memory = memory_dbscan, \
	.run = run_dbscan

#define DBSCAN_TIME \
	.name = "dbscan_time", \
	.any_shape = true, \
	.timed = true, \
	.nargs = 3, \
	.argname = {"eps", "eps_time", "minpoints"}, \
	.argtype = {FLOAT8OID, INTERVALOID, INT4OID}, \
	.check = check_dbscan_time, \
	.memory = memory_dbscan, \
	.run = run_dbscan_time

PG_FUNCTION_INFO_V1(crimeml_dbscan);
Datum
crimeml_dbscan(PG_FUNCTION_ARGS)
{
	static const PointWindow window = {DBSCAN};

	return answer(fcinfo, &window);
}

PG_FUNCTION_INFO_V1(crimeml_dbscan_geography);
Datum
crimeml_dbscan_geography(PG_FUNCTION_ARGS)
{
	static const PointWindow window = {DBSCAN, .sphere = true};

	return answer(fcinfo, &window);
}

PG_FUNCTION_INFO_V1(crimeml_dbscan_time);
Datum
crimeml_dbscan_time(PG_FUNCTION_ARGS)
{
	static const PointWindow window = {DBSCAN_TIME};

	return answer(fcinfo, &window);
}

PG_FUNCTION_INFO_V1(crimeml_dbscan_time_geography);
Datum
crimeml_dbscan_time_geography(PG_FUNCTION_ARGS)
{
	static const PointWindow window = {DBSCAN_TIME, .sphere = true};

	return answer(fcinfo, &window);
}

/* ----------
 * kmeans(geom, k, seed)
 * ----------
 */
static void
check_kmeans(const PointWindow *window, const Argument *arg)
{
	int			k = arg[0].integer;

	if (k < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"k\" of kmeans must be at least 1, and is %d", k),
				 errhint("It is the number of clusters.")));
}

static Size
memory_kmeans(const WindowReader *reader, int nrows, const Argument *arg)
{
	return kmeans_memory(nrows, arg[0].integer);
}

static void
run_kmeans(const WindowRows *rows, const Argument *arg, int32 *number)
{
	if (rows->sphere)
		kmeans_sphere(rows->x, rows->y, rows->n, arg[0].integer, arg[1].integer,
					  number);
	else
		kmeans(rows->x, rows->y, rows->n, arg[0].integer, arg[1].integer, number);
}

#define KMEANS \
	.name = "kmeans", \
	.nargs = 2, \
	.argname = {"k", "seed"}, \
	.argtype = {INT4OID, INT8OID}, \
	.check = check_kmeans, \
	.memory = memory_kmeans, \
	.run = run_kmeans

PG_FUNCTION_INFO_V1(crimeml_kmeans);
Datum
crimeml_kmeans(PG_FUNCTION_ARGS)
{
	static const PointWindow window = {KMEANS};

	return answer(fcinfo, &window);
}

PG_FUNCTION_INFO_V1(crimeml_kmeans_geography);
Datum
crimeml_kmeans_geography(PG_FUNCTION_ARGS)
{
	static const PointWindow window = {KMEANS, .sphere = true};

	return answer(fcinfo, &window);
}
