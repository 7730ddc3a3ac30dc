/*
 * predict.c
 *		Predictions by a model, one row at a time.
 *
 * The features come as a record, as jsonb, or as text, which is JSON: this
 * overload catches untyped literals and the parameters of drivers.  Each SQL
 * function is one C function for each of the three.
 */
#include "model/cache.h"

#include <math.h>

#include "arguments.h"
#include "learn/metrics.h"
#include "model/predictor.h"
#include "rows.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

typedef enum FeaturesType
{
	FEATURES_RECORD,
	FEATURES_JSONB,
	FEATURES_TEXT
} FeaturesType;

/* What a call site keeps while its model stays the same. */
typedef struct PredictUse
{
	Predictor	predictor;		/* its model is NULL before the first call */
	text	   *class_name;		/* last asked for by predict_probability() */
	Size		class_size;		/* room in it */
	int			class;
} PredictUse;

static void
json_error_context(void *arg)
{
	errcontext("features of %s, which as text are a JSON object", (const char *) arg);
}

/* Features that are given as text. */
static Jsonb *
text_to_jsonb(text *features, const char *function)
{
	ErrorContextCallback callback;
	Datum		jsonb;

	callback.callback = json_error_context;
	callback.arg = unconstify(char *, function);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(features)));
	error_context_stack = callback.previous;
	return DatumGetJsonbP(jsonb);
}

/*
 * The model's answer to the features in argument 1: the probabilities of the
 * classes, or one value.
 */
static const double *
predict_row(FunctionCallInfo fcinfo, FeaturesType type, int task, const char *function,
			const RowsModel **model_found, PredictUse **use_found, MemoryContext *context_found)
{
	void	   *extra;
	MemoryContext context;
	const RowsModel *model = rows_model_arg(fcinfo, 0, function, sizeof(PredictUse), &extra, &context);
	PredictUse *use = extra;
	Predictor  *predictor = &use->predictor;

	if (use->predictor.model == NULL)
	{
		rows_model_require_task(model, task, function);
		predictor_init(&use->predictor, context, model);
	}

	switch (type)
	{
		case FEATURES_RECORD:
			encode_record(predictor->encoder, PG_GETARG_HEAPTUPLEHEADER(1), predictor->row);
			break;
		case FEATURES_JSONB:
			encode_jsonb(predictor->encoder, PG_GETARG_JSONB_P(1), predictor->row);
			break;
		case FEATURES_TEXT:
			encode_jsonb(predictor->encoder, text_to_jsonb(PG_GETARG_TEXT_PP(1), function),
						 predictor->row);
			break;
	}
	predictor->exposure = encoder_exposure(predictor->encoder);
	*model_found = model;
	*use_found = use;
	*context_found = context;
	return predictor_run(predictor);
}

/* The three C functions of an SQL function. */
#define FEATURES_FUNCTIONS(name) \
	PG_FUNCTION_INFO_V1(crimeml_##name##_record); \
	Datum \
	crimeml_##name##_record(PG_FUNCTION_ARGS) \
	{ \
		return name(fcinfo, FEATURES_RECORD); \
	} \
	PG_FUNCTION_INFO_V1(crimeml_##name##_jsonb); \
	Datum \
	crimeml_##name##_jsonb(PG_FUNCTION_ARGS) \
	{ \
		return name(fcinfo, FEATURES_JSONB); \
	} \
	PG_FUNCTION_INFO_V1(crimeml_##name##_text); \
	Datum \
	crimeml_##name##_text(PG_FUNCTION_ARGS) \
	{ \
		return name(fcinfo, FEATURES_TEXT); \
	}

/* predict(model, features): the most probable class. */
static inline Datum
predict(FunctionCallInfo fcinfo, FeaturesType type)
{
	const RowsModel *model;
	PredictUse *use;
	MemoryContext context;
	const double *p = predict_row(fcinfo, type, TASK_CLASSIFY, "predict",
								  &model, &use, &context);
	const text *name = model->class_name[most_probable(p, model->classes)];
	text	   *result = palloc(VARSIZE(name));

	memcpy(result, name, VARSIZE(name));
	PG_RETURN_TEXT_P(result);
}

/* predict_value(model, features): the number. */
static inline Datum
predict_value(FunctionCallInfo fcinfo, FeaturesType type)
{
	const RowsModel *model;
	PredictUse *use;
	MemoryContext context;
	const double *value = predict_row(fcinfo, type, TASK_REGRESS, "predict_value",
									  &model, &use, &context);

	/* where the exposure is not known, neither is the count */
	if (isnan(value[0]))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value[0]);
}

/* The class of that name; an error with the nearest when there is none. */
static int
class_by_name(const RowsModel *model, const text *name)
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

/* predict_probability(model, features, class): of that class. */
static inline Datum
predict_probability(FunctionCallInfo fcinfo, FeaturesType type)
{
	text	   *name = PG_GETARG_TEXT_PP(2);
	const RowsModel *model;
	PredictUse *use;
	MemoryContext context;
	const double *p = predict_row(fcinfo, type, TASK_CLASSIFY, "predict_probability",
								  &model, &use, &context);

	if (use->class_name == NULL ||
		VARSIZE_ANY(use->class_name) != VARSIZE_ANY(name) ||
		memcmp(use->class_name, name, VARSIZE_ANY(name)) != 0)
	{
		use->class = class_by_name(model, name);
		if (use->class_name != NULL && use->class_size < VARSIZE_ANY(name))
		{
			pfree(use->class_name);
			use->class_name = NULL;
		}
		if (use->class_name == NULL)
		{
			use->class_size = VARSIZE_ANY(name);
			use->class_name = MemoryContextAlloc(context, use->class_size);
		}
		memcpy(use->class_name, name, VARSIZE_ANY(name));
	}
	PG_RETURN_FLOAT8(p[use->class]);
}

typedef struct RankedClass
{
	double		probability;
	int			class;
} RankedClass;

/* Most probable first; of equal ones the first in class order. */
static int
compare_ranked(const void *a, const void *b)
{
	const RankedClass *x = a;
	const RankedClass *y = b;

	if (x->probability != y->probability)
		return x->probability > y->probability ? -1 : 1;
	return x->class - y->class;
}

/* predict_classes(model, features, top): the most probable classes. */
static inline Datum
predict_classes(FunctionCallInfo fcinfo, FeaturesType type)
{
	Rows		rows;
	const RowsModel *model;
	PredictUse *use;
	MemoryContext context;
	const double *p;
	RankedClass *ranked;
	int			top = PG_INT32_MAX;

	if (!PG_ARGISNULL(2))
		top = PG_GETARG_INT32(2);
	if (top < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"top\" must be at least 1, not %d", top),
				 errhint("NULL gives all classes.")));
	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;

	p = predict_row(fcinfo, type, TASK_CLASSIFY, "predict_classes", &model, &use, &context);
	ranked = crimeml_array(RankedClass, model->classes);
	for (int c = 0; c < model->classes; c++)
	{
		ranked[c].probability = p[c];
		ranked[c].class = c;
	}
	qsort(ranked, model->classes, sizeof(RankedClass), compare_ranked);
	for (int i = 0; i < Min(top, model->classes); i++)
	{
		rows_int32(&rows, i + 1);
		rows_put(&rows, PointerGetDatum(model->class_name[ranked[i].class]));
		rows_float8(&rows, ranked[i].probability);
		rows_end(&rows);
	}
	return (Datum) 0;
}

FEATURES_FUNCTIONS(predict)
FEATURES_FUNCTIONS(predict_value)
FEATURES_FUNCTIONS(predict_probability)
FEATURES_FUNCTIONS(predict_classes)
