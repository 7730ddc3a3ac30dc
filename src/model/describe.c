/*
 * describe.c
 *		What is in a model.
 */
#include "model/cache.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "data/axes.h"
#include "json.h"
#include "model/series_model.h"
#include "rows.h"
#include "utf8.h"
#include "utils/datetime.h"
#include "utils/json.h"

/* ----------
 * classes(), importance()
 * ----------
 */
PG_FUNCTION_INFO_V1(crimeml_classes);

/* classes(model): names in order, and their shares in training. */
Datum
crimeml_classes(PG_FUNCTION_ARGS)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, "classes", 0, NULL, NULL);
	Rows		rows;

	rows_model_require_task(model, TASK_CLASSIFY, "classes");
	rows_begin(&rows, fcinfo);
	for (int c = 0; c < model->classes; c++)
	{
		rows_put(&rows, PointerGetDatum(model->class_name[c]));
		rows_float8(&rows, model->class_share[c]);
		rows_end(&rows);
	}
	return (Datum) 0;
}

/* Largest first; of equal ones the first feature. */
static int
compare_importance(const void *a, const void *b, void *arg)
{
	int			x = *(const int *) a;
	int			y = *(const int *) b;
	const double *share = arg;

	if (share[x] != share[y])
		return share[x] > share[y] ? -1 : 1;
	return x - y;
}

PG_FUNCTION_INFO_V1(crimeml_importance);

/* importance(model): the share of each feature. */
Datum
crimeml_importance(PG_FUNCTION_ARGS)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, "importance", 0, NULL, NULL);
	int			n = model->schema->nfeatures;
	double	   *share = crimeml_array(double, n);
	int		   *order = crimeml_array(int, n);
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (model->learner->importance == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a model of algorithm \"%s\" has no importance of its own",
						model->base.algorithm->name),
				 errhint("crimeml.importance(model, source) measures it on rows.")));
	model->learner->importance(model->base.engine, share);
	for (int i = 0; i < n; i++)
		order[i] = i;
	qsort_arg(order, n, sizeof(int), compare_importance, share);
	for (int i = 0; i < n; i++)
	{
		rows_text(&rows, text_from_utf8(model->schema->feature[order[i]].name));
		rows_float8(&rows, share[order[i]]);
		rows_end(&rows);
	}
	return (Datum) 0;
}

/* ----------
 * describe()
 * ----------
 */

/* The options as they were used. */
static void
put_options(JsonWriter *json, const Model *model)
{
	const OptionTable *table = model->algorithm->options;

	json_begin_object(json, "options");
	for (int i = 0; i < table->n; i++)
	{
		const OptionSpec *spec = &table->spec[i];
		const OptionValue *value = &model->option[i];

		if (isnan(value->number))	/* OPTION_MIXED */
			json_null(json, spec->name);
		else if ((spec->type == OPTION_INTEGER || spec->type == OPTION_NUMBER) &&
				 !(spec->default_text != NULL && value->number == OPTION_AUTO))
			json_number(json, spec->name, value->number);
		else if (spec->type == OPTION_BOOLEAN)
			json_boolean(json, spec->name, value->number != 0);
		else
			json_text(json, spec->name, option_to_text(spec, value));
	}
	json_end_object(json);
}

/* The columns that the model takes, and the features made of them. */
static void
put_schema(JsonWriter *json, const Schema *schema)
{
	json_begin_array(json, "inputs");
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];

		json_begin_object(json, NULL);
		json_text(json, "name", text_from_utf8(input->name));
		json_text(json, "kind", input_kind_word(input->kind));
		if (input->kind == INPUT_POINT)
		{
			json_integer(json, "srid", input->srid);
			json_number(json, "x_length", (double) input->x_length / X_LENGTH_UNIT);
		}
		json_end_object(json);
	}
	json_end_array(json);

	json_begin_array(json, "features");
	for (int i = 0; i < schema->nfeatures; i++)
	{
		const SchemaFeature *feature = &schema->feature[i];

		json_begin_object(json, NULL);
		json_text(json, "name", text_from_utf8(feature->name));
		json_text(json, "input", text_from_utf8(schema->input[feature->input].name));
		json_text(json, "kind", feature->is_category ? "category" : "number");
		if (feature->is_category)
			json_integer(json, "levels", feature->levels);
		json_end_object(json);
	}
	json_end_array(json);
	if (schema->time_zone[0] != '\0')
		json_text(json, "time_zone", schema->time_zone);
}

/* What a model of rows has besides. */
static void
put_rows_model(JsonWriter *json, const RowsModel *model)
{
	json_text(json, "task", model->task == TASK_CLASSIFY ? "classify" : "regress");
	put_schema(json, model->schema);
	if (model->task == TASK_CLASSIFY)
		json_integer(json, "classes", model->classes);
	else
		json_number(json, "label_mean", model->label_mean);
}

/* A time as ISO 8601 on the clocks of a zone. */
static char *
json_time(TimestampTz at, pg_tz *zone)
{
	int			offset;
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(at, &offset, &tm, &fsec, NULL, zone) != 0)
		return NULL;
	return JsonEncodeDateTime(palloc(MAXDATELEN + 1), TimestampTzGetDatum(at), TIMESTAMPTZOID, &offset);
}

/* The series of a model, and what was fitted to each; "until" is the next bucket's time. */
static void
put_series_model(JsonWriter *json, const SeriesModel *model)
{
	pg_tz	   *zone = pg_tzset(model->time_zone);

	json_text(json, "bucket", bucket_to_text(&model->bucket));
	json_text(json, "time_zone", model->time_zone);
	json_begin_array(json, "series");
	for (int i = 0; i < model->series; i++)
	{
		const StoredSeries *item = &model->item[i];
		const FitReport *report = &item->report;

		json_begin_object(json, NULL);
		json_text(json, "name", item->name);
		json_integer(json, "n", item->shape.n);
		json_text(json, "from", json_time(model->calendar->at[item->shape.first], zone));
		json_text(json, "until", json_time(model->calendar->at[item->shape.first + item->shape.n], zone));
		json_text(json, "method", text_from_utf8(report->method));
		json_text(json, "reason", report->reason == NULL ? NULL : text_from_utf8(report->reason));
		json_begin_object(json, "terms");
		for (int t = 0; t < report->terms; t++)
			json_number(json, text_from_utf8(report->term[t].name), report->term[t].value);
		json_end_object(json);
		json_end_object(json);
		if ((i & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	json_end_array(json);
}

PG_FUNCTION_INFO_V1(crimeml_describe_model);

/* describe(model): what it is, of what it was made, and with which options. */
Datum
crimeml_describe_model(PG_FUNCTION_ARGS)
{
	const Model *model = model_arg(fcinfo, 0, 0, NULL, NULL);
	const ModelProvenance *p = &model->provenance;
	JsonWriter	json = {0};

	json_begin_object(&json, NULL);
	json_text(&json, "algorithm", model->algorithm->name);
	json_text(&json, "version", p->version);
	if (p->rows > 0)
	{
		json_integer(&json, "rows", p->rows);
		json_integer(&json, "rows_skipped", p->skipped);
	}
	else
	{
		json_null(&json, "rows");
		json_null(&json, "rows_skipped");
	}
	if (p->merged > 0)
		json_integer(&json, "merged", p->merged);
	if (model->kind == MODEL_ROWS)
		put_rows_model(&json, rows_model(model, "describe"));
	else
		put_series_model(&json, series_model(model, "describe"));
	put_options(&json, model);
	json_begin_object(&json, "metrics");
	for (int i = 0; i < model->metrics; i++)
		json_number(&json, model->metric[i].name, model->metric[i].value);
	json_end_object(&json);
	json_hex(&json, "model_id", model->id, sizeof(model->id));
	if (p->rows > 0)
		json_hex(&json, "fingerprint", p->fingerprint, sizeof(p->fingerprint));
	else
		json_null(&json, "fingerprint");
	json_integer(&json, "bytes", model->bytes);
	json_end_object(&json);
	PG_RETURN_JSONB_P(json.result);
}
