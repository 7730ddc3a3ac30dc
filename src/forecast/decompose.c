/*
 * decompose.c
 *		decompose(): the counts of a source as trend, season and remainder.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "forecast/counts_set.h"
#include "forecast/stl.h"
#include "rows.h"

/* Periods in buckets, ascending, and their number. */
static int
season_periods(const Bucket *bucket, int *period)
{
	int			n = 0;

	if (bucket->months > 0)
	{
		if (bucket->months < 12)
			period[n++] = 12 / bucket->months;
	}
	else if (bucket->days == 7)
		period[n++] = 52;
	else if (bucket->days == 1)
	{
		period[n++] = 7;
		period[n++] = 365;
	}
	else
	{
		int			day = (int) (USECS_PER_DAY / bucket->microseconds);

		if (day > 1)
			period[n++] = day;
		period[n++] = 7 * day;
	}
	return n;
}

PG_FUNCTION_INFO_V1(crimeml_decompose);

/* decompose(source, bucket, robust, time_zone) */
Datum
crimeml_decompose(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	bool		robust = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	const CountsSet *set;
	const Calendar *calendar;
	int			period[2];
	int			periods;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	set = counts_set_read("decompose", source, arg_interval(fcinfo, 1, "bucket"),
						  arg_time_zone(fcinfo, 3));
	calendar = set->counts->calendar;
	periods = season_periods(&calendar->bucket, period);
	for (int i = 0; i < set->counts->n; i++)
	{
		const CountedSeries *series = &set->counts->series[i];
		int			n = series->n;
		double	   *value = scratch_array(double, n);
		double	   *trend = scratch_array(double, n);
		double	   *remainder = scratch_array(double, n);
		double	   *season[2] = {NULL, NULL};

		for (int p = 0; p < periods; p++)
			season[p] = scratch_array(double, n);
		/* the hour that the clocks leave out takes the one before */
		for (int j = 0; j < n; j++)
			value[j] = !isnan(set->value[i][j]) ? set->value[i][j] : j > 0 ? value[j - 1] : 0;
		stl_decompose_all(value, n, period, periods, robust, season, trend, remainder);
		for (int j = 0; j < n; j++)
		{
			double		seasons = 0;

			if (isnan(set->value[i][j]))
				continue;
			for (int p = 0; p < periods; p++)
				seasons += season[p][j];
			rows_text(&rows, series->name);
			rows_timestamptz(&rows, calendar->at[series->first + j]);
			rows_float8(&rows, value[j]);
			rows_float8(&rows, trend[j]);
			rows_float8(&rows, seasons);
			rows_float8(&rows, remainder[j]);
			rows_end(&rows);
		}
		pfree(value);
		pfree(trend);
		pfree(remainder);
		for (int p = 0; p < periods; p++)
			pfree(season[p]);
	}
	return (Datum) 0;
}
