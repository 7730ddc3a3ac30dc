/*
 * train_series.c
 *		The aggregates that fit series: level_agg, ets_agg, arima_agg, lstm_agg.
 *
 * (at, value), (at, value, options) and (at, value, series, options).  Rows come
 * in any order; the order of the series is that of their names' bytes.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "data/dictionary.h"
#include "forecast/methods.h"
#include "forecast/series_task.h"
#include "model/series_model.h"
#include "model/series_rows.h"
#include "tell.h"
#include "utils/builtins.h"

/* Bytes that are gathered for a fingerprint. */
#define PRINT_BLOCK 65536

typedef struct SeriesState
{
	ConstantArg options;		/* not there: as null */
	bool		named;
	Dictionary	names;
	SeriesRows	rows;
	int64		no_time;		/* rows that are left out */
	int64		no_name;
} SeriesState;

/* ----------
 * Rows
 * ----------
 */

static MemoryContext
series_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function of a series aggregate called outside an aggregate");
	return context;
}

static Options *
series_options(const SeriesState *state, const Forecaster *forecaster)
{
	return options_parse(forecaster->base.options, (Jsonb *) state->options.value);
}

/* transition(internal, at, value [, series] [, options]) */
static Datum
series_transition(FunctionCallInfo fcinfo, const Forecaster *forecaster)
{
	MemoryContext context = series_context(fcinfo);
	SeriesState *state = PG_ARGISNULL(0) ? NULL : (SeriesState *) PG_GETARG_POINTER(0);
	bool		named = PG_NARGS() > 4;
	int			options = PG_NARGS() - 1;
	int32		series = 0;
	TimestampTz at;
	double		value;

	if (state == NULL)
	{
		state = MemoryContextAllocZero(context, sizeof(SeriesState));
		state->options.isnull = true;
		if (PG_NARGS() > 3)
			constant_arg_keep(&state->options, context, fcinfo, options);
		(void) series_options(state, forecaster);
		state->named = named;
		dictionary_init(&state->names, context);
		series_rows_init(&state->rows, context);
	}
	else if (PG_NARGS() > 3)
		constant_arg_check(&state->options, fcinfo, options, "options");

	/* a row without a time or a series has no place */
	if (PG_ARGISNULL(1))
	{
		state->no_time++;
		PG_RETURN_POINTER(state);
	}
	if (named && PG_ARGISNULL(3))
	{
		state->no_name++;
		PG_RETURN_POINTER(state);
	}
	at = PG_GETARG_TIMESTAMPTZ(1);
	value = PG_ARGISNULL(2) ? NAN : PG_GETARG_FLOAT8(2);
	if (TIMESTAMP_NOT_FINITE(at) || (!PG_ARGISNULL(2) && !isfinite(value)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 TIMESTAMP_NOT_FINITE(at) ?
				 errmsg("a time that is infinite cannot be used") :
				 errmsg("value %g cannot be used", value),
				 errhint("Leave such rows out, or give null for a value that is missing.")));
	if (named)
	{
		text	   *name = PG_GETARG_TEXT_PP(3);

		series = dictionary_add(&state->names, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	series_rows_add(&state->rows, forecaster->base.options->function, at, value, series);
	PG_RETURN_POINTER(state);
}

/* ----------
 * Series
 * ----------
 */

/* The rows sorted, their series numbered by the bytes of their names. */
static SeriesRow *
sorted_rows(const SeriesState *state, int *series, const char ***name)
{
	int			n = state->named ? state->names.n : 1;
	SeriesRow  *row = scratch_array(SeriesRow, state->rows.n);
	int32	   *place = NULL;

	*series = n;
	*name = NULL;
	if (state->named)
		*name = (const char **) dictionary_sorted(&state->names, &place);
	for (int64 i = 0; i < state->rows.n; i++)
	{
		row[i] = state->rows.row[i];
		if (place != NULL)
			row[i].series = place[row[i].series];
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	series_rows_sort(row, state->rows.n);
	return row;
}

/*
 * The bucket that fits the shortest step between two times of a series.  Where
 * the clocks are set within a step or the day before it, buckets are shorter than
 * they are called: such a step counts only where there is no other.
 */
static Bucket
bucket_of_rows(const SeriesRow *row, int64 n, Clock *clock, const char *function)
{
	int64		least = PG_INT64_MAX;
	int64		least_set = PG_INT64_MAX;
	Bucket		bucket;

	for (int64 i = 1; i < n; i++)
	{
		int64		step = row[i].at - row[i - 1].at;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (row[i].series != row[i - 1].series || step <= 0 || step >= least)
			continue;
		if (clock_offset(clock, row[i].at) == clock_offset(clock, Max(row[i - 1].at - USECS_PER_DAY, MIN_TIMESTAMP)))
			least = step;
		else
			least_set = Min(least_set, step);
	}
	if (least == PG_INT64_MAX)
		least = least_set;
	if (least == PG_INT64_MAX || !bucket_of_step(least, &bucket))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s: the times do not say how long a bucket is", function),
				 errhint("Give it in the options: {\"bucket\": \"1 day\"}.")));
	return bucket;
}

/* What was read, on one calendar. */
typedef struct SeriesInput
{
	SeriesSet	set;
	const char **name;			/* NULL: without names */
	Calendar   *calendar;
	char	   *time_zone;
	int64		rows;
	int64		skipped;		/* null values */
	uint8		fingerprint[FINGERPRINT_SIZE];
} SeriesInput;

/* The fingerprint of rows in their order, and of the names. */
static void
print_rows(const SeriesRow *row, int64 n, const char **name, int series, uint8 *fingerprint)
{
	Fingerprint *hash = fingerprint_begin();
	ByteWriter	w;

	writer_init(&w);
	for (int i = 0; name != NULL && i < series; i++)
		write_text(&w, name[i]);
	for (int64 i = 0; i < n; i++)
	{
		write_varint(&w, row[i].series);
		write_u64(&w, (uint64) row[i].at);
		write_f64(&w, row[i].value);
		if (w.len > PRINT_BLOCK)
		{
			fingerprint_add(hash, w.data, w.len);
			w.len = 0;
		}
	}
	fingerprint_add(hash, w.data, w.len);
	fingerprint_end(hash, fingerprint);
	pfree(w.data);
}

/* The values of a series from its first one to its last; false where it has none. */
static bool
fill_series(const SeriesRow *row, int64 n, const Calendar *calendar, bool zeros,
			const char *function, Series *series)
{
	int64		begin = 0;
	int64		end = n;
	int			before = -1;
	double	   *value;

	while (begin < end && isnan(row[begin].value))
		begin++;
	while (end > begin && isnan(row[end - 1].value))
		end--;
	if (begin == end)
		return false;
	series->calendar = calendar;
	series->first = (int) calendar_find(calendar, row[begin].at);
	series->n = (int) calendar_find(calendar, row[end - 1].at) - series->first + 1;
	series->counts = true;
	value = scratch_array(double, series->n);
	for (int i = 0; i < series->n; i++)
		value[i] = zeros && calendar->exposure[series->first + i] > 0 ? 0 : NAN;
	for (int64 i = begin; i < end; i++)
	{
		int			at = (int) calendar_find(calendar, row[i].at) - series->first;

		if (at == before)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s: there are two rows of the bucket that begins at %s", function,
							timestamptz_to_str(calendar->at[series->first + at])),
					 errhint("Give one row a bucket, by GROUP BY, or a shorter bucket in the options: {\"bucket\": \"1 day\"}.")));
		before = at;
		value[at] = row[i].value;
		if (!isnan(value[at]) && !value_is_count(value[at]))
			series->counts = false;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	series->value = value;
	return true;
}

/* All series on one calendar, those without a value left out. */
static bool
read_input(const SeriesState *state, const ForecasterSettings *settings, const char *function,
		   SeriesInput *input)
{
	const char **name;
	int			series;
	SeriesRow  *row = sorted_rows(state, &series, &name);
	Bucket		bucket;
	Clock	   *clock;
	int64		buckets;
	TimestampTz first = PG_INT64_MAX;
	TimestampTz last = PG_INT64_MIN;
	Series	   *item = crimeml_array(Series, Max(series, 1));
	int			filled = 0;
	int64		values = 0;

	for (int64 i = 0; i < state->rows.n; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(row[i].value))
			input->skipped++;
		else
		{
			first = Min(first, row[i].at);
			last = Max(last, row[i].at);
			input->rows++;
		}
	}
	if (input->rows == 0)
		return false;
	clock = clock_make(settings->zone);
	bucket = settings->bucket == NULL ? bucket_of_rows(row, state->rows.n, clock, function) :
		bucket_from_interval(settings->bucket, "bucket");
	print_rows(row, state->rows.n, name, series, input->fingerprint);
	input->time_zone = pstrdup(pg_get_timezone_name(settings->zone));
	buckets = bucket_number(&bucket, clock, last) - bucket_number(&bucket, clock, first) + 1;
	if (buckets > CALENDAR_MAX_BUCKETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s: the times reach over more than %d buckets of %s", function,
						CALENDAR_MAX_BUCKETS, bucket_to_text(&bucket)),
				 errhint("Take longer buckets, or leave out times that cannot be right.")));
	input->calendar = calendar_make(&bucket, clock, holidays_read(), first, (int) buckets);
	input->name = name == NULL ? NULL : crimeml_array(const char *, series);
	for (int64 begin = 0, end; begin < state->rows.n; begin = end)
	{
		CHECK_FOR_INTERRUPTS();
		end = series_rows_end(row, state->rows.n, begin);
		/* a series may have few rows, far apart */
		values += calendar_find(input->calendar, row[end - 1].at) -
			calendar_find(input->calendar, row[begin].at) + 1;
		crimeml_check_memory(mul_size(values, sizeof(double)), function,
							 "the number of series, or of their buckets");
		if (!fill_series(row + begin, end - begin, input->calendar, settings->zeros, function,
						 &item[filled]))
			continue;
		item[filled].place = filled;
		if (name != NULL)
			input->name[filled] = name[row[begin].series];
		filled++;
	}
	input->set = (SeriesSet) {filled, item};
	pfree(row);
	return true;
}

/* ----------
 * Fitting
 * ----------
 */

static void
keep_series(void *arg, int i, const SeriesResult *result)
{
	StoredSeries *item = (StoredSeries *) arg + i;
	uint8	   *payload = palloc(result->payload_len);

	memcpy(payload, result->payload, result->payload_len);
	item->payload = payload;
	item->payload_len = result->payload_len;
	item->report = result->report;
	item->report.method = pstrdup(result->report.method);
	if (result->report.reason != NULL)
		item->report.reason = pstrdup(result->report.reason);
	item->report.room = item->report.terms;
	item->report.term = scratch_array(FitTerm, item->report.terms);
	for (int t = 0; t < item->report.terms; t++)
		item->report.term[t] = (FitTerm) {
			pstrdup(result->report.term[t].name), result->report.term[t].value
		};
}

static void
tell_left_out(FunctionCallInfo fcinfo, const SeriesState *state, const char *function)
{
	int64		rows = state->rows.n + state->no_time + state->no_name;

	if (state->rows.n == rows || !tell_group(tell_count(fcinfo), function))
		return;
	if (state->no_time > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a time, left out: %lld of %lld", function,
						(long long) state->no_time, (long long) rows)));
	if (state->no_name > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a series, left out: %lld of %lld", function,
						(long long) state->no_name, (long long) rows)));
}

/* final(internal): the state is not changed, so OVER () works too */
static Datum
series_final(FunctionCallInfo fcinfo, const Forecaster *forecaster)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext work;
	SeriesState *state;
	Options    *options;
	ForecasterSettings settings;
	SeriesInput input = {0};
	SeriesModel model = {0};
	ModelProvenance provenance = {0};
	struct varlena *result = NULL;

	series_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (SeriesState *) PG_GETARG_POINTER(0);
	work = AllocSetContextCreate(old, "crimeml series", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	options = series_options(state, forecaster);
	settings = forecaster_settings(options);
	tell_left_out(fcinfo, state, options->table->function);
	if (read_input(state, &settings, options->table->function, &input))
	{
		SeriesWork	task = {.forecaster = forecaster, .option = options->value,
			.seed = settings.seed, .set = &input.set, .time_zone = input.time_zone, .keep = true};

		model.item = crimeml_array(StoredSeries, input.set.n);
		model.pool = series_work(&task, keep_series, model.item);
		for (int i = 0; i < input.set.n; i++)
		{
			const Series *series = &input.set.series[i];

			model.item[i].name = input.name == NULL ? NULL : unconstify(char *, input.name[i]);
			model.item[i].shape.first = series->first;
			model.item[i].shape.n = series->n;
			model.item[i].shape.counts = series->counts;
		}
		model.forecaster = forecaster;
		model.bucket = input.calendar->bucket;
		model.time_zone = input.time_zone;
		model.calendar = input.calendar;
		model.holidays = *input.calendar->holidays;
		model.seed = settings.seed;
		model.named = state->named;
		model.series = input.set.n;
		provenance.rows = input.rows;
		provenance.skipped = input.skipped;
		memcpy(provenance.fingerprint, input.fingerprint, sizeof(provenance.fingerprint));
		provenance.version = CRIMEML_VERSION;
		MemoryContextSwitchTo(old);
		result = series_model_write(&model, options->value, &provenance);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(result);
}

/* The two functions that know their forecaster, <name>_transition and <name>_final. */
#define FORECASTER_AGGREGATE(name) \
	PG_FUNCTION_INFO_V1(crimeml_##name##_transition); \
	Datum crimeml_##name##_transition(PG_FUNCTION_ARGS) \
	{ \
		return series_transition(fcinfo, &name##_forecaster); \
	} \
	PG_FUNCTION_INFO_V1(crimeml_##name##_final); \
	Datum crimeml_##name##_final(PG_FUNCTION_ARGS) \
	{ \
		return series_final(fcinfo, &name##_forecaster); \
	}

FORECASTER_AGGREGATE(level)
FORECASTER_AGGREGATE(ets)
FORECASTER_AGGREGATE(arima)
FORECASTER_AGGREGATE(lstm)
