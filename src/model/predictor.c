/*
 * predictor.c
 *		What it takes to predict rows by a model.
 */
#include "model/predictor.h"

#include "utf8.h"

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
