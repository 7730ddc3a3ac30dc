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
	const double *weight;		/* of each row, above 0; NULL: all 1 */
	const double *offset;		/* of each row: a known part of what is predicted,
								 * on the scale of the model's sum (Poisson: the
								 * logarithm of the exposure); NULL: none */
	const double *time;			/* of each row, NaN: not known; NULL: no time is
								 * among the features, or not asked for */
	const uint32 *order;
} LearnData;

/* What a learner measured in training, for describe(). */
#define LEARN_MAX_METRICS 16

typedef struct LearnReport
{
	int			metrics;
	struct
	{
		const char *name;
		double		value;
	}			metric[LEARN_MAX_METRICS];
	const char *told;			/* what deserves a NOTICE, as a clause; NULL: nothing */
} LearnReport;

/* What a stored model is known to have, before its payload is read. */
typedef struct LearnShape
{
	int			classes;		/* 0: regression */
	int			features;
	const int32 *levels;		/* levels of each feature, 0 for a number */
} LearnShape;

/*
 * Models that are to be merged.  The classes and levels of all parts are united
 * in the merged model, in their own order; class_to[c] is where class c of a
 * part stands among the united ones, level_to[f][l] where level l of feature f
 * does (level_to[f] is NULL for a number).
 */
typedef struct LearnPart
{
	ByteReader	payload;
	LearnShape	shape;
	const int32 *class_to;		/* ascending */
	const int32 *const *level_to;	/* each ascending */
} LearnPart;

typedef struct LearnMerge
{
	int			parts;			/* at least 1 */
	const LearnPart *part;		/* of the same features and task */
	LearnShape	shape;			/* of the merged model */
	const int64 *class_rows;	/* training rows of each united class */
	char	  **class_name;		/* in the database's encoding, for messages */
	char	  **feature_name;
} LearnMerge;

/*
 * A node of a decoded tree.  Its number is its place in preorder, from 0.  The
 * cover is the weight of the training rows that reached it, class weights
 * applied, a row counting as often as it was drawn; the children's add up to it.
 */
typedef struct LearnNode
{
	int			tree;			/* from 0 */
	int32		node;
	int32		parent;			/* -1: it is the root */
	bool		right;			/* it is the right child */
	double		cover;

	/* a split; feature is -1 in a leaf */
	int			feature;
	double		threshold;		/* a number's: up to it to the left */
	int32		levels;			/* a category's: which go to the left, ascending */
	const int32 *level;
	bool		missing_left;

	/* a leaf of numbers, or of a boosted tree: what it adds to the sum of a class */
	double		value;

	/* a leaf of classes; of a boosted tree best is the class whose sum it adds
	 * to, and classes is 0 */
	int			best;			/* the most probable class */
	double		probability;	/* its own, after smoothing */
	int			classes;		/* those that occur, ascending, and their weights */
	const int32 *class;
	const double *weight;
} LearnNode;

typedef void (*LearnNodeVisit) (const LearnNode *node, void *arg);

/* What makes predictions of the sums that a model of numbers or classes has. */
typedef enum LearnLink
{
	LINK_IDENTITY = 1,			/* the numbers are stored in models */
	LINK_LOG,					/* e^sum: a count */
	LINK_LOGIT,					/* 1 / (1 + e^-sum): of the second of two classes */
	LINK_SOFTMAX				/* e^sum over the sum of these */
} LearnLink;

/*
 * A model that adds up: sum k begins at base[k], and tree t of nodes() adds
 * the value of the leaf where a row ends to sum t % sums.
 */
typedef struct LearnSums
{
	LearnLink	link;
	int			sums;			/* the classes, or 1 */
	const double *base;
} LearnSums;

/*
 * Who shares in an explanation: of each feature its player, 0 .. n-1.  The
 * features of a player are known together or not at all.
 */
typedef struct LearnPlayers
{
	int			n;
	const int  *of;
} LearnPlayers;

/*
 * A term of a model that is a sum of terms.  What is not known is NaN; a term without
 * an estimate is aliased with those before it.
 */
typedef struct LearnTerm
{
	int			class;			/* whose equation it is; -1: there is but one */
	int			feature;		/* -1: the intercept */
	int32		level;			/* of a category; as many as it has: missing */
	double		estimate;
	double		error;			/* standard error */
	double		statistic;
	double		p;
	double		lower;			/* of the 95 % interval */
	double		upper;
} LearnTerm;

typedef void (*LearnTermVisit) (const LearnTerm *term, void *arg);

/* What the labels of a learner may be; values but the first are FrameTasks. */
typedef enum LearnTask
{
	LEARN_BOTH,
	LEARN_CLASSES,
	LEARN_NUMBERS
} LearnTask;

/* What the option "class_weights" of a learner may be; an object gives them. */
typedef enum OptionWeights
{
	WEIGHTS_NONE,
	WEIGHTS_BALANCED,			/* each class weighs the same in all */
	WEIGHTS_GIVEN
} OptionWeights;

#define CLASS_WEIGHTS_OPTION "class_weights"

extern const char *const class_weights_choices[];

/* The options of a learner that takes weights or offsets, by which they are found
 * in its table. */
#define WEIGHT_OPTION "weight"
#define EXPOSURE_OPTION "exposure"

#define WEIGHT_OPTION_SPEC \
	{WEIGHT_OPTION, OPTION_COLUMN, 0, NULL, 0, 0, NULL, \
	"column of the features' row that says how much each row counts; it is no feature"}
#define EXPOSURE_OPTION_SPEC \
	{EXPOSURE_OPTION, OPTION_COLUMN, 0, NULL, 0, 0, NULL, \
	"column of the features' row, which is no feature, that counts are a rate of: people, days"}

/* The options that every learner has besides its own. */
extern const OptionTable learner_options;

/* ----------
 * The learner
 * ----------
 */
typedef struct Learner
{
	Algorithm	base;			/* decode's shape is a LearnShape */
	LearnTask	task;			/* the only one that it does */

	/* what it takes of LearnData besides features, labels and class weights */
	bool		takes_weight;	/* by its option WEIGHT_OPTION */
	bool		takes_offset;	/* by its option EXPOSURE_OPTION */
	bool		takes_time;

	/* it splits feature by feature: points give turned axes besides x and y,
	 * unless option "axes" says otherwise */
	bool		turned_axes;

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

	/* Visit the nodes of all trees, tree by tree, each in preorder. */
	void		(*nodes) (const void *model, LearnNodeVisit visit, void *arg);

	/* How the trees add up; NULL where their mean is what is predicted. */
	void		(*sums) (const void *model, LearnSums *sums);

	/* Visit the terms of a sum, equation by equation. */
	void		(*terms) (const void *model, LearnTermVisit visit, void *arg);

	/*
	 * Merge models: append the payload of the merged one to out.  It predicts
	 * the weighted mean of what its parts predict; the weight of a forest is its
	 * number of trees.  option comes with what the parts have in common
	 * (OPTION_MIXED elsewhere).  An option that adds up over the parts, such as
	 * the number of trees, is written back as the sum.
	 */
	void		(*merge) (const LearnMerge *merge, OptionValue *option, ByteWriter *out);

	/*
	 * The sums of a row before the link, by class or one, where these are what
	 * explain() explains; NULL: it explains what predict() says.
	 */
	void		(*margins) (const void *model, void *scratch, const double *row, double *result);

	/*
	 * Explain what is said of a row, by Shapley values.  explainer() makes what
	 * that takes besides the model, in CurrentMemoryContext, where it may grow
	 * later; it is kept with the model.  For the class (or the one value), or with
	 * -1 for all classes one after another, result takes a number a player and
	 * then what is expected when nothing is known of a row: they add up to what
	 * predict() or margins() says.  Returned is how large the numbers are that were summed,
	 * which rounding goes by.
	 */
	void	   *(*explainer) (const void *model);
	double		(*explain) (void *explainer, const double *row, const LearnPlayers *players,
							int class, double *result);
} Learner;

extern const Learner tree_learner;
extern const Learner forest_learner;
extern const Learner boost_learner;
extern const Learner linear_learner;
extern const Learner poisson_learner;
extern const Learner logistic_learner;

#endif							/* CRIMEML_LEARN_H */
