/*
 * inspect.c
 *		What is in a model, and how good it is on given rows.
 */
#include "model/label.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "data/source.h"
#include "learn/metrics.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/numeric.h"

/* ----------
 * evaluate() and confusion(): one pass over the rows of a source
 * ----------
 */
typedef struct Evaluation
{
	const Model *model;
	RowEncoder *encoder;
	double	   *row;
	double	   *result;
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
evaluation_init(Evaluation *e, const Model *model, const char *what)
{
	memset(e, 0, sizeof(*e));
	e->model = model;
	e->encoder = encoder_create(CurrentMemoryContext, model->schema);
	e->row = crimeml_array(double, model->schema->nfeatures);
	e->result = crimeml_array(double, Max(model->classes, 1));
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
	const Model *model = e->model;

	if ((++e->rows & 1023) == 0)
		progress_step(&e->progress, e->rows);
	if (isnull[e->label.column])
		return;
	encode_columns(e->encoder, desc, values, isnull, e->row);
	model->learner->predict(model->engine, e->row, e->result);
	if (e->values != NULL)
		value_metrics_add(e->values, label_number(&e->label, values[e->label.column]),
						  e->result[0]);
	else if (e->classes != NULL)
		class_metrics_add(e->classes, label_class(&e->label, values[e->label.column]), e->result);
	else
	{
		Cell		key = {0};
		Cell	   *cell;
		bool		found;

		key.actual = label_class(&e->label, values[e->label.column]);
		key.predicted = most_probable(e->result, model->classes);
		cell = hash_search(e->cells, &key, HASH_ENTER, &found);
		cell->count = found ? cell->count + 1 : 1;
	}
}

/* One row of evaluate(); NaN is null. */
static void
put_metric(Tuplestorestate *store, TupleDesc desc, const char *metric,
		   double value, double baseline)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	values[0] = CStringGetTextDatum(metric);
	values[1] = Float8GetDatum(value);
	values[2] = Float8GetDatum(baseline);
	nulls[1] = isnan(value);
	nulls[2] = isnan(baseline);
	tuplestore_putvalues(store, desc, values, nulls);
}

PG_FUNCTION_INFO_V1(evaluate);

/* evaluate(model, source): how good the model is on these rows. */
Datum
evaluate(PG_FUNCTION_ARGS)
{
	const Model *model = model_arg(fcinfo, 0, 0, NULL, NULL);
	Tuplestorestate *store;
	TupleDesc	desc;
	Evaluation	e;

	crimeml_begin_rows(fcinfo, &store, &desc);
	evaluation_init(&e, model, "evaluate");
	if (model->task == TASK_CLASSIFY)
	{
		ClassScores s = {NAN, NAN, NAN, NAN, NAN};
		ClassScores b = s;

		e.classes = class_metrics_create(model->classes, model->class_share);
		source_read("evaluate", text_to_cstring(PG_GETARG_TEXT_PP(1)),
					evaluation_start, evaluation_row, &e);
		if (e.classes->rows > 0)
			class_metrics_scores(e.classes, &s, &b);
		put_metric(store, desc, "rows", e.classes->rows, NAN);
		put_metric(store, desc, "accuracy", s.accuracy, b.accuracy);
		put_metric(store, desc, "balanced_accuracy", s.balanced_accuracy, b.balanced_accuracy);
		put_metric(store, desc, "macro_f1", s.macro_f1, b.macro_f1);
		put_metric(store, desc, "log_loss", s.log_loss, b.log_loss);
		put_metric(store, desc, "top_3", s.top3, b.top3);
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
		if (values.rows > 0)
			value_metrics_scores(&values, &s, &b);
		put_metric(store, desc, "rows", values.rows, NAN);
		put_metric(store, desc, "rmse", s.rmse, b.rmse);
		put_metric(store, desc, "mae", s.mae, b.mae);
		put_metric(store, desc, "r2", s.r2, b.r2);
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

	if (x->actual == y->actual)
		return x->predicted - y->predicted;
	if (x->actual < e->model->classes || y->actual < e->model->classes)
		return x->actual - y->actual;
	return strcmp(label[x->actual].text, label[y->actual].text);
}

PG_FUNCTION_INFO_V1(confusion);

/* confusion(model, source): what was taken for what, how often. */
Datum
confusion(PG_FUNCTION_ARGS)
{
	const Model *model = model_arg(fcinfo, 0, 0, NULL, NULL);
	Tuplestorestate *store;
	TupleDesc	desc;
	Evaluation	e;
	HASHCTL		control = {0};
	HASH_SEQ_STATUS seq;
	Cell	   *sorted;
	Cell	   *cell;
	long		n = 0;

	model_require_task(model, TASK_CLASSIFY, "confusion");
	crimeml_begin_rows(fcinfo, &store, &desc);
	evaluation_init(&e, model, "confusion");
	control.keysize = offsetof(Cell, count);
	control.entrysize = sizeof(Cell);
	control.hcxt = CurrentMemoryContext;
	e.cells = hash_create("crimeml confusion", 256, &control,
						  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	source_read("confusion", text_to_cstring(PG_GETARG_TEXT_PP(1)),
				evaluation_start, evaluation_row, &e);

	sorted = crimeml_array(Cell, hash_get_num_entries(e.cells));
	hash_seq_init(&seq, e.cells);
	while ((cell = hash_seq_search(&seq)) != NULL)
		sorted[n++] = *cell;
	qsort_arg(sorted, n, sizeof(Cell), compare_cells, &e);
	for (long i = 0; i < n; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(text_from_utf8(e.label.coder.level.entry[sorted[i].actual].text));
		values[1] = PointerGetDatum(model->class_name[sorted[i].predicted]);
		values[2] = Int64GetDatum(sorted[i].count);
		tuplestore_putvalues(store, desc, values, nulls);
	}
	return (Datum) 0;
}

/* ----------
 * classes(), importance()
 * ----------
 */
PG_FUNCTION_INFO_V1(classes);

/* classes(model): names in order, and their shares in training. */
Datum
classes(PG_FUNCTION_ARGS)
{
	const Model *model = model_arg(fcinfo, 0, 0, NULL, NULL);
	Tuplestorestate *store;
	TupleDesc	desc;

	model_require_task(model, TASK_CLASSIFY, "classes");
	crimeml_begin_rows(fcinfo, &store, &desc);
	for (int c = 0; c < model->classes; c++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = PointerGetDatum(model->class_name[c]);
		values[1] = Float8GetDatum(model->class_share[c]);
		tuplestore_putvalues(store, desc, values, nulls);
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

PG_FUNCTION_INFO_V1(importance);

/* importance(model): the share of each feature. */
Datum
importance(PG_FUNCTION_ARGS)
{
	const Model *model = model_arg(fcinfo, 0, 0, NULL, NULL);
	int			n = model->schema->nfeatures;
	double	   *share = crimeml_array(double, n);
	int		   *order = crimeml_array(int, n);
	Tuplestorestate *store;
	TupleDesc	desc;

	crimeml_begin_rows(fcinfo, &store, &desc);
	model->learner->importance(model->engine, share);
	for (int i = 0; i < n; i++)
		order[i] = i;
	qsort_arg(order, n, sizeof(int), compare_importance, share);
	for (int i = 0; i < n; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false};

		values[0] = CStringGetTextDatum(text_from_utf8(model->schema->feature[order[i]].name));
		values[1] = Float8GetDatum(share[order[i]]);
		tuplestore_putvalues(store, desc, values, nulls);
	}
	return (Datum) 0;
}

/* ----------
 * describe()
 * ----------
 */

/* A key, or a text within an array, in the database's encoding. */
static void
put_json_text(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	(void) pushJsonbValue(state, token, &value);
}

static void
put_text(JsonbParseState **state, const char *key, const char *text)
{
	put_json_text(state, WJB_KEY, key);
	put_json_text(state, WJB_VALUE, text);
}

static void
put_numeric(JsonbParseState **state, const char *key, Datum numeric)
{
	JsonbValue	value;

	put_json_text(state, WJB_KEY, key);
	value.type = jbvNumeric;
	value.val.numeric = DatumGetNumeric(numeric);
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

static void
put_integer(JsonbParseState **state, const char *key, int64 n)
{
	put_numeric(state, key, NumericGetDatum(int64_to_numeric(n)));
}

/*
 * A number, with all digits that it takes to have it back, where float8_numeric
 * would stop at 15.  JSON has neither NaN nor infinity: null.
 */
static void
put_number(JsonbParseState **state, const char *key, double number)
{
	JsonbValue	value;

	if (isfinite(number))
	{
		put_numeric(state, key,
					DirectFunctionCall3(numeric_in,
										CStringGetDatum(double_to_shortest_decimal(number)),
										ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
		return;
	}
	put_json_text(state, WJB_KEY, key);
	value.type = jbvNull;
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

static void
put_boolean(JsonbParseState **state, const char *key, bool boolean)
{
	JsonbValue	value;

	put_json_text(state, WJB_KEY, key);
	value.type = jbvBool;
	value.val.boolean = boolean;
	(void) pushJsonbValue(state, WJB_VALUE, &value);
}

static void
put_hex(JsonbParseState **state, const char *key, const uint8 *bytes, int n)
{
	char	   *text = palloc(2 * n + 1);	/* kept until the end */

	hex_encode((const char *) bytes, n, text);
	text[2 * n] = '\0';
	put_text(state, key, text);
}

/* The options as they were used. */
static void
put_options(JsonbParseState **state, const Model *model)
{
	put_json_text(state, WJB_KEY, "options");
	(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < model->learner->noptions; i++)
	{
		const OptionSpec *spec = &model->learner->options[i];
		double		value = model->option[i];

		if (isnan(value))		/* OPTION_MIXED */
			put_number(state, spec->name, value);
		else if (spec->type == OPTION_CHOICE || spec->type == OPTION_WEIGHTS ||
			(spec->default_text != NULL && value == OPTION_AUTO))
			put_text(state, spec->name, option_to_text(spec, value));
		else if (spec->type == OPTION_BOOLEAN)
			put_boolean(state, spec->name, value != 0);
		else
			put_number(state, spec->name, value);
	}
	(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

/* The kind of an input, as describe() names it. */
static const char *
kind_name(InputKind kind)
{
	switch (kind)
	{
		case INPUT_NUMBER:
			return "number";
		case INPUT_BOOLEAN:
			return "boolean";
		case INPUT_CATEGORY:
			return "category";
		case INPUT_POINT:
			return "point";
		case INPUT_TIMESTAMPTZ:
			return "timestamptz";
		case INPUT_TIMESTAMP:
			return "timestamp";
		case INPUT_DATE:
			break;
	}
	return "date";
}

/* The columns that the model takes, and the features made of them. */
static void
put_schema(JsonbParseState **state, const Schema *schema)
{
	put_json_text(state, WJB_KEY, "inputs");
	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];

		(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		put_text(state, "name", text_from_utf8(input->name));
		put_text(state, "kind", kind_name(input->kind));
		if (input->kind == INPUT_POINT)
			put_integer(state, "srid", input->srid);
		(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);

	put_json_text(state, WJB_KEY, "features");
	(void) pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < schema->nfeatures; i++)
	{
		const SchemaFeature *feature = &schema->feature[i];

		(void) pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		put_text(state, "name", text_from_utf8(feature->name));
		put_text(state, "kind", feature->is_category ? "category" : "number");
		if (feature->is_category)
			put_integer(state, "levels", feature->levels);
		(void) pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	(void) pushJsonbValue(state, WJB_END_ARRAY, NULL);
	if (schema->time_zone[0] != '\0')
		put_text(state, "time_zone", schema->time_zone);
}

PG_FUNCTION_INFO_V1(model_describe);

/* describe(model): what it is, of what it was made, and with which options. */
Datum
model_describe(PG_FUNCTION_ARGS)
{
	const Model *model = model_arg(fcinfo, 0, 0, NULL, NULL);
	const ModelProvenance *p = &model->provenance;
	JsonbParseState *state = NULL;

	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	put_text(&state, "algorithm", model->learner->name);
	put_text(&state, "task", model->task == TASK_CLASSIFY ? "classify" : "regress");
	put_text(&state, "version", p->version);
	put_integer(&state, "rows", p->rows);
	put_integer(&state, "rows_skipped", p->skipped);
	if (p->merged > 0)
		put_integer(&state, "merged", p->merged);
	put_schema(&state, model->schema);
	if (model->task == TASK_CLASSIFY)
		put_integer(&state, "classes", model->classes);
	else
		put_number(&state, "label_mean", model->label_mean);
	put_options(&state, model);
	put_json_text(&state, WJB_KEY, "metrics");
	(void) pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < model->metrics; i++)
		put_number(&state, model->metric[i].name, model->metric[i].value);
	(void) pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	put_hex(&state, "model_id", model->id, sizeof(model->id));
	put_hex(&state, "fingerprint", p->fingerprint, sizeof(p->fingerprint));
	put_integer(&state, "bytes", model->bytes);
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
