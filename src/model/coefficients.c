/*
 * coefficients.c
 *		The terms of a model that is a sum of them.
 */
#include "model/cache.h"

#include "rows.h"
#include "utf8.h"

typedef struct TermsResult
{
	const RowsModel *model;
	Rows		rows;
} TermsResult;

/* "hour", "district=24", "district is null", "(intercept)" */
static char *
term_name(const RowsModel *model, const LearnTerm *term)
{
	const SchemaFeature *feature;

	if (term->feature < 0)
		return pstrdup("(intercept)");
	feature = &model->schema->feature[term->feature];
	if (term->level < 0)
		return text_from_utf8(feature->name);
	if (term->level >= feature->levels)
		return psprintf("%s is null", text_from_utf8(feature->name));
	return psprintf("%s=%s", text_from_utf8(feature->name),
					text_from_utf8(feature->level[term->level]));
}

static void
put_term(const LearnTerm *term, void *arg)
{
	TermsResult *result = arg;
	Rows	   *rows = &result->rows;
	MemoryContext old;

	if (term->class < 0)
		rows_null(rows);
	else
		rows_put(rows, PointerGetDatum(result->model->class_name[term->class]));
	old = MemoryContextSwitchTo(rows->row);
	rows_text(rows, term_name(result->model, term));
	MemoryContextSwitchTo(old);
	rows_float8(rows, term->estimate);
	rows_float8(rows, term->error);
	rows_float8(rows, term->statistic);
	rows_float8(rows, term->p);
	rows_float8(rows, term->lower);
	rows_float8(rows, term->upper);
	rows_end(rows);
}

PG_FUNCTION_INFO_V1(crimeml_coefficients);

/* coefficients(model): a row a term. */
Datum
crimeml_coefficients(PG_FUNCTION_ARGS)
{
	TermsResult result = {0};
	const RowsModel *model = rows_model_arg(fcinfo, 0, "coefficients", 0, NULL, NULL);

	if (model->learner->terms == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("a model of algorithm \"%s\" has no coefficients",
						model->base.algorithm->name),
				 errhint("Models of linear_agg, poisson_agg and logistic_agg have.")));
	result.model = model;
	rows_begin(&result.rows, fcinfo);
	model->learner->terms(model->base.engine, put_term, &result);
	return (Datum) 0;
}
