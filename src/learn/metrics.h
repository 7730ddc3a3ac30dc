/*
 * metrics.h
 *		How good predictions are, row by row, beside a simple forecast.
 *
 * Rows are added one at a time; memory is O(classes).  The baseline is what
 * somebody would have said who knew nothing but the training rows: the shares
 * of their classes, or the mean of their labels.
 *
 * Definitions, as in scikit-learn 1.2 where it has them:
 *		accuracy			rows whose predicted class is the actual one
 *		balanced accuracy	mean recall of the classes that occur
 *		macro F1			mean F1 of the classes that occur (scikit-learn's
 *							f1_score with labels = those; it would add the
 *							classes that are only predicted)
 *		log loss			mean of -ln p(actual), p not below 1e-15
 *		top 3				rows whose actual class is among the three most
 *							probable; of equal ones the first in class order
 *		r2					1 - SSE / SST, SST about the mean of the rows seen
 */
#ifndef CRIMEML_METRICS_H
#define CRIMEML_METRICS_H

#include "crimeml.h"
#include "stat/sums.h"

/* The predicted class: the most probable, of equal ones the first. */
extern int	most_probable(const double *probability, int classes);

typedef struct ClassTally
{
	int64		correct;		/* rows */
	int64		top3;
	double		log_loss;		/* their sum */
} ClassTally;

typedef struct ClassMetrics
{
	int			classes;		/* that the model knows */
	const double *share;		/* of the classes in training */
	int			common;			/* the largest of them */
	int			labels;			/* classes, and labels met that are none */
	int			capacity;
	int64	   *actual;			/* of a label: rows */
	int64	   *predicted;		/* rows predicted as it */
	int64	   *hit;			/* rows where both are so */
	int64		rows;
	ClassTally	model;
	ClassTally	baseline;
} ClassMetrics;

/* In CurrentMemoryContext; share is not copied. */
extern ClassMetrics *class_metrics_create(int classes, const double *share);

/*
 * actual is a class, or for a label that the model does not know a number from
 * classes on, counted up as such labels are met: it is wrong, with p = 0.
 */
extern void class_metrics_add(ClassMetrics *m, int actual, const double *probability);

typedef struct ClassScores
{
	double		accuracy;
	double		balanced_accuracy;
	double		macro_f1;
	double		log_loss;
	double		top3;
} ClassScores;

/* At least one row must have been added. */
extern void class_metrics_scores(const ClassMetrics *m, ClassScores *model,
								 ClassScores *baseline);

typedef struct ValueErrors
{
	Squares		squares;
	Total		absolute;
} ValueErrors;

typedef struct ValueMetrics
{
	double		mean;			/* of the training labels */
	int64		rows;
	Scatter		scatter;		/* of the labels seen */
	ValueErrors model;
	ValueErrors baseline;
} ValueMetrics;

extern void value_metrics_start(ValueMetrics *m, double mean);
extern void value_metrics_add(ValueMetrics *m, double actual, double predicted);

/* A count for so much exposure, where mean is that for 1. */
extern void value_metrics_add_for(ValueMetrics *m, double actual, double predicted,
								  double exposure);

typedef struct ValueScores
{
	double		rmse;
	double		mae;
	double		r2;				/* NaN when all labels are equal */
} ValueScores;

/* At least one row must have been added.  What is beyond the largest double is
 * an error. */
extern void value_metrics_scores(const ValueMetrics *m, ValueScores *model,
								 ValueScores *baseline);

#endif							/* CRIMEML_METRICS_H */
