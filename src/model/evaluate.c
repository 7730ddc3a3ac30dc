/*
 * evaluate.c
 *		How good a model is on given rows.
 */
#include "model/cache.h"

#include <math.h>

#include "data/source.h"
#include "learn/metrics.h"
#include "model/label.h"
#include "model/predictor.h"
#include "rows.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

typedef struct Evaluation
{
	const RowsModel *model;
	Predictor	predictor;
	LabelReader label;
	Progress	progress;
	int64		rows;			/* read */
	ClassMetrics *classes;		/* one of the three is there */
	ValueMetrics *values;
	HTAB	   *cells;
} Evaluation;

/* A cell of the confusion table. */
typedef struct Cell
{
	int32		actual;			/* these two are the key */
	int32		predicted;
	int64		count;
} Cell;

static void
evaluation_init(Evaluation *e, const RowsModel *model, const char *what)
{
	memset(e, 0, sizeof(*e));
	e->model = model;
	predictor_init(&e->predictor, CurrentMemoryContext, model);
	label_init(&e->label, model);
	progress_start(&e->progress, what, 0);
}

/* Find the label among the source's columns. */
static void
evaluation_start(void *arg, TupleDesc desc)
{
	label_find(&((Evaluation *) arg)->label, desc);
}

static void
evaluation_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	Evaluation *e = arg;
	const RowsModel *model = e->model;
	const double *result;

	if ((++e->rows & 1023) == 0)
		progress_step(&e->progress, e->rows);
	if (isnull[e->label.column])
		return;
	encode_columns(e->predictor.encoder, desc, values, isnull, e->predictor.row);
	e->predictor.exposure = encoder_exposure(e->predictor.encoder);
	if (isnan(e->predictor.exposure))
		return;
	result = predictor_run(&e->predictor);
	if (e->values != NULL)
		value_metrics_add_for(e->values, label_number(&e->label, values[e->label.column]),
							  result[0], e->predictor.exposure);
	else if (e->classes != NULL)
		class_metrics_add(e->classes, label_class(&e->label, values[e->label.column]), result);
	else
	{
		Cell		key = {0};
		Cell	   *cell;
		bool		found;

		key.actual = label_class(&e->label, values[e->label.column]);
		key.predicted = most_probable(result, model->classes);
		cell = hash_search(e->cells, &key, HASH_ENTER, &found);
		cell->count = found ? cell->count + 1 : 1;
	}
}

/* One row of evaluate(); NaN is null. */
static void
put_metric(Rows *rows, const char *metric, double value, double baseline)
{
	rows_text(rows, metric);
	rows_float8(rows, value);
	rows_float8(rows, baseline);
	rows_end(rows);
}

PG_FUNCTION_INFO_V1(crimeml_evaluate);

/* evaluate(model, source): how good the model is on these rows. */
Datum
crimeml_evaluate(PG_FUNCTION_ARGS)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, "evaluate", 0, NULL, NULL);
	Rows		rows;
	Evaluation	e;

	rows_begin(&rows, fcinfo);
	evaluation_init(&e, model, "evaluate");
	if (model->task == TASK_CLASSIFY)
	{
		ClassScores s = {NAN, NAN, NAN, NAN, NAN};
		ClassScores b = s;

		e.classes = class_metrics_create(model->classes, model->class_share);
		source_read("evaluate", text_to_cstring(PG_GETARG_TEXT_PP(1)),
					evaluation_start, evaluation_row, &e);
		label_tell_none("evaluate", e.rows, e.classes->rows);
		if (e.classes->rows > 0)
			class_metrics_scores(e.classes, &s, &b);
		/* who knew the training rows alone: nobody does */
		if (model->base.provenance.rows == 0)
			b = (ClassScores) {NAN, NAN, NAN, NAN, NAN};
		put_metric(&rows, "rows", e.classes->rows, NAN);
		put_metric(&rows, "accuracy", s.accuracy, b.accuracy);
		put_metric(&rows, "balanced_accuracy", s.balanced_accuracy, b.balanced_accuracy);
		put_metric(&rows, "macro_f1", s.macro_f1, b.macro_f1);
		put_metric(&rows, "log_loss", s.log_loss, b.log_loss);
		put_metric(&rows, "top_3", s.top3, b.top3);
	}
	else
	{
		ValueScores s = {NAN, NAN, NAN};
		ValueScores b = s;
		ValueMetrics values;

		value_metrics_start(&values, model->label_mean);
		e.values = &values;
		source_read("evaluate", text_to_cstring(PG_GETARG_TEXT_PP(1)),
					evaluation_start, evaluation_row, &e);
		label_tell_none("evaluate", e.rows, values.rows);
		if (values.rows > 0)
			value_metrics_scores(&values, &s, &b);
		put_metric(&rows, "rows", values.rows, NAN);
		put_metric(&rows, "rmse", s.rmse, b.rmse);
		put_metric(&rows, "mae", s.mae, b.mae);
		put_metric(&rows, "r2", s.r2, b.r2);
	}
	return (Datum) 0;
}

/* Actual classes in class order, then labels that are none, in theirs. */
static int
compare_cells(const void *a, const void *b, void *arg)
{
	const Cell *x = a;
	const Cell *y = b;
	const Evaluation *e = arg;
	const DictionaryEntry *label = e->label.coder.level.entry;

	CHECK_FOR_INTERRUPTS();
	if (x->actual == y->actual)
		return x->predicted - y->predicted;
	if (x->actual < e->model->classes || y->actual < e->model->classes)
		return x->actual - y->actual;
	return strcmp(label[x->actual].text, label[y->actual].text);
}

PG_FUNCTION_INFO_V1(crimeml_confusion);

/* confusion(model, source): what was taken for what, how often. */
Datum
crimeml_confusion(PG_FUNCTION_ARGS)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, "confusion", 0, NULL, NULL);
	Rows		rows;
	Evaluation	e;
	HASHCTL		control = {0};
	HASH_SEQ_STATUS seq;
	Cell	   *sorted;
	Cell	   *cell;
	long		n = 0;

	rows_model_require_task(model, TASK_CLASSIFY, "confusion");
	rows_begin(&rows, fcinfo);
	evaluation_init(&e, model, "confusion");
	control.keysize = offsetof(Cell, count);
	control.entrysize = sizeof(Cell);
	control.hcxt = CurrentMemoryContext;
	e.cells = hash_create("crimeml confusion", 256, &control,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	source_read("confusion", text_to_cstring(PG_GETARG_TEXT_PP(1)),
				evaluation_start, evaluation_row, &e);
	label_tell_none("confusion", e.rows, hash_get_num_entries(e.cells));

	sorted = crimeml_array(Cell, hash_get_num_entries(e.cells));
	hash_seq_init(&seq, e.cells);
	while ((cell = hash_seq_search(&seq)) != NULL)
	{
		sorted[n++] = *cell;
		CHECK_FOR_INTERRUPTS();
	}
	qsort_arg(sorted, n, sizeof(Cell), compare_cells, &e);
	for (long i = 0; i < n; i++)
	{
		rows_text(&rows, text_from_utf8(e.label.coder.level.entry[sorted[i].actual].text));
		rows_put(&rows, PointerGetDatum(model->class_name[sorted[i].predicted]));
		rows_int64(&rows, sorted[i].count);
		rows_end(&rows);
	}
	return (Datum) 0;
}
