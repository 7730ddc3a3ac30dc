/*
 * sides.h
 *		Criteria of impurity, and a node's rows on the two sides of a split.
 *
 * Scores are the higher the better; a split gains what its score is above the
 * node's.  What plain Gini and variance do in passes of their own, moving the
 * rows to the left one by one does for every criterion.
 */
#ifndef CRIMEML_SIDES_H
#define CRIMEML_SIDES_H

#include <math.h>

#include "learn/ranks.h"
#include "learn/split.h"

static inline double
class_weight(const SplitSearch *s, int c)
{
	return s->data->class_weight ? s->data->class_weight[c] : 1;
}

/* What a class of weight x adds to the sum of its side. */
static inline double
class_term(const SplitSearch *s, double x)
{
	if (s->params->criterion == TREE_GINI)
		return x * x;
	return x > 0 ? x * log(x) : 0;
}

/* Of a side of one class or more, or of numbers. */
static inline double
side_score(const SplitSearch *s, double sum, double weight)
{
	if (s->classes == 0)
		return sum * sum / weight;
	if (s->params->criterion == TREE_GINI)
		return sum / weight;
	return sum - weight * log(weight);
}

/* All rows of the node on the right. */
static inline void
sides_start(SplitSearch *s)
{
	Sides	   *sides = &s->sides;

	sides->left_weight = sides->left_sum = sides->right_sum = 0;
	if (s->by_ranks)
		ranks_reset(s->ranks);
	for (int k = 0; k < (s->classes > 0 ? s->nclass : 0); k++)
	{
		int			c = s->class[k];

		sides->class_left[c] = 0;
		sides->right_sum += class_term(s, s->total[c] * class_weight(s, c));
	}
}

/* Row i of the node goes to the left. */
static inline void
sides_move(SplitSearch *s, const Drawn *item, uint32 i)
{
	Sides	   *sides = &s->sides;
	double		w = DRAWN_WEIGHT(item[i].drawn);

	if (s->classes > 0)
	{
		int			c = DRAWN_CLASS(item[i].drawn);
		double		left = sides->class_left[c];
		double		right;

		w *= class_weight(s, c);
		right = s->total[c] * class_weight(s, c) - left;
		sides->left_sum += class_term(s, left + w) - class_term(s, left);
		sides->right_sum += class_term(s, right - w) - class_term(s, right);
		sides->class_left[c] = left + w;
	}
	else if (s->by_ranks)
		ranks_move(s->ranks, i);
	else
		sides->left_sum += w * s->deviation[i];
	sides->left_weight += w;
}

static inline double
sides_score(const SplitSearch *s)
{
	const Sides *sides = &s->sides;

	if (s->by_ranks)
		return -ranks_deviation(s->ranks);
	return side_score(s, sides->left_sum, sides->left_weight) +
		side_score(s, s->classes > 0 ? sides->right_sum : s->sum - sides->left_sum,
				   s->weight - sides->left_weight);
}

#endif							/* CRIMEML_SIDES_H */
