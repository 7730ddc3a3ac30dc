/*
 * learn.h
 *		What a learner gets, what it gives, and the table entry by which the
 *		rest of crimeml knows it.
 *
 * A learner is an engine: plain C over arrays.  It is one file, one Learner
 * struct, one row in the list of model/algorithms.
 */
#ifndef CRIMEML_LEARN_H
#define CRIMEML_LEARN_H

#include "algorithm.h"

#define LEARN_MAX_CLASSES 65535
#define LEARN_MAX_FEATURES 32767

/*
 * A feature: a number (NaN is missing), or a category (codes 0 .. levels-1, -1
 * is missing).  Booleans are the numbers 0 and 1.
 */
typedef struct LearnFeature
{
	const char *name;			/* in the database's encoding, for messages */
	bool		is_category;
	int32		levels;			/* of a category; else 0 */
	const double *number;		/* rows values, or NULL */
	const int32 *code;			/* rows values, or NULL */
} LearnFeature;

/*
 * Training data, owned by the caller and never changed.  The row at canonical
 * position i stands at order[i] in every array: learners visit rows in that
 * order, and so do not depend on the order in which rows came.
 */
typedef struct LearnData
{
	int64		rows;			/* 1 .. 2^31-1 */
	int			features;
	const LearnFeature *feature;
	int			classes;		/* 0: regression */
	const int32 *label_class;	/* 0 .. classes-1 */
	const double *label_value;	/* regression; finite */
	const double *class_weight; /* of each class; NULL: all 1 */
	const uint32 *order;
} LearnData;

/* What a learner measured in training, for describe(). */
#define LEARN_MAX_METRICS 8

typedef struct LearnReport
{
	int			metrics;
	struct
	{
		const char *name;
		double		value;
	}			metric[LEARN_MAX_METRICS];
} LearnReport;

/* What a stored model is known to have, before its payload is read. */
typedef struct LearnShape
{
	int			classes;		/* 0: regression */
	int			features;
	const int32 *levels;		/* levels of each feature, 0 for a number */
} LearnShape;

/*
 * A model that is to become a part of another: its payload, its shape, and
 * where its classes and levels stand there (ascending; NULL where it has none).
 */
typedef struct LearnPart
{
	ByteReader	payload;
	LearnShape	shape;
	const int32 *class_to;
	const int32 *const *level_to;	/* of each feature */
} LearnPart;

typedef struct LearnMerge
{
	int			parts;			/* at least 1 */
	const LearnPart *part;		/* of the same features and task */
	LearnShape	shape;			/* of the merged model */
	const int64 *class_rows;	/* training rows of all parts together */
	char	  **class_name;		/* in the database's encoding, for messages */
	char	  **feature_name;
} LearnMerge;

/* What the option "class_weights" of a learner may be; an object gives them. */
typedef enum OptionWeights
{
	WEIGHTS_NONE,
	WEIGHTS_BALANCED,			/* each class weighs the same in all */
	WEIGHTS_GIVEN
} OptionWeights;

#define CLASS_WEIGHTS_OPTION "class_weights"

extern const char *const class_weights_choices[];

/* The options that every learner has besides its own. */
extern const OptionTable learner_options;

/* ----------
 * The learner
 * ----------
 */
typedef struct Learner
{
	Algorithm	base;			/* decode's shape is a LearnShape */

	/*
	 * Train.  option has the values of the learner's own table; one that the
	 * data decide (OPTION_AUTO) is written back as it was settled, so that
	 * describe() tells what was used.  The payload is appended to out.
	 */
	void		(*train) (const LearnData *data, OptionValue *option, ByteWriter *out,
						  LearnReport *report);

	/* Bytes that train() will allocate, roughly; checked beforehand. */
	Size		(*memory) (const LearnData *data, const OptionValue *option);

	/*
	 * Predict n rows, one after another in row: numbers as they are, categories
	 * as their code, missing as NaN.  result takes for each the probabilities
	 * of the classes (they add to 1), or one value.  scratch is the caller's, of
	 * as many bytes as scratch() says.
	 */
	void		(*predict) (const void *model, void *scratch, const double *row, int64 n,
							double *result);
	Size		(*scratch) (const void *model);

	/* What follows is NULL where a learner does not have it. */

	/* Importance of each feature, adding to 1 (or all 0). */
	void		(*importance) (const void *model, double *result);

	/*
	 * Append to out the payload of a model that says the mean of what its parts
	 * say, each weighing as much as it has (a forest: trees).  option are those
	 * that the parts have in common; what the parts have in sum is written back.
	 */
	void		(*merge) (const LearnMerge *merge, OptionValue *option, ByteWriter *out);
} Learner;

extern const Learner tree_learner;
extern const Learner forest_learner;

#endif							/* CRIMEML_LEARN_H */
