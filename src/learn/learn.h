/*
 * learn.h
 *		What a learner gets, what it gives, and the table entry by which the
 *		rest of crimeml knows it.
 *
 * A learner is an engine: plain C over arrays.  It is one file, one Learner
 * struct, one row in the table of model/options.
 */
#ifndef CRIMEML_LEARN_H
#define CRIMEML_LEARN_H

#include "bytes.h"

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

/* ----------
 * Options: one table an algorithm.  Values are kept in the table's order.
 * ----------
 */
typedef enum OptionType
{
	OPTION_INTEGER,
	OPTION_NUMBER,
	OPTION_BOOLEAN,
	OPTION_CHOICE,				/* one word of a list */
	OPTION_WEIGHTS				/* OptionWeights, or a weight for each class;
								 * the option's name is "class_weights" */
} OptionType;

typedef enum OptionWeights
{
	WEIGHTS_NONE,
	WEIGHTS_BALANCED,			/* each class weighs the same in all */
	WEIGHTS_GIVEN
} OptionWeights;

typedef struct OptionSpec
{
	const char *name;
	OptionType	type;
	double		default_value;	/* of a choice: its index */
	const char *default_text;	/* shown instead, where the default depends
								 * on the data ("sqrt(features)"); the value
								 * is then OPTION_AUTO unless given */
	double		min;
	double		max;
	const char *const *choices; /* NULL-terminated; OPTION_CHOICE only */
	const char *meaning;
} OptionSpec;

#define OPTION_AUTO (-1.0)		/* never a legal value where it is used */
#define OPTION_MIXED NAN		/* in a merged model, where its parts differ */

/* ----------
 * The learner
 * ----------
 */
typedef struct Learner
{
	const char *name;			/* "forest": forest_agg, algorithm => 'forest' */
	uint16		code;			/* in stored models; never used again */
	const OptionSpec *options;	/* noptions of them */
	int			noptions;

	/*
	 * Train.  values has noptions entries; an OPTION_AUTO that the learner
	 * settles is written back, so that describe() tells what was used.  The
	 * payload is appended to out.
	 */
	void		(*train) (const LearnData *data, double *values, ByteWriter *out,
						  LearnReport *report);

	/* Bytes that train() will allocate, roughly; checked beforehand. */
	Size		(*memory) (const LearnData *data, const double *values);

	/*
	 * Read and check a payload into memory of CurrentMemoryContext.  Whatever
	 * predict() later relies on is checked here.
	 */
	void	   *(*decode) (ByteReader *payload, const LearnShape *shape);

	/*
	 * Predict one row: numbers as they are, categories as their code, missing
	 * as NaN.  result takes the probabilities of the classes (they add to 1),
	 * or one value.
	 */
	void		(*predict) (const void *model, const double *row, double *result);

	/* Importance of each feature, adding to 1 (or all 0). */
	void		(*importance) (const void *model, double *result);

	/* Bytes of the decoded model, for the session's cache. */
	Size		(*size) (const void *model);

	/*
	 * Append to out the payload of a model that says the mean of what its parts
	 * say, each weighing as much as it has (a forest: trees).  values are those
	 * that the parts have in common; what the parts have in sum is written back.
	 * NULL: models of this kind cannot be merged.
	 */
	void		(*merge) (const LearnMerge *merge, double *values, ByteWriter *out);
} Learner;

extern const Learner tree_learner;
extern const Learner forest_learner;

#endif							/* CRIMEML_LEARN_H */
