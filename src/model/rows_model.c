/*
 * rows_model.c
 *		Models that a learner made of rows: the body of kind MODEL_ROWS.
 */
#include "model/rows_model.h"

#include <math.h>

#include "arguments.h"
#include "catalog/pg_type.h"
#include "stat/plain_math.h"
#include "stat/sums.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/timestamp.h"

/* What the labels of a frame are. */
static void
sum_labels(const FrameData *frame, ModelLabels *labels)
{
	const LearnData *data = &frame->data;

	memset(labels, 0, sizeof(*labels));
	labels->classes = frame->classes;
	if (frame->classes == 0)
	{
		Total		total = TOTAL_EMPTY;
		double		exposure = 0;

		for (int64 i = 0; i < data->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			total_add(&total, data->label_value[data->order[i]], 1);
			if (data->offset != NULL)
				exposure += plain_exp(data->offset[data->order[i]]);
		}
		labels->mean = data->offset != NULL ? total_over(&total, exposure) :
			total_mean(&total, data->rows);
		return;
	}
	labels->class_name = frame->class_name;
	labels->class_rows = crimeml_array(int64, frame->classes);
	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		labels->class_rows[data->label_class[i]]++;
	}
}

/* Classes and their training rows, or the mean of the labels. */
static void
write_labels(ByteWriter *w, const ModelLabels *labels)
{
	write_varint(w, labels->classes);
	if (labels->classes == 0)
		write_f64(w, labels->mean);
	for (int c = 0; c < labels->classes; c++)
	{
		write_text(w, labels->class_name[c]);
		write_varint(w, labels->class_rows[c]);
	}
}

struct varlena *
rows_model_build(const Learner *learner, const OptionValue *option, const FrameData *frame,
				 int task, const ModelProvenance *provenance,
				 const ModelMetric *metric, int metrics, const ByteWriter *payload)
{
	ModelLabels labels;

	sum_labels(frame, &labels);
	return rows_model_write(learner, option, frame->schema, &labels, task, provenance,
							metric, metrics, payload);
}

struct varlena *
rows_model_write(const Learner *learner, const OptionValue *option, const Schema *schema,
				 const ModelLabels *labels, int task, const ModelProvenance *provenance,
				 const ModelMetric *metric, int metrics, const ByteWriter *payload)
{
	ByteWriter	w;

	model_begin(&w, MODEL_ROWS, &learner->base, option, provenance, metric, metrics);
	write_u8(&w, task);
	schema_write(schema, &w);
	write_labels(&w, labels);
	return model_end(&w, &learner->base, payload);
}

/* Classes and their rows, or the mean. */
static void
read_labels(ByteReader *r, RowsModel *model)
{
	int64		total = 0;

	model->classes = read_count(r, 2, LEARN_MAX_CLASSES);
	if ((model->classes == 0) != (model->task == TASK_REGRESS))
		reader_damaged(r, "the task does not fit the number of classes");
	if (model->classes == 0)
	{
		model->label_mean = read_f64(r);
		if (!isfinite(model->label_mean))
			reader_damaged(r, "the mean is not finite");
		if (model->base.provenance.rows == 0)
			model->label_mean = NAN;
		return;
	}

	model->class_utf8 = crimeml_array(char *, model->classes);
	model->class_name = crimeml_array(text *, model->classes);
	model->class_rows = crimeml_array(int64, model->classes);
	model->class_share = crimeml_array(double, model->classes);
	for (int c = 0; c < model->classes; c++)
	{
		uint64		rows;

		model->class_utf8[c] = read_text(r);
		if (c > 0 && strcmp(model->class_utf8[c - 1], model->class_utf8[c]) >= 0)
			reader_damaged(r, "the classes are not in order");
		model->class_name[c] = cstring_to_text(text_from_utf8(model->class_utf8[c]));
		rows = read_varint(r);
		if (rows > (uint64) (PG_INT64_MAX - total))
			reader_damaged(r, "a class has too many rows");
		model->class_rows[c] = (int64) rows;
		total += (int64) rows;
	}
	if ((total == 0) != (model->base.provenance.rows == 0))
		reader_damaged(r, "no class has rows");
	for (int c = 0; c < model->classes; c++)
		model->class_share[c] = total > 0 ? (double) model->class_rows[c] / total : NAN;
}

void
rows_model_shape(const Schema *schema, int classes, LearnShape *shape)
{
	int32	   *levels = crimeml_array(int32, schema->nfeatures);

	for (int i = 0; i < schema->nfeatures; i++)
		levels[i] = schema->feature[i].is_category ? schema->feature[i].levels : 0;
	shape->classes = classes;
	shape->features = schema->nfeatures;
	shape->levels = levels;
}

/* An error unless the kind is MODEL_ROWS. */
static void
require_rows(ModelKind kind, const Algorithm *algorithm, const char *function)
{
	if (kind != MODEL_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s needs a model that was learned from rows, and this one is of algorithm \"%s\"",
						function, algorithm->name)));
}

RowsModel *
rows_model_read(const uint8 *data, Size len, ByteReader *payload)
{
	RowsModel  *model = palloc0(sizeof(RowsModel));

	model_read_common(data, len, payload, &model->base);
	model->learner = (const Learner *) model->base.algorithm;
	model->task = read_u8(payload);
	if (model->task != TASK_CLASSIFY && model->task != TASK_REGRESS)
		reader_damaged(payload, "the task is not known");
	model->schema = schema_read(payload);
	read_labels(payload, model);
	return model;
}

RowsModel *
rows_model_open(const struct varlena *value, ByteReader *payload, const char *function)
{
	const uint8 *data = (const uint8 *) VARDATA_ANY(value);
	Size		len = VARSIZE_ANY_EXHDR(value);
	ModelKind	kind;
	const Algorithm *algorithm;

	model_check_damage(data, len);
	model_read_header(data, len, &kind, &algorithm);
	require_rows(kind, algorithm, function);
	return rows_model_read(data, len, payload);
}

const RowsModel *
rows_model(const Model *model, const char *function)
{
	require_rows(model->kind, model->algorithm, function);
	return (const RowsModel *) model;
}

int
rows_model_class(const RowsModel *model, const char *name, Size len)
{
	int			low = 0,
				high = model->classes;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		const char *class = model->class_utf8[middle];
		Size		length = strlen(class);
		int			order = memcmp(name, class, Min(len, length));

		if (order == 0 && len == length)
			return middle;
		if (order < 0 || (order == 0 && len < length))
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

int
rows_model_find_class(const RowsModel *model, const text *name)
{
	const char *given = VARDATA_ANY(name);
	int			len = VARSIZE_ANY_EXHDR(name);
	char	   *utf8 = text_to_utf8(given, len);
	int			class = rows_model_class(model, utf8, utf8 == given ? len : strlen(utf8));
	const char *nearest;

	if (class >= 0)
		return class;
	nearest = nearest_name(pnstrdup(utf8, utf8 == given ? len : strlen(utf8)),
						   (const char *const *) model->class_utf8, model->classes);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the model has no class \"%s\"", text_to_cstring(name)),
			 nearest ?
			 errhint("Perhaps \"%s\" was meant. crimeml.classes(model) lists them all.",
					 text_from_utf8(nearest)) :
			 errhint("crimeml.classes(model) lists the classes.")));
}

void
rows_model_require_task(const RowsModel *model, int task, const char *function)
{
	if (model->task == task)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 task == TASK_CLASSIFY ?
			 errmsg("%s needs a model that classifies, but this one predicts a number",
					function) :
			 errmsg("%s needs a model that predicts a number, but this one classifies",
					function),
			 task == TASK_CLASSIFY ?
			 errhint("For this one there is crimeml.predict_value. A text label, or option \"task\": \"classify\", trains one that classifies.") :
			 errhint("For this one there are crimeml.predict and crimeml.predict_probability. A float8 label, or option \"task\": \"regress\", trains one that predicts a number.")));
}

char *
rows_model_time_text(const RowsModel *model, InputKind kind, int64 at)
{
	char	   *text = palloc(MAXDATELEN + 1);

	if (kind == INPUT_DATE)
		return JsonEncodeDateTime(text, DateADTGetDatum((DateADT) at), DATEOID, NULL);
	if (kind == INPUT_TIMESTAMPTZ)
		at = DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone,
												   CStringGetTextDatum(model->schema->time_zone),
												   TimestampTzGetDatum(at)));
	return JsonEncodeDateTime(text, TimestampGetDatum(at), TIMESTAMPOID, NULL);
}
