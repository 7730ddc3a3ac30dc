/*
 * judge.c
 *		The SQL functions that judge a grid: gi_star, risk_cells, grid_accuracy.
 */
#include "grid/grid.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "stat/natural_breaks.h"
#include "cluster/risk.h"
#include "data/points.h"
#include "data/source.h"
#include "grid/accuracy.h"
#include "grid/algebra.h"
#include "grid/area.h"
#include "grid/cell.h"
#include "grid/hotspot.h"
#include "stat/fdr.h"
#include "utils/array.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(grid_gi_star);
PG_FUNCTION_INFO_V1(grid_risk_cells);
PG_FUNCTION_INFO_V1(grid_accuracy);

/* ----------
 * gi_star(grid, distance, fdr)
 * ----------
 */

/*
 * The square of the distance in cells.  It need not be a whole number, but
 * offsets have whole squares: one that is missed by rounding alone is taken.
 */
static double
near_arg(FunctionCallInfo fcinfo, const Grid *grid)
{
	double		distance;
	double		cells;

	if (PG_ARGISNULL(1))
		return HOTSPOT_QUEEN;
	distance = PG_GETARG_FLOAT8(1);
	cells = distance / grid->shape.cell_size;
	cells = floor(cells * cells * (1 + 1e-9));
	if (!(distance > 0 && isfinite(distance) && cells >= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"distance\" must be at least the cell size, %.15g, not %.15g",
						grid->shape.cell_size, distance),
				 errhint("It is in units of the SRID, between centres; null takes the eight cells around.")));
	return cells;
}

Datum
grid_gi_star(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	int64		cells;
	double		near;
	double	   *z;
	double	   *p;
	CellMaker  *maker;
	Tuplestorestate *store;
	TupleDesc	desc;
	MemoryContext row;
	MemoryContext old;

	crimeml_begin_rows(fcinfo, &store, &desc);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	near = near_arg(fcinfo, grid);
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "fdr")));

	cells = shape_cells(&grid->shape);
	/* z, p, running sums and counts, and p in order */
	crimeml_check_memory(mul_size(cells, 48), "Gi*", "the number of cells (by a larger cell_size)");
	z = crimeml_array(double, cells);
	p = crimeml_array(double, cells);
	hotspot_gi_star(&grid->shape, grid->value, near, z, p);
	if (PG_GETARG_BOOL(2))
		fdr_adjust(p, cells);

	maker = cell_maker_create(CurrentMemoryContext, &grid->shape);
	row = AllocSetContextCreate(CurrentMemoryContext, "crimeml row", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(row);
	for (int64 i = 0; i < cells; i++)
	{
		Datum		values[7];
		bool		nulls[7] = {false};

		if ((i & 1023) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(row);
		}
		if (isnan(grid->value[i]))
			continue;
		cell_columns(maker, i, values);
		values[4] = Float8GetDatum(grid->value[i]);
		values[5] = Float8GetDatum(z[i]);
		values[6] = Float8GetDatum(p[i]);
		nulls[5] = nulls[6] = isnan(z[i]);
		tuplestore_putvalues(store, desc, values, nulls);
	}
	MemoryContextSwitchTo(old);
	return (Datum) 0;
}

/* ----------
 * risk_cells(grid, quantiles)
 * ----------
 */

#define ST_SORT sort_values
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

/* Two shares of the cells, ascending; false when they are null. */
static bool
quantiles_arg(FunctionCallInfo fcinfo, double *quantile)
{
	Datum	   *element;
	bool	   *isnull;
	int			n;

	if (PG_ARGISNULL(1))
		return false;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &element, &isnull, &n);
	for (int i = 0; i < 2; i++)
		quantile[i] = n == 2 && !isnull[i] ? DatumGetFloat8(element[i]) : NAN;
	if (!(quantile[0] > 0 && quantile[0] < quantile[1] && quantile[1] < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"quantiles\" must be two shares between 0 and 1, ascending"),
				 errhint("For example '{0.7,0.9}': medium from the 70th percentile of the cells, high from the 90th.")));
	return true;
}

/* The quantile of sorted values, between neighbours (type 7 of R). */
static double
quantile_of(const double *value, int64 n, double share)
{
	double		at = share * (n - 1);
	int64		i = Min((int64) at, n - 1);
	double		above = value[Min(i + 1, n - 1)];
	double		step = (at - i) * (above - value[i]);

	/* from one end of the range to the other */
	if (isinf(step))
		return (1 - (at - i)) * value[i] + (at - i) * above;
	return value[i] + step;
}

/*
 * Where classes begin.  Cells of zero have no say: how much empty land a grid
 * takes in must not decide what is high.  Returns the number of classes.
 */
static int
find_classes(const Grid *grid, const double *quantile, double *lowest)
{
	int64		cells = shape_cells(&grid->shape);
	double	   *value = crimeml_array(double, cells);
	int64		n = 0;
	int			classes = RISK_LEVELS;

	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (grid->value[i] != 0 && !isnan(grid->value[i]))
			value[n++] = grid->value[i];
	}
	if (n == 0)
		classes = 0;
	else if (quantile == NULL)
	{
		crimeml_check_memory(natural_breaks_memory((int) n, RISK_LEVELS), "natural breaks",
							 "the number of cells (by a larger cell_size)");
		classes = natural_breaks(value, (int) n, RISK_LEVELS, lowest);
	}
	else
	{
		sort_values(value, n);
		lowest[0] = value[0];
		for (int i = 0; i < 2; i++)
			lowest[i + 1] = quantile_of(value, n, quantile[i]);
	}
	pfree(value);
	return classes;
}

Datum
grid_risk_cells(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	double		quantile[2];
	double		lowest[RISK_LEVELS];
	int			classes;
	Datum		level[RISK_LEVELS];
	CellMaker  *maker;
	Tuplestorestate *store;
	TupleDesc	desc;
	MemoryContext row;
	MemoryContext old;

	crimeml_begin_rows(fcinfo, &store, &desc);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	classes = find_classes(grid, quantiles_arg(fcinfo, quantile) ? quantile : NULL, lowest);
	risk_values(TupleDescAttr(desc, 5)->atttypid, level);

	maker = cell_maker_create(CurrentMemoryContext, &grid->shape);
	row = AllocSetContextCreate(CurrentMemoryContext, "crimeml row", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(row);
	for (int64 i = 0; i < shape_cells(&grid->shape); i++)
	{
		double		value = grid->value[i];
		Datum		values[6];
		bool		nulls[6] = {false};

		if ((i & 1023) == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(row);
		}
		if (isnan(value))
			continue;
		cell_columns(maker, i, values);
		values[4] = Float8GetDatum(value);
		values[5] = level[classes == 0 || value < lowest[0] ? RISK_LOW :
						  risk_of_class(value, lowest, classes)];
		tuplestore_putvalues(store, desc, values, nulls);
	}
	MemoryContextSwitchTo(old);
	return (Datum) 0;
}

/* ----------
 * grid_accuracy(grid, source, shares, baseline, study_area, ties)
 * ----------
 */

typedef struct Incidents
{
	const GridShape *shape;
	const bool *takes_part;
	PointReader *reader;
	int			geom;			/* columns of the source */
	int			past;			/* -1: none */
	int64	   *later;			/* by cell */
	double	   *before;			/* ditto; where the column is there */
	int64		n;				/* later ones in cells that take part */
	int64		left_out;
} Incidents;

static void
incidents_start(void *arg, TupleDesc desc)
{
	Incidents  *incidents = arg;

	incidents->geom = source_geometry_column(desc, "geom", true);
	incidents->past = source_column_of(desc, "past", BOOLOID, false);
}

static void
incidents_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	Incidents  *incidents = arg;
	const GridShape *shape = incidents->shape;
	double		x;
	double		y;
	int			column;
	int			row;
	int64		cell = -1;
	bool		past;

	if (isnull[incidents->geom] ||
		!point_read(incidents->reader, values[incidents->geom], &x, &y))
		return;
	if (shape_find(shape, x, y, &column, &row))
		cell = (int64) row * shape->columns + column;
	past = incidents->past >= 0 && !isnull[incidents->past] &&
		DatumGetBool(values[incidents->past]);
	if (past)
	{
		if (cell >= 0)
			incidents->before[cell]++;
	}
	else if (cell >= 0 && incidents->takes_part[cell])
	{
		incidents->later[cell]++;
		incidents->n++;
	}
	else
		incidents->left_out++;
}

/* Shares above 0 up to 1. */
static double *
shares_arg(FunctionCallInfo fcinfo, int argno, int *n)
{
	ArrayType  *array;
	Datum	   *element;
	bool	   *isnull;
	double	   *share;

	*n = 0;
	if (!PG_ARGISNULL(argno))
	{
		array = PG_GETARG_ARRAYTYPE_P(argno);
		deconstruct_array(array, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
						  &element, &isnull, n);
	}
	if (*n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"shares\" must not be null or empty"),
				 errhint("For example '{0.01,0.05,0.1}': the first 1, 5 and 10 %% of the area.")));
	share = crimeml_array(double, *n);
	for (int i = 0; i < *n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		share[i] = isnull[i] ? NAN : DatumGetFloat8(element[i]);
		if (!(share[i] > 0 && share[i] <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 isnull[i] ? errmsg("argument \"shares\" must not contain null") :
					 errmsg("argument \"shares\" contains %g", share[i]),
					 errhint("A share of the area is above 0 and at most 1; 0.05 is 5 %%.")));
	}
	return share;
}

static AccuracyTies
ties_arg(FunctionCallInfo fcinfo, int argno)
{
	char	   *ties = crimeml_text_arg(fcinfo, argno, "ties");

	if (strcmp(ties, "cell") == 0)
		return ACCURACY_TIES_CELL;
	if (strcmp(ties, "worst") == 0)
		return ACCURACY_TIES_WORST;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"ties\" must be \"cell\" or \"worst\", not \"%s\"", ties)));
}

/* What the map is compared with; NULL when that cannot be known. */
static const double *
baseline_score(const Grid *grid, const Grid *baseline, const Incidents *incidents)
{
	if (baseline != NULL)
	{
		grid_require_same_shape(grid, baseline);
		return baseline->value;
	}
	if (incidents->past >= 0)
		return incidents->before;
	if (grid->kind == GRID_COUNT)
		return grid->value;
	ereport(NOTICE,
			(errmsg("grid_accuracy: no baseline, since the grid does not know its points"),
			 errhint("Give a grid of grid_count_agg() as \"baseline\", or mark the rows that the map was made of by a column \"past\" of the source.")));
	return NULL;
}

Datum
grid_accuracy(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	Grid	   *baseline;
	int64		cells;
	int64		m = 0;
	bool	   *takes_part;
	uint32	   *by_score;
	uint32	   *by_baseline;
	uint32	   *by_incidents;
	const double *baseline_value;
	double	   *share;
	int			n_shares;
	AccuracyTies ties;
	char	   *source;
	Incidents	incidents = {0};
	Tuplestorestate *store;
	TupleDesc	desc;

	crimeml_begin_rows(fcinfo, &store, &desc);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	source = crimeml_text_arg(fcinfo, 1, "source");
	share = shares_arg(fcinfo, 2, &n_shares);
	baseline = PG_ARGISNULL(3) ? NULL : PG_GETARG_GRID_P(3);
	ties = ties_arg(fcinfo, 5);

	cells = shape_cells(&grid->shape);
	/* counts before and after, three orders, a flag */
	crimeml_check_memory(mul_size(cells, 32), "the accuracy of the grid",
						 "the number of cells (by a larger cell_size)");
	if (PG_ARGISNULL(4))
		takes_part = memset(crimeml_array(bool, cells), true, cells);
	else
		takes_part = area_cells(&grid->shape, PG_GETARG_DATUM(4), "study_area");
	by_score = crimeml_array(uint32, cells);
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		takes_part[i] &= !isnan(grid->value[i]);
		if (takes_part[i])
			by_score[m++] = (uint32) i;
	}
	by_baseline = memcpy(crimeml_array(uint32, cells), by_score, m * sizeof(uint32));
	by_incidents = memcpy(crimeml_array(uint32, cells), by_score, m * sizeof(uint32));

	incidents.shape = &grid->shape;
	incidents.takes_part = takes_part;
	incidents.reader = point_reader_create(CurrentMemoryContext);
	incidents.reader->srid = grid->shape.srid;
	incidents.later = crimeml_array(int64, cells);
	incidents.before = crimeml_array(double, cells);
	source_read("grid_accuracy", source, incidents_start, incidents_row, &incidents);
	if (incidents.left_out > 0)
		ereport(NOTICE,
				(errmsg("grid_accuracy: " INT64_FORMAT " incidents lie outside and take no part, " INT64_FORMAT " are inside",
						incidents.left_out, incidents.n)));

	baseline_value = baseline_score(grid, baseline, &incidents);
	accuracy_order(grid->value, incidents.later, ties, by_score, m);
	if (baseline_value != NULL)
		accuracy_order(baseline_value, incidents.later, ties, by_baseline, m);
	accuracy_order_best(incidents.later, by_incidents, m);

	for (int i = 0; i < n_shares; i++)
	{
		int64		k = accuracy_cells(share[i], m);
		int64		hits = accuracy_hits(incidents.later, by_score, k);
		int64		best = accuracy_hits(incidents.later, by_incidents, k);
		/* the hits of k cells drawn by lot */
		double		by_chance = (double) incidents.n * k / Max(m, 1);
		Datum		values[7] = {0};
		bool		nulls[7] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Float8GetDatum(share[i]);
		values[1] = Float8GetDatum(k * shape_cell_km2(&grid->shape));
		values[2] = Int64GetDatum(hits);
		nulls[3] = incidents.n == 0;
		values[3] = Float8GetDatum((double) hits / incidents.n);
		nulls[4] = incidents.n == 0 || k == 0;
		values[4] = Float8GetDatum(hits / by_chance);
		nulls[5] = best == 0;
		values[5] = Float8GetDatum((double) hits / best);
		nulls[6] = nulls[4] || baseline_value == NULL;
		if (!nulls[6])
			values[6] = Float8GetDatum(accuracy_hits(incidents.later, by_baseline, k) / by_chance);
		tuplestore_putvalues(store, desc, values, nulls);
	}
	return (Datum) 0;
}
