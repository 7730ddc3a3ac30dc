/*
 * linear_model.h
 *		What linear models keep: the design and the coefficients of its columns; and
 *		how they predict with them.
 *
 * Linear, Poisson and logistic models differ in how they are trained, and by their
 * link.
 */
#ifndef CRIMEML_LEARN_LINEAR_MODEL_H
#define CRIMEML_LEARN_LINEAR_MODEL_H

#include "learn/design.h"
#include "learn/glm.h"

typedef struct LinearModel
{
	LearnLink	link;			/* softmax: an equation a class, which add to 0 */
	Design	   *design;
	int			equations;
	double	   *coefficient;	/* of column c in equation e: c * equations + e */
	double	   *fill;			/* what stands for missing, of a category (by its
								 * place among the features) in an equation, where
								 * it has no column of its own */
	int			exponent;		/* of the label's unit; 0 but in LINK_IDENTITY */
	double	   *importance;		/* of each feature */
	bool		inference;		/* the errors are known */
	double		df;				/* of Student's t; INFINITY: normal */
	double	   *error;			/* of each column, in units of the features; NaN: aliased
								 * or not known */
	double		intercept_error;	/* where the features are 0 */
	bool	   *aliased;		/* column by column */
} LinearModel;

/* A model to be filled in: everything 0, no errors. */
extern LinearModel *linear_model_make(Design *design, LearnLink link, int equations);

/* Set what follows from the coefficients: fill and importance. */
extern void linear_model_finish(LinearModel *model, const DesignRows *rows);

/*
 * Set the errors from the variances of the columns' coefficients, and of the
 * intercept; scale is the residual's standard deviation.
 */
extern void linear_model_errors(LinearModel *model, const double *variance,
								double intercept_variance, double scale, double df);

/* The intercept's part of every column where all features are 0, for its variance. */
extern void linear_model_origin(const Design *design, double *times);

/* Take a fitted model of one equation; with inference its errors. */
extern void linear_model_take_glm(LinearModel *model, const Glm *glm, const LearnData *data,
								  bool inference, LearnReport *report);

extern void linear_model_write(const LinearModel *model, ByteWriter *out);

/* ----------
 * Members of their Learners
 * ----------
 */
extern void *linear_decode(ByteReader *payload, const void *shape);
extern void linear_predict(const void *model, void *scratch, const double *row, int64 n,
						   double *result);
extern Size linear_scratch(const void *model);
extern void linear_importance(const void *model, double *result);
extern void linear_terms(const void *model, LearnTermVisit visit, void *arg);

/* ----------
 * What trainers share
 * ----------
 */

/* The option "ridge" in their tables. */
#define RIDGE_OPTION_SPEC(value, text) \
	{"ridge", OPTION_NUMBER, value, text, 0, 1e12, NULL, \
	"penalty of the squares of the standardised coefficients, half of it beside half the sum of squares " \
	"or the negative log likelihood; above 0 there are no errors and p values"}

/*
 * The names of the features of columns for which something holds, with commas
 * between; of many the first ones.
 */
extern char *linear_feature_names(const Design *design, const LearnData *data, const bool *holds);

/* Mark the columns that the equations found to be aliased, and tell of them. */
extern void linear_mark_aliased(LinearModel *model, const NormalEquations *equations,
								const LearnData *data, LearnReport *report);

/* Add a number to the report, unless it is not finite. */
extern void linear_report(LearnReport *report, const char *name, double value);

/* Add a clause to what the report tells. */
extern void linear_tell(LearnReport *report, const char *clause);

/* The penalty of each column's square; NULL for a ridge of 0. */
extern double *linear_penalty(const DesignRows *rows, double ridge);

#endif							/* CRIMEML_LEARN_LINEAR_MODEL_H */
