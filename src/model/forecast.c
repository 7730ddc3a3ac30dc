/*
 * forecast.c
 *		The SQL functions forecast and update: what a model of series says of
 *		times to come, and how it takes in what has come since.
 */
#include "model/cache.h"

#include <math.h>

#include "data/dictionary.h"
#include "data/source.h"
#include "forecast/intervals.h"
#include "model/kinds.h"
#include "model/series_model.h"
#include "model/series_rows.h"
#include "rows.h"
#include "utils/builtins.h"

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
	Dictionary	names;			/* of the model's series, by their numbers */
	SeriesRows	rows;
	int64		old;			/* rows of buckets that the model knows */
	int64		strange;		/* of series that it does not have */
	int64		no_time;
	int64		no_name;
	int64		no_value;
} NewValues;

static void
find_columns(void *arg, TupleDesc desc)
{
	NewValues  *values = arg;

	values->at = source_time_column(desc, "at", true, &values->at_type);
	values->value = source_number_column(desc, "value", true, &values->value_type);
	values->series = !values->model->named ? -1 :
		source_text_column(desc, "series", true, &values->series_output, values->context);
}

static void
take_value(void *arg, TupleDesc desc, Datum *value, bool *isnull)
{
	NewValues  *values = arg;
	SeriesRow	row = {0};

	if (isnull[values->at])
	{
		values->no_time++;
		return;
	}
	if (values->series >= 0 && isnull[values->series])
	{
		values->no_name++;
		return;
	}
	if (isnull[values->value])
	{
		values->no_value++;
		return;
	}
	row.at = source_time(value[values->at], values->at_type, values->zone);
	row.value = source_number(value[values->value], values->value_type);
	if (row.at == SOURCE_NO_TIME || !isfinite(row.value))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("update: a row has a time or a value that is infinite, or no number"),
				 errhint("Leave such rows out.")));
	if (values->series >= 0)
	{
		const char *name = OutputFunctionCall(&values->series_output, value[values->series]);

		row.series = dictionary_find(&values->names, name, strlen(name));
	}
	if (row.series < 0)
		values->strange++;
	else
		series_rows_add(&values->rows, "update", row.at, row.value, row.series);
}

/* Take the values of one series, which are sorted; its last bucket moves. */
static void
update_series(NewValues *values, StoredSeries *item, const Calendar *calendar,
			  const SeriesRow *row, int64 n)
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
		if (bucket < next)
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

static void
tell_left_out(const char *which, int64 rows)
{
	if (rows > 0)
		ereport(NOTICE,
				(errmsg("update: rows %s, left out: %lld", which, (long long) rows)));
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
	SeriesRow  *row;
	int64		n;
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
	dictionary_init(&values.names, CurrentMemoryContext);
	for (int i = 0; model->named && i < model->series; i++)
		(void) dictionary_add(&values.names, model->item[i].name, strlen(model->item[i].name));
	series_rows_init(&values.rows, CurrentMemoryContext);
	source_read("update", text_to_cstring(PG_GETARG_TEXT_PP(1)), find_columns, take_value, &values);
	row = values.rows.row;
	n = values.rows.n;
	series_rows_sort(row, n);

	last = model->calendar->at[model->calendar->n - 1];
	for (int64 i = 0; i < n; i++)
		last = Max(last, row[i].at);
	calendar = model->calendar;
	buckets = calendar_find(calendar, last) + 1;
	if (buckets > CALENDAR_MAX_BUCKETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("update: the times reach over more than %d buckets", CALENDAR_MAX_BUCKETS)));
	calendar_extend(calendar, (int) buckets);
	for (int64 begin = 0, end; begin < n; begin = end)
	{
		end = series_rows_end(row, n, begin);
		update_series(&values, &model->item[row[begin].series], calendar, row + begin, end - begin);
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
	tell_left_out("without a time", values.no_time);
	tell_left_out("without a series", values.no_name);
	tell_left_out("without a value", values.no_value);
	tell_left_out("of buckets that the model knows already", values.old);
	tell_left_out("of series that the model does not have", values.strange);
	model->base.provenance.rows += n - values.old;
	PG_RETURN_POINTER(series_model_write(model, model->base.option, &model->base.provenance));
}
