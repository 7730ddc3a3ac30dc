/*
 * accuracy.c
 *		forecast_accuracy(): methods judged by rolling origins.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "catalog/pg_type.h"
#include "forecast/counts_set.h"
#include "forecast/intervals.h"
#include "forecast/methods.h"
#include "forecast/series_task.h"
#include "portability/instr_time.h"
#include "rows.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MAX_ORIGINS 1000

typedef struct AccuracyRun
{
	const int  *which;
	ForecastScore *score;		/* of each series of the source */
} AccuracyRun;

static void
add_score(void *arg, int i, const SeriesResult *result)
{
	AccuracyRun *run = arg;

	score_sum(&run->score[run->which[i]], &result->score);
}

/* The names of an argument text[], at least one. */
static const Forecaster **
method_list(FunctionCallInfo fcinfo, int argno, int *n)
{
	const Forecaster **method;
	Datum	   *element;
	bool	   *isnull;

	*n = 0;
	if (!PG_ARGISNULL(argno))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), TEXTOID, -1, false, TYPALIGN_INT,
						  &element, &isnull, n);
	if (*n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" names no method", "methods")));
	method = crimeml_array(const Forecaster *, *n);
	for (int i = 0; i < *n; i++)
	{
		if (isnull[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not hold a null", "methods")));
		method[i] = forecaster_by_name(TextDatumGetCString(element[i]), "methods");
	}
	return method;
}

/* Judge one method over all origins. */
static void
judge(const Forecaster *method, const CountsSet *set, int horizon, int origins,
	  ForecastScore *score)
{
	const SeriesCounts *counts = set->counts;
	Options    *options = options_parse(method->base.options, NULL);

	for (int o = 0; o < origins; o++)
	{
		int			origin = counts->buckets - (origins - o) * horizon;
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "crimeml origin",
													  ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		SeriesWork	work = {.forecaster = method, .option = options->value, .horizon = horizon,
		.origin = origin};
		AccuracyRun run = {.score = score};
		const double **actual;
		int		   *which;
		SeriesSet  *until = counts_set_until(set, origin, &which);

		actual = crimeml_array(const double *, Max(until->n, 1));
		for (int i = 0; i < until->n; i++)
			actual[i] = set->value[which[i]] + (origin - counts->series[which[i]].first);
		work.set = until;
		work.time_zone = set->time_zone;
		work.actual = actual;
		run.which = which;
		(void) series_work(&work, add_score, &run);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
	}
}

static double
mean_of(double sum, int64 n)
{
	return n > 0 ? sum / n : NAN;
}

static void
put_score(Rows *rows, const Forecaster *method, const char *series, const ForecastScore *s,
		  double seconds)
{
	rows_text(rows, method->base.name);
	rows_text(rows, series);
	rows_int64(rows, s->n);
	rows_float8(rows, mean_of(s->crps, s->n));
	rows_float8(rows, mean_of(s->crps_scaled, s->n_scaled));
	rows_float8(rows, mean_of(s->scaled, s->n_scaled));
	rows_float8(rows, mean_of(s->absolute, s->n));
	rows_float8(rows, sqrt(mean_of(s->square, s->n)));
	rows_float8(rows, mean_of(s->error, s->n));
	for (int i = 0; i < SCORE_PINBALLS; i++)
		rows_float8(rows, mean_of(s->pinball[i], s->n));
	rows_float8(rows, mean_of(s->below, s->n));
	rows_float8(rows, mean_of(s->above, s->n));
	rows_float8(rows, mean_of(s->pit_low, s->n));
	rows_float8(rows, mean_of(s->pit_high, s->n));
	rows_float8(rows, seconds);
	rows_end(rows);
}

PG_FUNCTION_INFO_V1(crimeml_forecast_accuracy);

/* forecast_accuracy(source, bucket, horizon, methods, origins, time_zone) */
Datum
crimeml_forecast_accuracy(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	const Interval *bucket = arg_interval(fcinfo, 1, "bucket");
	const Forecaster **method;
	int			methods;
	int			horizon;
	int			origins;
	const CountsSet *set;
	int			n;
	Rows		rows;

	horizon = forecast_horizon(fcinfo, 2);
	method = method_list(fcinfo, 3, &methods);
	origins = PG_ARGISNULL(4) ? 0 : PG_GETARG_INT32(4);
	if (origins < 1 || origins > MAX_ORIGINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" cannot be %d", "origins", origins),
				 errhint("It is the number of times from which forecasts are made: 1 to %d.", MAX_ORIGINS)));
	rows_begin(&rows, fcinfo);
	set = counts_set_read("forecast_accuracy", source, bucket,
						  arg_time_zone(fcinfo, 5));
	n = set->counts->n;
	if (set->counts->buckets <= (int64) origins * horizon)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("forecast_accuracy: there are %d buckets, and %d origins of %d buckets leave none to learn from",
						set->counts->buckets, origins, horizon),
				 errhint("Take fewer origins, or a shorter horizon.")));
	for (int m = 0; m < methods; m++)
	{
		ForecastScore *score = crimeml_array(ForecastScore, n);
		ForecastScore all = {0};
		instr_time	begin;
		instr_time	end;

		INSTR_TIME_SET_CURRENT(begin);
		judge(method[m], set, horizon, origins, score);
		INSTR_TIME_SET_CURRENT(end);
		INSTR_TIME_SUBTRACT(end, begin);
		for (int i = 0; i < n; i++)
			score_sum(&all, &score[i]);
		put_score(&rows, method[m], NULL, &all, INSTR_TIME_GET_DOUBLE(end));
		for (int i = 0; n > 1 && i < n; i++)
			put_score(&rows, method[m], set->counts->series[i].name, &score[i], NAN);
	}
	return (Datum) 0;
}
