/*
 * forecast.c
 *		The SQL functions forecast and update: what a model of series says of
 *		times to come, and how it takes in what has come since.
 */
#include "model/cache.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "data/dictionary.h"
#include "data/source.h"
#include "forecast/intervals.h"
#include "model/kinds.h"
#include "model/series_model.h"
#include "arguments.h"
#include "rows.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* ----------
 * forecast()
 * ----------
 */
PG_FUNCTION_INFO_V1(crimeml_forecast);

/* forecast(model, horizon, levels): a row a series, step and level. */
Datum
crimeml_forecast(PG_FUNCTION_ARGS)
{
	const SeriesModel *model;
	int			horizon;
	double	   *level;
	int			levels;
	Calendar   *calendar;
	MemoryContext scratch;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = series_model(model_arg(fcinfo, 0, 0, NULL, NULL), "forecast");
	horizon = forecast_horizon(fcinfo, 1);
	level = forecast_levels(fcinfo, 2, &levels);
	/* a calendar of its own: the model's may be used by another query */
	calendar = calendar_make(&model->bucket, clock_make(pg_tzset(model->time_zone)), &model->holidays,
							 model->calendar->at[0], model->calendar->n + horizon);
	scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml forecast", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < model->series; i++)
	{
		const StoredSeries *item = &model->item[i];
		MemoryContext old = MemoryContextSwitchTo(scratch);
		Predictive *predictive = crimeml_array(Predictive, horizon);

		model->forecaster->forecast(item->fitted, &item->shape, calendar, horizon, model->seed,
									predictive);
		for (int h = 0; h < horizon; h++)
		{
			/* what the clocks leave out has no row */
			if (calendar->exposure[item->shape.first + item->shape.n + h] == 0)
				continue;
			for (int l = 0; l < Max(levels, 1); l++)
			{
				double		lower = NAN;
				double		upper = NAN;

				if (levels > 0)
					predictive_interval(&predictive[h], level[l], &lower, &upper);
				rows_text(&rows, item->name);
				rows_int32(&rows, h + 1);
				rows_timestamptz(&rows, calendar->at[item->shape.first + item->shape.n + h]);
				rows_float8(&rows, predictive[h].mean);
				rows_float8(&rows, levels > 0 ? level[l] : NAN);
				rows_float8(&rows, lower);
				rows_float8(&rows, upper);
				rows_end(&rows);
			}
			CHECK_FOR_INTERRUPTS();
		}
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	return (Datum) 0;
}

/* ----------
 * update()
 * ----------
 */

typedef struct NewValue
{
	TimestampTz at;
	double		value;
	int32		series;
} NewValue;

typedef struct NewValues
{
	const SeriesModel *model;
	pg_tz	   *zone;
	int			at;				/* columns */
	Oid			at_type;
	int			value;
	Oid			value_type;
	int			series;			/* or -1 */
	FmgrInfo	series_output;
	MemoryContext context;
	int64		n;
	int64		capacity;
	NewValue   *row;
	int64		old;			/* rows of buckets that the model knows */
	int64		strange;		/* of series that it does not have */
} NewValues;

static inline int
compare_values(const NewValue *a, const NewValue *b)
{
	if (a->series != b->series)
		return a->series < b->series ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

#define ST_SORT sort_values
#define ST_ELEMENT_TYPE NewValue
#define ST_COMPARE(a, b) compare_values(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

static void
find_columns(void *arg, TupleDesc desc)
{
	NewValues  *values = arg;

	values->at = source_time_column(desc, "at", true, &values->at_type);
	values->value = source_number_column(desc, "value", &values->value_type);
	if (values->value < 0)
		(void) source_column(desc, "value", true);
	values->series = values->model->named ? source_column(desc, "series", true) : -1;
	if (values->series >= 0)
	{
		Oid			output;
		bool		varlena;

		getTypeOutputInfo(TupleDescAttr(desc, values->series)->atttypid, &output, &varlena);
		fmgr_info_cxt(output, &values->series_output, values->context);
	}
}

/* The number of the series of that name, or -1. */
static int
find_series(const SeriesModel *model, const char *name)
{
	int			low = 0;
	int			high = model->series;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			order = strcmp(name, model->item[middle].name);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

static void
take_value(void *arg, TupleDesc desc, Datum *value, bool *isnull)
{
	NewValues  *values = arg;
	NewValue	row = {0};

	if (isnull[values->at] || isnull[values->value] ||
		(values->series >= 0 && isnull[values->series]))
		return;
	row.at = source_time(value[values->at], values->at_type, values->zone, "at");
	row.value = source_number(value[values->value], values->value_type);
	if (row.at == SOURCE_NO_TIME || !isfinite(row.value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("update: a row has a time or a value that is infinite, or no number"),
				 errhint("Leave such rows out.")));
	if (values->series >= 0)
		row.series = find_series(values->model,
								 OutputFunctionCall(&values->series_output, value[values->series]));
	if (row.series < 0)
	{
		values->strange++;
		return;
	}
	if (values->n == values->capacity)
	{
		values->capacity *= 2;
		crimeml_check_memory(mul_size(values->capacity, sizeof(NewValue)), "update",
							 "the number of rows of the source");
		values->row = crimeml_realloc(values->row, values->n, values->capacity, sizeof(NewValue));
	}
	values->row[values->n++] = row;
}

/* Take the values of one series, which are sorted; its last bucket moves. */
static void
update_series(NewValues *values, StoredSeries *item, const Calendar *calendar,
			  const NewValue *row, int64 n)
{
	const Forecaster *forecaster = values->model->forecaster;

	const int64 known = item->shape.first + item->shape.n;

	for (int64 i = 0; i < n; i++)
	{
		int64		next = item->shape.first + item->shape.n;
		int64		bucket = calendar_find(calendar, row[i].at);

		/* which may be before the calendar */
		if (bucket < known)
		{
			values->old++;
			continue;
		}
		if (i > 0 && bucket == calendar_find(calendar, row[i - 1].at))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("update: there are two rows of the bucket that begins at %s",
							timestamptz_to_str(calendar->at[bucket]))));
		if (item->shape.counts && !value_is_count(row[i].value))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("update: %g is no count, and the model is of counts", row[i].value),
					 errhint("Fit the series again.")));
		for (; next <= bucket; next++)
		{
			item->shape.n++;
			forecaster->update(item->fitted, &item->shape, calendar,
							   next == bucket ? row[i].value : NAN);
			CHECK_FOR_INTERRUPTS();
		}
	}
}

PG_FUNCTION_INFO_V1(crimeml_update_series);

/* update(model, source) */
Datum
crimeml_update_series(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	NewValues	values = {0};
	SeriesModel *model;
	Calendar   *calendar;
	TimestampTz last;
	int64		buckets;

	/* a copy of its own, which is changed */
	model_check_damage((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	model = (SeriesModel *) series_model(model_decode((const uint8 *) VARDATA_ANY(value),
													  VARSIZE_ANY_EXHDR(value)), "update");
	if (model->forecaster->update == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a model of algorithm \"%s\" cannot be updated", model->base.algorithm->name),
				 errhint("Fit it again.")));
	values.model = model;
	values.zone = pg_tzset(model->time_zone);
	values.context = CurrentMemoryContext;
	values.capacity = 1024;
	values.row = scratch_array(NewValue, values.capacity);
	source_read("update", text_to_cstring(PG_GETARG_TEXT_PP(1)), find_columns, take_value, &values);
	sort_values(values.row, values.n);

	last = model->calendar->at[model->calendar->n - 1];
	for (int64 i = 0; i < values.n; i++)
		last = Max(last, values.row[i].at);
	calendar = model->calendar;
	buckets = calendar_find(calendar, last) + 1;
	if (buckets > FORECAST_MAX_BUCKETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("update: the times reach over more than %d buckets", FORECAST_MAX_BUCKETS)));
	calendar_extend(calendar, (int) buckets);
	for (int64 begin = 0, end; begin < values.n; begin = end)
	{
		int32		series = values.row[begin].series;

		for (end = begin; end < values.n && values.row[end].series == series; end++)
			 /* find the next series */ ;
		update_series(&values, &model->item[series], calendar, values.row + begin, end - begin);
	}
	for (int i = 0; i < model->series; i++)
	{
		ByteWriter	payload;

		writer_init(&payload);
		model->forecaster->write(model->item[i].fitted, &payload);
		model->item[i].payload = payload.data;
		model->item[i].payload_len = payload.len;
		CHECK_FOR_INTERRUPTS();
	}
	if (values.old > 0)
		ereport(NOTICE,
				(errmsg("update: rows of buckets that the model knows already, left out: %lld",
						(long long) values.old)));
	if (values.strange > 0)
		ereport(NOTICE,
				(errmsg("update: rows of series that the model does not have, left out: %lld",
						(long long) values.strange)));
	model->base.provenance.rows += values.n - values.old;
	PG_RETURN_POINTER(series_model_write(model, model->base.option, &model->base.provenance));
}
