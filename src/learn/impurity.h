/*
 * impurity.h
 *		The impurity of a set of rows as a score: the higher, the purer.
 *
 * The score of a split is the sum of the scores of its two sides, and its gain
 * is that sum less the score of the node.  A set of classes is summed up term by
 * term, one term for each class; a set of numbers by their deviations from
 * what the node says.
 */
#ifndef CRIMEML_IMPURITY_H
#define CRIMEML_IMPURITY_H

#include <math.h>

#include "learn/tree_data.h"

/* What a class of weight x adds to the sum of its set. */
static inline double
impurity_term(TreeCriterion criterion, double x)
{
	if (criterion == TREE_GINI)
		return x * x;
	return x > 0 ? x * log(x) : 0;
}

/* The score of a set of one class or more, by the sum of its terms. */
static inline double
impurity_class_score(TreeCriterion criterion, double sum, double weight)
{
	if (criterion == TREE_GINI)
		return sum / weight;
	return sum - weight * log(weight);
}

/* The score of a set of numbers, by the sum of their deviations: variance. */
static inline double
impurity_value_score(double sum, double weight)
{
	return sum * sum / weight;
}

#endif							/* CRIMEML_IMPURITY_H */
