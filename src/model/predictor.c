/*
 * predictor.c
 *		What it takes to predict rows by a model.
 */
#include "model/predictor.h"

#include "utf8.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

void
predictor_init(Predictor *predictor, MemoryContext context, const RowsModel *model)
{
	predictor->model = model;
	predictor->encoder = encoder_create(context, model->schema);
	predictor->exposure = 1;
	if (model->learner->takes_offset)
	{
		int			at = option_find(model->base.algorithm->options, EXPOSURE_OPTION);
		const char *column = model->base.option[at].text;

		if (column != NULL)
			encoder_set_exposure(predictor->encoder,
								 MemoryContextStrdup(context, text_to_utf8(column, strlen(column))));
	}
	predictor->row = crimeml_alloc(context, model->schema->nfeatures, sizeof(double));
	predictor->scratch = crimeml_alloc(context, Max(model->learner->scratch(model->base.engine), 1), 1);
	predictor->result = crimeml_alloc(context, Max(model->classes, 1), sizeof(double));
}

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

void
predictor_read(Predictor *predictor, FunctionCallInfo fcinfo, int argno, FeaturesType type,
			   const char *function)
{
	switch (type)
	{
		case FEATURES_RECORD:
			encode_record(predictor->encoder, PG_GETARG_HEAPTUPLEHEADER(argno), predictor->row);
			break;
		case FEATURES_JSONB:
			encode_jsonb(predictor->encoder, PG_GETARG_JSONB_P(argno), predictor->row);
			break;
		case FEATURES_TEXT:
			encode_jsonb(predictor->encoder,
						 text_to_jsonb(PG_GETARG_TEXT_PP(argno), function), predictor->row);
			break;
	}
	predictor->exposure = encoder_exposure(predictor->encoder);
}
