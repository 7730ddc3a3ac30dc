/*
 * forest_predict.h
 *		A stored forest or tree, decoded: what it predicts, and its nodes.
 *
 * These are entries of a Learner, and described there.
 */
#ifndef CRIMEML_FOREST_PREDICT_H
#define CRIMEML_FOREST_PREDICT_H

#include "learn/learn.h"

extern void *forest_decode(ByteReader *r, const void *shape);
extern Size forest_scratch(const void *model);
extern void forest_predict(const void *model, void *scratch, const double *row, int64 n,
						   double *result);
extern void forest_importance(const void *model, double *result);
extern void *forest_explainer(const void *model);
extern double forest_explain(void *explainer, const double *row, const LearnPlayers *players,
							 int class, double *result);
extern void forest_nodes(const void *model, LearnNodeVisit visit, void *arg);

#endif							/* CRIMEML_FOREST_PREDICT_H */
