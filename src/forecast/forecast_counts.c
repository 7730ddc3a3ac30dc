/*
 * forecast_counts.c
 *		forecast_counts(): the incidents of a source, counted and forecast.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "forecast/counts_set.h"
#include "forecast/intervals.h"
#include "forecast/methods.h"
#include "forecast/series_task.h"
#include "rows.h"
#include "utils/builtins.h"

typedef struct CountsForecast
{
	Rows		rows;
	const CountsSet *set;
	const int  *which;
	int			origin;			/* the first bucket that is forecast */
	int			horizon;
	int			levels;
	const double *level;
} CountsForecast;

/* One row; NaN is null. */
static void
put_row(CountsForecast *c, const char *series, int bucket, int step, double count, double forecast,
		double level, double lower, double upper, const char *method)
{
	rows_text(&c->rows, series);
	rows_timestamptz(&c->rows, c->set->counts->calendar->at[bucket]);
	if (step > 0)
		rows_int32(&c->rows, step);
	else
		rows_null(&c->rows);
	rows_float8(&c->rows, count);
	rows_float8(&c->rows, forecast);
	rows_float8(&c->rows, level);
	rows_float8(&c->rows, lower);
	rows_float8(&c->rows, upper);
	rows_text(&c->rows, method);
	rows_end(&c->rows);
}

/* What was counted before the origin, then what is forecast beside what came. */
static void
put_series(void *arg, int i, const SeriesResult *result)
{
	CountsForecast *c = arg;
	const SeriesCounts *counts = c->set->counts;
	const CountedSeries *series = &counts->series[c->which[i]];
	const double *value = c->set->value[c->which[i]];
	const char *method = result->report.reason == NULL ? result->report.method :
		psprintf("%s: %s", result->report.method, result->report.reason);

	for (int b = series->first; b < c->origin; b++)
		if (!isnan(value[b - series->first]))
			put_row(c, series->name, b, 0, value[b - series->first], NAN, NAN, NAN, NAN, NULL);
	for (int h = 0; h < c->horizon; h++)
	{
		int			b = c->origin + h;
		int			at = b - series->first;
		double		count = at < series->n ? value[at] : NAN;

		if (counts->calendar->exposure[b] == 0)
			continue;
		for (int l = 0; l < Max(c->levels, 1); l++)
			put_row(c, series->name, b, h + 1, count, result->mean[h],
					c->levels > 0 ? c->level[l] : NAN,
					c->levels > 0 ? result->lower[h * c->levels + l] : NAN,
					c->levels > 0 ? result->upper[h * c->levels + l] : NAN, method);
	}
}

PG_FUNCTION_INFO_V1(crimeml_forecast_counts);

/* forecast_counts(source, bucket, horizon, method, levels, origin, options) */
Datum
crimeml_forecast_counts(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	const Interval *bucket = arg_interval(fcinfo, 1, "bucket");
	CountsForecast c = {0};
	const Forecaster *forecaster;
	Options    *options;
	ForecasterSettings settings;
	SeriesWork	work = {0};
	int		   *which;

	c.horizon = forecast_horizon(fcinfo, 2);
	forecaster = forecaster_by_name(arg_text(fcinfo, 3, "method"), "method");
	c.level = forecast_levels(fcinfo, 4, &c.levels);
	options = options_parse(forecaster->base.options, PG_ARGISNULL(6) ? NULL : PG_GETARG_JSONB_P(6));
	settings = forecaster_settings_of_counts(options, "forecast_counts");
	rows_begin(&c.rows, fcinfo);
	c.set = counts_set_read("forecast_counts", source, bucket, settings.zone);
	c.origin = c.set->counts->buckets;
	calendar_extend(c.set->counts->calendar, c.origin + c.horizon);
	if (!PG_ARGISNULL(5))
	{
		int64		at = calendar_find(c.set->counts->calendar, PG_GETARG_TIMESTAMPTZ(5));

		if (at < 1 || at > c.origin)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"%s\" lies outside the counts", "origin"),
					 errdetail("They reach from %s to %s.",
							   pstrdup(timestamptz_to_str(c.set->counts->calendar->at[0])),
							   pstrdup(timestamptz_to_str(c.set->counts->calendar->at[c.origin])))));
		c.origin = (int) at;
	}
	work.forecaster = forecaster;
	work.option = options->value;
	work.seed = settings.seed;
	work.set = counts_set_until(c.set, c.origin, &which);
	work.time_zone = c.set->time_zone;
	work.horizon = c.horizon;
	work.origin = c.origin;
	work.levels = c.levels;
	work.level = c.level;
	c.which = which;
	(void) series_work(&work, put_series, &c);
	return (Datum) 0;
}
