/*
 * count_series.c
 *		The rows of a source, counted by series and bucket of time.
 */
#include "data/count_series.h"

#include <math.h>

#include "access/xact.h"
#include "utils/builtins.h"

#include "data/dictionary.h"
#include "data/source.h"

/* Whatever it needs less of. */
#define COUNT_LOWER "the number of series or buckets"

/*
 * A first or last bucket is cut short if its rows leave more than so many times
 * what any other bucket leaves, among so many others at least.  Where chance
 * alone decides, it is said of one in 450.
 */
#define CUT_TIMES 3
#define CUT_OTHERS 12

/* Chance leaves a gap with less than exp(-this). */
#define GAP_EXPECTED 20
#define GAP_DAYS 7

/* Cells of the buckets from one number on. */
typedef struct Cells
{
	int64		from;			/* the bucket of the first */
	int64		n;				/* 0: none yet */
	int64		low;			/* buckets that have rows */
	int64		high;
	char	   *cell;
} Cells;

/* Of all series together: the rows of a bucket lie from first to last. */
typedef struct Covered
{
	bool		any;
	TimestampTz first;
	TimestampTz last;
} Covered;

typedef struct OneSeries
{
	Cells		cells;
	bool		before;			/* has rows before the period */
} OneSeries;

typedef struct Counting
{
	const char *function;
	MemoryContext context;
	const Bucket *bucket;
	Clock	   *clock;
	pg_tz	   *zone;
	TimestampTz from;
	TimestampTz to;
	int			at;				/* columns, or -1 */
	Oid			at_type;
	int			name;
	FmgrInfo	name_output;
	int			value;
	Oid			value_type;
	Dictionary	names;
	int			capacity;
	OneSeries  *series;
	Cells		covered;		/* of Covered */
	Size		bytes;			/* of all cells and series */
	TimestampTz first;			/* of all rows that count, in the period or not */
	TimestampTz last;
	int64		rows;			/* in the period */
	int64		no_time;
	int64		no_name;
	int64		no_value;
} Counting;

/* ----------
 * Cells that grow to both sides
 * ----------
 */

static const char *
instant_text(TimestampTz at)
{
	return pstrdup(timestamptz_to_str(at));
}

static void
check_reach(const Counting *counting, int64 low, int64 high)
{
	if (high - low >= CALENDAR_MAX_BUCKETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the rows reach over more than %d buckets", CALENDAR_MAX_BUCKETS),
				 errdetail("The first is at %s.", instant_text(bucket_begin(counting->bucket, counting->clock, low))),
				 errhint("Take longer buckets, or leave out times that cannot be right.")));
}

static void
check_memory(const Counting *counting)
{
	crimeml_check_memory(counting->bytes + counting->names.bytes, "counting the rows", COUNT_LOWER);
}

/* The cell of a bucket; zeroes where it is new. */
static void *
cell_of(Counting *counting, Cells *cells, int64 number, Size size)
{
	int64		from;
	int64		n;
	char	   *cell;

	if (number >= cells->from && number < cells->from + cells->n)
	{
		cells->low = Min(cells->low, number);
		cells->high = Max(cells->high, number);
		return cells->cell + (number - cells->from) * size;
	}
	if (cells->n == 0)
	{
		from = number;
		n = 16;
	}
	else
	{
		check_reach(counting, Min(cells->low, number), Max(cells->high, number));
		/* half as much again, to the side where it is needed */
		from = number < cells->from ? Min(number, cells->from - cells->n / 2) : cells->from;
		n = Max(number + 1 - from, cells->from + cells->n - from);
		if (number >= cells->from)
			n = Max(n, cells->n + cells->n / 2);
	}
	counting->bytes += (n - cells->n) * size;
	check_memory(counting);
	cell = crimeml_alloc(counting->context, n, size);
	if (cells->n > 0)
	{
		crimeml_copy(cell + (cells->from - from) * size, cells->cell, cells->n * size);
		pfree(cells->cell);
	}
	else
		cells->low = cells->high = number;
	cells->cell = cell;
	cells->from = from;
	cells->n = n;
	return cell_of(counting, cells, number, size);
}

/* ----------
 * Reading
 * ----------
 */

static void
start_counting(void *arg, TupleDesc desc)
{
	Counting   *counting = arg;

	counting->at = source_time_column(desc, "at", true, &counting->at_type);
	counting->value = source_number_column(desc, "value", false, &counting->value_type);
	counting->name = source_text_column(desc, "series", false, &counting->name_output,
										counting->context);
}

/* The series of a row. */
static OneSeries *
find_series(Counting *counting, Datum *values)
{
	char	   *name = "";
	int			i;

	if (counting->name >= 0)
		name = OutputFunctionCall(&counting->name_output, values[counting->name]);
	i = dictionary_add(&counting->names, name, strlen(name));
	if (i >= counting->capacity)
	{
		int			capacity = Max(2 * counting->capacity, 64);
		int			more = capacity - counting->capacity;

		counting->bytes += more * sizeof(OneSeries);
		check_memory(counting);
		counting->series = counting->series == NULL ?
			crimeml_alloc_raw(counting->context, capacity, sizeof(OneSeries)) :
			crimeml_realloc(counting->series, counting->capacity, capacity, sizeof(OneSeries));
		memset(counting->series + counting->capacity, 0, more * sizeof(OneSeries));
		counting->capacity = capacity;
	}
	return &counting->series[i];
}

/* One more row, or value, of a bucket. */
static void
add_to_cell(Counting *counting, Cells *cells, int64 number, double value)
{
	if (counting->value >= 0)
	{
		double	   *sum = cell_of(counting, cells, number, sizeof(double));

		*sum += value;
		if (isinf(*sum))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the values of a bucket have no finite sum"),
					 errdetail("The bucket begins at %s.",
							   instant_text(bucket_begin(counting->bucket, counting->clock, number)))));
	}
	else
	{
		int32	   *count = cell_of(counting, cells, number, sizeof(int32));

		if (pg_add_s32_overflow(*count, 1, count))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a bucket has more than %d rows", PG_INT32_MAX)));
	}
}

static void
count_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	Counting   *counting = arg;
	TimestampTz at = SOURCE_NO_TIME;
	double		value = 1;
	OneSeries  *series;
	Covered    *covered;
	int64		number;

	if (!isnull[counting->at])
		at = source_time(values[counting->at], counting->at_type, counting->zone);
	if (at == SOURCE_NO_TIME)
	{
		counting->no_time++;
		return;
	}
	if (counting->name >= 0 && isnull[counting->name])
	{
		counting->no_name++;
		return;
	}
	if (counting->value >= 0)
	{
		if (isnull[counting->value])
		{
			counting->no_value++;
			return;
		}
		value = source_number(values[counting->value], counting->value_type);
		if (!isfinite(value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value %g cannot be summed up", value),
					 errhint("Values are finite numbers; a row whose value is null is left out.")));
	}
	counting->first = counting->first == SOURCE_NO_TIME ? at : Min(counting->first, at);
	counting->last = Max(counting->last, at);
	series = find_series(counting, values);
	if (at < counting->from || at >= counting->to)
	{
		series->before |= at < counting->from;
		return;
	}
	counting->rows++;
	number = bucket_number(counting->bucket, counting->clock, at);
	add_to_cell(counting, &series->cells, number, value);
	covered = cell_of(counting, &counting->covered, number, sizeof(Covered));
	covered->first = covered->any ? Min(covered->first, at) : at;
	covered->last = covered->any ? Max(covered->last, at) : at;
	covered->any = true;
}

/* ----------
 * From where to where
 * ----------
 */

/* Where the rows of a bucket lie, or NULL where it has none. */
static const Covered *
rows_of(const Counting *counting, int64 number)
{
	const Cells *cells = &counting->covered;
	const Covered *covered;

	if (number < cells->low || number > cells->high || cells->n == 0)
		return NULL;
	covered = (const Covered *) cells->cell + (number - cells->from);
	return covered->any ? covered : NULL;
}

/* How long a bucket has no rows at its beginning, or at its end. */
static int64
uncovered(const Counting *counting, int64 number, const Covered *covered, bool at_end)
{
	return at_end ? bucket_begin(counting->bucket, counting->clock, number + 1) - covered->last :
		covered->first - bucket_begin(counting->bucket, counting->clock, number);
}

/*
 * Do the rows begin, or end, within the bucket, as where a file was cut?  Times
 * that are whole days, hours or months leave the same in each bucket.
 */
static bool
is_cut(const Counting *counting, int64 number, bool at_end)
{
	const Covered *covered = rows_of(counting, number);
	int64		longest = 0;
	int			others = 0;

	if (covered == NULL || counting->value >= 0)
		return false;
	for (int64 i = counting->covered.low; i <= counting->covered.high; i++)
	{
		const Covered *other = rows_of(counting, i);

		if ((i & 0xfff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (other == NULL || i == number)
			continue;
		longest = Max(longest, uncovered(counting, i, other, at_end));
		others++;
	}
	return others >= CUT_OTHERS &&
		uncovered(counting, number, covered, at_end) > CUT_TIMES * longest;
}

/* The longest time without rows, where chance alone would hardly leave none. */
static void
tell_gap(const Counting *counting, int64 first, int64 end)
{
	int64		longest = 0;
	int64		begin = 0;
	int64		since = first;
	int64		least;

	least = counting->bucket->microseconds > 0 ?
		GAP_DAYS * (USECS_PER_DAY / counting->bucket->microseconds) :
		counting->bucket->days == 1 ? GAP_DAYS : 1;
	for (int64 i = first; i < end; i++)
	{
		if ((i & 0xfff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (rows_of(counting, i) == NULL)
		{
			if (i + 1 - since > longest)
			{
				longest = i + 1 - since;
				begin = since;
			}
		}
		else
			since = i + 1;
	}
	if (longest >= least && (double) counting->rows / (end - first) * longest > GAP_EXPECTED)
		ereport(NOTICE,
				(errmsg("%s: no rows from %s to %s, which are %lld buckets", counting->function,
						instant_text(bucket_begin(counting->bucket, counting->clock, begin)),
						instant_text(bucket_begin(counting->bucket, counting->clock, begin + longest)),
						(long long) longest),
				 errhint("They count as 0; where rows are missing, they should not.")));
}

/* The first bucket, and the one after the last. */
static void
find_period(const Counting *counting, int64 *first, int64 *end)
{
	const Bucket *bucket = counting->bucket;
	Clock	   *clock = counting->clock;
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	int64		running = bucket_number(bucket, clock, now);
	int64		low = counting->covered.low;
	int64		high = counting->covered.high;

	*first = low;
	*end = high + 1;
	if (counting->from != DT_NOBEGIN)
	{
		*first = bucket_number(bucket, clock, counting->from);
		if (bucket_begin(bucket, clock, *first) < counting->from)
			(*first)++;
	}
	else if (is_cut(counting, low, false))
	{
		ereport(NOTICE,
				(errmsg("%s: the bucket of %s is left out, since the rows begin within it",
						counting->function, instant_text(counting->first))));
		(*first)++;
	}
	/* not one that the clocks leave out */
	*first = bucket_number(bucket, clock, bucket_begin(bucket, clock, *first));
	if (counting->to != DT_NOEND)
		*end = bucket_number(bucket, clock, counting->to);
	if (*end > running)
	{
		*end = running;
		ereport(NOTICE,
				(errmsg("%s: the bucket of %s is left out, since it has not ended", counting->function,
						instant_text(bucket_begin(bucket, clock, running))),
				 high > running ? errdetail("So are those after it, up to %s.", instant_text(counting->last)) : 0));
	}
	else if (counting->to == DT_NOEND && is_cut(counting, high, true))
	{
		(*end)--;
		ereport(NOTICE,
				(errmsg("%s: the bucket of %s is left out, since the rows end within it",
						counting->function, instant_text(counting->last))));
	}
}

pg_noreturn static void
no_buckets(const Counting *counting, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("%s: there is no bucket that could be counted", counting->function),
			 errdetail("%s", detail)));
}

/* What was left out, and where the rows do not reach. */
static void
tell(const Counting *counting, int64 rows, int64 first, int64 end)
{
	const char *function = counting->function;
	TimestampTz begin = bucket_begin(counting->bucket, counting->clock, first);
	TimestampTz stop = bucket_begin(counting->bucket, counting->clock, end);
	int64		first_row = bucket_number(counting->bucket, counting->clock, counting->first);
	int64		last_row = bucket_number(counting->bucket, counting->clock, counting->last);

	if (counting->no_time > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a time, left out: %lld of %lld", function,
						(long long) counting->no_time, (long long) rows)));
	if (counting->no_name > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a series, left out: %lld of %lld", function,
						(long long) counting->no_name, (long long) rows)));
	if (counting->no_value > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a value, left out: %lld of %lld", function,
						(long long) counting->no_value, (long long) rows)));
	if (counting->from != DT_NOBEGIN && begin > counting->from)
		ereport(NOTICE,
				(errmsg("%s: the buckets begin at %s, since the period begins within one", function,
						instant_text(begin))));
	if (counting->to != DT_NOEND && stop < counting->to &&
		bucket_number(counting->bucket, counting->clock, counting->to) == end)
		ereport(NOTICE,
				(errmsg("%s: the buckets end at %s, since the period ends within one", function,
						instant_text(stop))));
	if (first_row > first)
		ereport(NOTICE,
				(errmsg("%s: there are no rows before %s, and the period begins at %s", function,
						instant_text(counting->first), instant_text(begin)),
				 errdetail("Series begin with their first row.")));
	if (last_row < end - 1)
		ereport(NOTICE,
				(errmsg("%s: there are no rows after %s, and the period ends at %s", function,
						instant_text(counting->last), instant_text(stop)),
				 errhint("Buckets after it count as 0; where rows are missing, end the period earlier.")));
	tell_gap(counting, Max(first, first_row), Min(end, last_row + 1));
}

/* ----------
 * The result
 * ----------
 */

static int
compare_names(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return strcmp(((const CountedSeries *) a)->name, ((const CountedSeries *) b)->name);
}

/* The series, of those that have a bucket between first and end. */
static void
take_series(Counting *counting, SeriesCounts *counts, int64 first, int64 end)
{
	Size		size = counts->sums ? sizeof(double) : sizeof(int32);
	int			none = 0;

	counts->series = crimeml_array(CountedSeries, Max(counting->names.n, 1));
	for (int i = 0; i < counting->names.n; i++)
	{
		const OneSeries *one = &counting->series[i];
		Cells	   *cells = &counting->series[i].cells;
		CountedSeries *series = &counts->series[counts->n];
		int64		low = one->before || cells->n == 0 ? first : Max(cells->low, first);

		if ((cells->n == 0 && !one->before) || (!one->before && low >= end))
		{
			none++;
			continue;
		}
		series->name = counting->names.entry[i].text;
		series->first = low - first;
		series->n = end - low;
		/* it may begin before its first row, or after its last one */
		series->cell = cell_of(counting, cells, low, size);
		series->cells = Min(cells->high, end - 1) + 1 - low;
		counts->n++;
	}
	if (none > 0)
		ereport(NOTICE,
				(errmsg("%s: series without a whole bucket, left out: %d of %d", counting->function,
						none, counting->names.n)));
	qsort(counts->series, counts->n, sizeof(CountedSeries), compare_names);
	if (counting->name < 0)
		counts->series[0].name = NULL;
}

SeriesCounts *
count_series_read(const char *function, const char *source, const Bucket *bucket, pg_tz *zone,
				  TimestampTz from, TimestampTz to)
{
	SeriesCounts *counts = palloc0(sizeof(SeriesCounts));
	int64		rows;
	Counting	counting = {
		.function = function,.context = CurrentMemoryContext,.bucket = bucket,.zone = zone,
		.from = from,.to = to,.first = SOURCE_NO_TIME,.last = SOURCE_NO_TIME
	};
	int64		first;
	int64		end;

	counting.clock = clock_make(zone);
	dictionary_init(&counting.names, CurrentMemoryContext);
	rows = source_read(function, source, start_counting, count_row, &counting);
	if (counting.covered.n == 0)
		no_buckets(&counting, rows == 0 ? "The source has no rows." :
				   counting.first == SOURCE_NO_TIME ? "No row of the source has all that it needs: a time, and a series and value where there are such columns." :
				   "No row lies in the period.");
	find_period(&counting, &first, &end);
	if (end <= first)
		no_buckets(&counting, psprintf("The rows reach from %s to %s, and no bucket of %s is whole.",
									   instant_text(counting.first),
									   instant_text(counting.last), bucket_to_text(bucket)));
	check_reach(&counting, first, end);
	tell(&counting, rows, first, end);
	counts->sums = counting.value >= 0;
	take_series(&counting, counts, first, end);
	if (counts->n == 0)
		no_buckets(&counting, "No series has a whole bucket in the period.");
	counts->buckets = end - first;
	counts->calendar = calendar_make(bucket, counting.clock, holidays_read(),
									 bucket_begin(bucket, counting.clock, first), counts->buckets);
	return counts;
}

void
count_series_values(const SeriesCounts *counts, int i, double *value)
{
	const CountedSeries *series = &counts->series[i];

	for (int j = 0; j < series->n; j++)
		value[j] = j >= series->cells ? 0 :
			counts->sums ? ((const double *) series->cell)[j] : ((const int32 *) series->cell)[j];
}
