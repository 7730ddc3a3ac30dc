/*
 * sides.h
 *		The impurity of the two sides of a split, while rows move one by one
 *		from the right to the left.
 *
 * This serves every criterion.  Where plain Gini or variance is asked for, gini
 * and split have passes of their own, which are faster and find the same.
 */
#ifndef CRIMEML_SIDES_H
#define CRIMEML_SIDES_H

#include "learn/impurity.h"
#include "learn/node.h"

typedef struct Sides
{
	double	   *class_left;		/* weight of each class on the left */
	double		left_weight;
	double		left_sum;		/* of the criterion's terms */
	double		right_sum;
} Sides;

extern void sides_init(Sides *sides, const GrowNode *node);

/* All rows of the node on the right. */
extern void sides_start(Sides *sides, const GrowNode *node);

/* Row i of the node goes to the left. */
static inline void
sides_move(Sides *sides, const GrowNode *node, uint32 i)
{
	double		w = DRAWN_WEIGHT(node->item[i].drawn);

	if (node->data->classes > 0)
	{
		TreeCriterion criterion = node->params->criterion;
		int			c = DRAWN_CLASS(node->item[i].drawn);
		double		left = sides->class_left[c];
		double		right;

		w *= node_class_weight(node, c);
		right = node->total[c] * node_class_weight(node, c) - left;
		sides->left_sum += impurity_term(criterion, left + w) - impurity_term(criterion, left);
		sides->right_sum += impurity_term(criterion, right - w) -
			impurity_term(criterion, right);
		sides->class_left[c] = left + w;
	}
	else if (node->median != NULL)
		median_deviation_move(node->median, i);
	else
		sides->left_sum += w * node->deviation[i];
	sides->left_weight += w;
}

/* The score of both sides together. */
static inline double
sides_score(const Sides *sides, const GrowNode *node)
{
	double		right_weight = node->weight - sides->left_weight;

	if (node->median != NULL)
		return -median_deviation_sum(node->median);
	if (node->data->classes == 0)
		return impurity_value_score(sides->left_sum, sides->left_weight) +
			impurity_value_score(node->sum - sides->left_sum, right_weight);
	return impurity_class_score(node->params->criterion, sides->left_sum,
								sides->left_weight) +
		impurity_class_score(node->params->criterion, sides->right_sum, right_weight);
}

#endif							/* CRIMEML_SIDES_H */
