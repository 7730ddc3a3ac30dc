/*
 * algorithms.h
 *		The algorithms there are, and what all learners have besides their own
 *		options.
 */
#ifndef CRIMEML_MODEL_ALGORITHMS_H
#define CRIMEML_MODEL_ALGORITHMS_H

#include "learn/learn.h"

/* By stored code; NULL when there is none. */
extern const Algorithm *algorithm_by_code(uint16 code);

/* What the options that all learners share say. */
typedef struct LearnerSettings
{
	int			task;			/* FrameTask, or 0 for what the label's type says */
	const char *time_zone;		/* NULL: the session's */
	const char *weight;			/* columns; NULL: none */
	const char *exposure;
} LearnerSettings;

extern LearnerSettings learner_settings(const Options *options);

/*
 * The weight of each class (named in UTF-8) that the options ask for, or NULL
 * where all are 1.  "balanced" is rows / (classes * rows of the class), as in
 * scikit-learn.  A class that does not exist is an error.
 */
extern double *class_weights(const Options *options, const LearnData *data, char **class_name);

#endif							/* CRIMEML_MODEL_ALGORITHMS_H */
