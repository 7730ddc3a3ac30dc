/*
 * sides.c
 *		The impurity of the two sides of a split.
 */
#include "learn/sides.h"

void
sides_init(Sides *sides, const GrowNode *node)
{
	memset(sides, 0, sizeof(*sides));
	sides->class_left = crimeml_array(double, Max(node->data->classes, 1));
}

void
sides_start(Sides *sides, const GrowNode *node)
{
	sides->left_weight = sides->left_sum = sides->right_sum = 0;
	if (node->median != NULL)
		median_deviation_reset(node->median);
	if (node->data->classes == 0)
		return;
	for (int k = 0; k < node->nclass; k++)
	{
		int			c = node->class[k];

		sides->class_left[c] = 0;
		sides->right_sum += impurity_term(node->params->criterion,
										  node->total[c] * node_class_weight(node, c));
	}
}
