/*
 * counts_set.c
 *		The counts of a source as series to be forecast.
 */
#include "forecast/counts_set.h"

#include <math.h>

#include "pgtime.h"

CountsSet *
counts_set_read(const char *function, const char *source, const Interval *interval,
				pg_tz *zone)
{
	CountsSet  *set = palloc0(sizeof(CountsSet));
	Bucket		bucket = bucket_from_interval(interval, "bucket");
	SeriesCounts *counts = count_series_read(function, source, &bucket, zone, DT_NOBEGIN, DT_NOEND);
	Size		bytes = 0;

	for (int i = 0; i < counts->n; i++)
		bytes = add_size(bytes, mul_size(counts->series[i].n, sizeof(double)));
	crimeml_check_memory(bytes, function, "the number of series, or of their buckets");
	set->counts = counts;
	set->time_zone = pg_get_timezone_name(zone);
	set->value = crimeml_array(const double *, counts->n);
	for (int i = 0; i < counts->n; i++)
	{
		const CountedSeries *series = &counts->series[i];
		double	   *value = scratch_array(double, series->n);

		count_series_values(counts, i, value);
		for (int j = 0; j < series->n; j++)
			if (counts->calendar->exposure[series->first + j] == 0)
				value[j] = NAN;
		set->value[i] = value;
		CHECK_FOR_INTERRUPTS();
	}
	return set;
}

/* Are they counts, or missing? */
static bool
are_counts(const double *value, int n)
{
	for (int i = 0; i < n; i++)
		if (!isnan(value[i]) && !value_is_count(value[i]))
			return false;
	return true;
}

SeriesSet *
counts_set_until(const CountsSet *set, int end, int **which)
{
	const SeriesCounts *counts = set->counts;
	SeriesSet  *result = palloc0(sizeof(SeriesSet));
	Series	   *series = crimeml_array(Series, counts->n);

	*which = crimeml_array(int, counts->n);
	for (int i = 0; i < counts->n; i++)
	{
		const CountedSeries *counted = &counts->series[i];
		int			n = Min(counted->n, end - counted->first);

		/* the hour that the clocks leave out may be the last */
		while (n > 0 && isnan(set->value[i][n - 1]))
			n--;
		if (n < 1)
			continue;
		series[result->n].place = result->n;
		series[result->n].n = n;
		series[result->n].value = set->value[i];
		series[result->n].first = counted->first;
		series[result->n].calendar = counts->calendar;
		series[result->n].counts = !counts->sums || are_counts(set->value[i], n);
		(*which)[result->n++] = i;
	}
	result->series = series;
	return result;
}
