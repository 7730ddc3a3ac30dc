/*
 * predictor.h
 *		What it takes to predict rows by a model: the row as features, the
 *		learner's scratch memory, and the answer.
 */
#ifndef CRIMEML_PREDICTOR_H
#define CRIMEML_PREDICTOR_H

#include "model/rows_model.h"

#include <float.h>

typedef struct Predictor
{
	const RowsModel *model;
	RowEncoder *encoder;
	double	   *row;			/* features, filled in by the caller or the encoder */
	void	   *scratch;
	double		exposure;		/* of the row, filled in by the caller; 1 */
	double	   *result;			/* probabilities of the classes, or one value */
} Predictor;

/* All in the context; valid as long as the model. */
extern void predictor_init(Predictor *predictor, MemoryContext context, const RowsModel *model);

/* The answer to predictor->row. */
static inline const double *
predictor_run(Predictor *predictor)
{
	predictor->model->learner->predict(predictor->model->base.engine, predictor->scratch,
									   predictor->row, 1, predictor->result);
	if (predictor->exposure != 1)
	{
		predictor->result[0] *= predictor->exposure;	/* NaN where it is not known */
		if (predictor->result[0] > DBL_MAX)
			predictor->result[0] = DBL_MAX;
	}
	return predictor->result;
}

#endif							/* CRIMEML_PREDICTOR_H */
