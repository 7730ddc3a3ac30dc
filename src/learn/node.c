/*
 * node.c
 *		The node of a tree while the tree is grown.
 *
 * Splits of numbers are sought by the deviations from what the node itself would
 * say, so that a label which is far from all others spoils the sums of no node
 * but its own.
 */
#include "learn/node.h"

#include "learn/impurity.h"
#include "stat/sums.h"

void
node_init(GrowNode *node, const TreeData *data, const TreeParams *params, uint32 rows)
{
	int			classes = Max(data->classes, 1);

	memset(node, 0, sizeof(*node));
	node->data = data;
	node->params = params;
	node->plain = data->classes > 0 && params->criterion == TREE_GINI &&
		data->class_weight == NULL;
	node->total = crimeml_array(int64, classes);
	node->class = crimeml_array(int, classes + 1);
	node->seen = crimeml_array(uint64, (classes + 63) / 64);
	if (data->classes > 0)
		return;
	node->deviation = crimeml_array(double, rows);
	if (params->criterion == TREE_ABSOLUTE)
	{
		node->median = median_deviation_create(rows);
		node->row_weight = crimeml_array(double, rows);
	}
}

/*
 * Count the classes of a node, and find which there are, in time that goes by
 * its rows, or by a 64th of the range of its classes.
 */
static void
count_classes(GrowNode *node)
{
	const Drawn *item = node->item;
	uint32		n = node->rows;
	int64	   *total = node->total;
	int		   *class = node->class;
	int			classes = node->data->classes;
	int			nclass = 0;

	for (int k = 0; k < node->nclass; k++)
		total[class[k]] = 0;	/* of the node before */
	if (n >= (uint32) classes)
	{
		for (uint32 i = 0; i < n; i++)
			total[DRAWN_CLASS(item[i].drawn)] += DRAWN_WEIGHT(item[i].drawn);
		for (int c = 0; c < classes; c++)
		{
			class[nclass] = c;
			nclass += total[c] > 0;
		}
	}
	else
	{
		uint64	   *seen = node->seen;
		int			low = classes;
		int			high = 0;

		for (uint32 i = 0; i < n; i++)
		{
			int			c = DRAWN_CLASS(item[i].drawn);

			total[c] += DRAWN_WEIGHT(item[i].drawn);
			seen[c >> 6] |= UINT64CONST(1) << (c & 63);
			low = Min(low, c);
			high = Max(high, c);
		}
		nclass = take_seen(seen, low, high, class);
	}
	node->nclass = nclass;
}

/*
 * The unit in which deviations between low and high are squared and summed up
 * without overflow, and without loss.  It is 1 unless they are huge or tiny.
 */
static int
deviation_exponent(double low, double high)
{
	double		range = high - low;
	int			exponent;

	if (range > 0x1p-200 && range < 0x1p200)
		return 0;
	if (isinf(range))
		return 1024;
	(void) frexp(range, &exponent);
	return Max(exponent, -1000);
}

/* The labels of a node: are they all the same? */
static bool
sum_values(GrowNode *node)
{
	const Drawn *item = node->item;
	uint32		n = node->rows;
	Total		total = TOTAL_EMPTY;
	uint64		weight = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		w = DRAWN_WEIGHT(item[i].drawn);
		double		v = node->view.value[item[i].row];

		node->deviation[i] = v;
		weight += w;
		total_add(&total, v, w);
	}
	node->weight = weight;
	node->leaf_value = total_mean(&total, node->weight);
	if (total.low == total.high)
		return true;
	node->exponent = deviation_exponent(total.low, total.high);
	if (node->median != NULL)
	{
		for (uint32 i = 0; i < n; i++)
			node->row_weight[i] = DRAWN_WEIGHT(item[i].drawn);
		median_deviation_start(node->median, node->deviation, node->row_weight, n,
							   node->exponent);
		node->leaf_value = median_deviation_median(node->median);
	}
	return false;
}

/* The classes of a node: are they all the same? */
static bool
sum_classes(GrowNode *node)
{
	TreeCriterion criterion = node->params->criterion;
	double		sum = 0;

	count_classes(node);
	node->squares = 0;
	node->weight = 0;
	if (node->plain)
	{
		int64		weight = 0;

		for (int k = 0; k < node->nclass; k++)
		{
			int64		rows = node->total[node->class[k]];

			node->squares += rows * rows;
			weight += rows;
		}
		node->weight = weight;
		node->score = node->squares / node->weight;
		return node->nclass == 1;
	}
	for (int k = 0; k < node->nclass; k++)
	{
		int			c = node->class[k];
		double		weight = node->total[c] * node_class_weight(node, c);

		node->weight += weight;
		sum += impurity_term(criterion, weight);
	}
	node->score = impurity_class_score(criterion, sum, node->weight);
	return node->nclass == 1;
}

bool
node_sum(GrowNode *node)
{
	node->exponent = 0;
	return node->data->classes > 0 ? sum_classes(node) : sum_values(node);
}

void
node_deviate(GrowNode *node)
{
	const Drawn *item = node->item;
	double		unit = node->exponent == 0 ? 1 : ldexp(1, -node->exponent);
	double		center = node->leaf_value * unit;
	double		sum = 0;

	for (uint32 i = 0; i < node->rows; i++)
	{
		double		d = node->deviation[i] * unit - center;

		node->deviation[i] = d;
		sum += DRAWN_WEIGHT(item[i].drawn) * d;
	}
	node->sum = sum;
	node->score = node->median != NULL ? -median_deviation_sum(node->median) :
		impurity_value_score(sum, node->weight);
}
