/*
 * grid_accuracy.c
 *		The SQL function grid_accuracy.
 */
#include "grid/grid.h"

#include <math.h>

#include "arguments.h"
#include "catalog/pg_type.h"
#include "data/doubts.h"
#include "data/incidents.h"
#include "grid/accuracy.h"
#include "grid/algebra.h"
#include "grid/area.h"
#include "rows.h"
#include "utils/array.h"

typedef struct LaterIncidents
{
	int64	   *later;			/* by cell */
	double	   *before;			/* ditto; NULL where the source does not know the past */
	int64		n;				/* later ones in cells that take part */
	int64		left_out;
} LaterIncidents;

/* Count the incidents of the source by cell, and say what is left out. */
static void
count_incidents(LaterIncidents *later, const char *source, const Grid *grid, const bool *takes_part)
{
	const GridShape *shape = &grid->shape;
	Incidents  *incidents = incidents_read("grid_accuracy", source, INCIDENTS_PAST,
										   session_timezone);
	double		size = shape->cell_size;
	double		study[4] = {shape->i0 * size, shape->j0 * size,
		((double) shape->i0 + shape->columns) * size, ((double) shape->j0 + shape->rows) * size};

	if (incidents->n > 0 && incidents->srid != shape->srid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the incidents are in SRID %d, the grid in SRID %d", incidents->srid,
						shape->srid),
				 errhint("Bring them into the grid's with ST_Transform.")));
	doubts_leave_out(incidents, study);
	later->later = crimeml_array(int64, shape_cells(shape));
	if (incidents->past != NULL)
		later->before = crimeml_array(double, shape_cells(shape));
	for (int i = 0; i < incidents->n; i++)
	{
		int			column;
		int			row;
		int64		cell = -1;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (shape_find(shape, incidents->x[i], incidents->y[i], &column, &row))
			cell = (int64) row * shape->columns + column;
		if (incidents->past != NULL && incidents->past[i])
		{
			if (cell >= 0)
				later->before[cell]++;
		}
		else if (cell >= 0 && takes_part[cell])
		{
			later->later[cell]++;
			later->n++;
		}
		else
			later->left_out++;
	}
	if (later->left_out > 0)
		ereport(NOTICE,
				(errmsg("grid_accuracy: " INT64_FORMAT " incidents lie outside and take no part, " INT64_FORMAT " are inside",
						later->left_out, later->n)));
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

/* By AccuracyTies. */
static const char *const ties_words[] = {"cell", "worst"};

/* What the map is compared with; NULL when that cannot be known. */
static const double *
baseline_score(const Grid *grid, const Grid *baseline, const LaterIncidents *incidents)
{
	if (baseline != NULL)
	{
		grid_require_same_shape(grid, baseline);
		return baseline->value;
	}
	if (incidents->before != NULL)
		return incidents->before;
	if (grid->kind == GRID_COUNT)
		return grid->value;
	ereport(NOTICE,
			(errmsg("grid_accuracy: no baseline, since the grid does not know its points"),
			 errhint("Give a grid of grid_count_agg() as \"baseline\", or mark the rows that the map was made of by a column \"past\" of the source.")));
	return NULL;
}

PG_FUNCTION_INFO_V1(crimeml_grid_accuracy);

/* grid_accuracy(grid, source, shares, baseline, study_area, ties) */
Datum
crimeml_grid_accuracy(PG_FUNCTION_ARGS)
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
	LaterIncidents incidents = {0};
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	grid = PG_GETARG_GRID_P(0);
	source = arg_text(fcinfo, 1, "source");
	share = shares_arg(fcinfo, 2, &n_shares);
	baseline = PG_ARGISNULL(3) ? NULL : PG_GETARG_GRID_P(3);
	ties = arg_choice(fcinfo, 5, "ties", ties_words, lengthof(ties_words));

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

	count_incidents(&incidents, source, grid, takes_part);
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
		bool		known = incidents.n > 0 && k > 0;

		rows_float8(&rows, share[i]);
		rows_float8(&rows, k * shape_cell_km2(&grid->shape));
		rows_int64(&rows, hits);
		rows_float8(&rows, incidents.n > 0 ? (double) hits / incidents.n : NAN);
		rows_float8(&rows, known ? hits / by_chance : NAN);
		rows_float8(&rows, best > 0 ? (double) hits / best : NAN);
		rows_float8(&rows, known && baseline_value != NULL ?
					accuracy_hits(incidents.later, by_baseline, k) / by_chance : NAN);
		rows_end(&rows);
	}
	return (Datum) 0;
}
