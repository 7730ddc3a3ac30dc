/*
 * predictor.c
 *		What it takes to predict rows by a model.
 */
#include "model/predictor.h"

void
predictor_init(Predictor *predictor, MemoryContext context, const RowsModel *model)
{
	predictor->model = model;
	predictor->encoder = encoder_create(context, model->schema);
	predictor->row = crimeml_alloc(context, model->schema->nfeatures, sizeof(double));
	predictor->scratch = crimeml_alloc(context, Max(model->learner->scratch(model->base.engine), 1), 1);
	predictor->result = crimeml_alloc(context, Max(model->classes, 1), sizeof(double));
}
