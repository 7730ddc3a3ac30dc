/*
 * options.h
 *		The algorithms there are, and their options.
 */
#ifndef CRIMEML_OPTIONS_H
#define CRIMEML_OPTIONS_H

#include "learn/learn.h"
#include "utils/jsonb.h"

/* By SQL name or stored code; NULL when there is none. */
extern const Learner *learner_by_name(const char *name);
extern const Learner *learner_by_code(uint16 code);

/* By SQL name; an error naming the nearest when there is none. */
extern const Learner *learner_required(const char *name);

/*
 * Options of a call.  Besides those of the learner's table every algorithm
 * has "task" (classify, regress, auto) and "time_zone".
 */
typedef struct Options
{
	const Learner *learner;
	double	   *value;			/* learner->noptions of them */
	int			task;			/* FrameTask, or 0 for auto */
	char	   *time_zone;		/* NULL: the session's */
	OptionWeights weights;
	Jsonb	   *given_weights;	/* WEIGHTS_GIVEN: by class */
} Options;

/*
 * Check a jsonb object against the table (NULL: all defaults).  Errors
 * (ERRCODE_INVALID_PARAMETER_VALUE) name option, value and range; an unknown
 * option names the nearest one in the hint.
 */
extern Options *options_parse(const Learner *learner, Jsonb *jsonb);

/*
 * The weight of each class (named in UTF-8) that the options ask for, or NULL
 * where all are 1.  "balanced" is rows / (classes * rows of the class), as in
 * scikit-learn.  A class that does not exist is an error.
 */
extern double *options_class_weights(const Options *options, const LearnData *data,
									 char **class_name);

/* Every option at its default (OPTION_AUTO where the data decide). */
extern double *options_default(const Learner *learner);

extern const OptionSpec *option_by_name(const Learner *learner, const char *name);
extern bool option_is_valid(const OptionSpec *spec, double value);

/* One value as text, as algorithm_options() and describe() show it. */
extern char *option_to_text(const OptionSpec *spec, double value);

#endif							/* CRIMEML_OPTIONS_H */
