/*
 * algorithm.h
 *		What every algorithm has whose results are kept as models: the base of a
 *		learner's table entry, and of a forecaster's.
 */
#ifndef CRIMEML_ALGORITHM_H
#define CRIMEML_ALGORITHM_H

#include "options.h"

typedef struct Algorithm
{
	const char *name;			/* "forest": forest_agg, algorithm => 'forest' */
	uint16		code;			/* in stored models; never used again */
	const OptionTable *options;
	const char *lower;			/* what takes less memory and room when it is
								 * lowered, for messages: "option \"trees\"" */

	/* models that another program trained can be one of it: their training rows
	 * are not known */
	bool		elsewhere;

	/*
	 * Read and check a payload into memory of CurrentMemoryContext; shape is
	 * what the model is known to have before that.  Whatever the decoded model
	 * is used for later relies on what is checked here.
	 */
	void	   *(*decode) (ByteReader *payload, const void *shape);
} Algorithm;

#endif							/* CRIMEML_ALGORITHM_H */
