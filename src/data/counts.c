/*
 * counts.c
 *		counts(): the incidents of each bucket of time, with zeros.
 */
#include "crimeml.h"

#include "arguments.h"
#include "data/count_series.h"
#include "rows.h"

PG_FUNCTION_INFO_V1(crimeml_counts);

/* A sum as the column "count" holds it. */
static int64
whole_number(double value)
{
	if (!value_is_count(value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts: a bucket's sum of column \"value\" is %.17g, which is no count", value),
				 errhint("Column \"value\" holds counts. Leave it out, or call it otherwise, to count the rows.")));
	return value;
}

/* counts(source, bucket, during, time_zone) */
Datum
crimeml_counts(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	TimestampTz from = DT_NOBEGIN;
	TimestampTz to = DT_NOEND;
	pg_tz	   *zone = arg_time_zone(fcinfo, 3);
	SeriesCounts *counts;
	Bucket		bucket;
	Rows		rows;

	bucket = bucket_from_interval(arg_interval(fcinfo, 1, "bucket"), "bucket");
	if (!PG_ARGISNULL(2) && !range_instants(PG_GETARG_RANGE_P(2), &from, &to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"during\" of counts must not be empty")));
	rows_begin(&rows, fcinfo);
	counts = count_series_read("counts", source, &bucket, zone, from, to);
	for (int i = 0; i < counts->n; i++)
	{
		const CountedSeries *series = &counts->series[i];
		double	   *value = scratch_array(double, series->n);

		count_series_values(counts, i, value);
		for (int j = 0; j < series->n; j++)
		{
			/* the hour that the clocks leave out */
			if (counts->calendar->exposure[series->first + j] == 0)
				continue;
			rows_text(&rows, series->name);
			rows_timestamptz(&rows, counts->calendar->at[series->first + j]);
			rows_int64(&rows, whole_number(value[j]));
			rows_end(&rows);
		}
		pfree(value);
	}
	PG_RETURN_NULL();
}
