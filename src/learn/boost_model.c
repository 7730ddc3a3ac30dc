/*
 * boost_model.c
 *		Stored boosted trees, decoded: what they predict, and their nodes.
 */
#include "learn/boost_model.h"

#include <math.h>

#include "learn/boost.h"
#include "learn/forest_predict.h"
#include "stat/plain_math.h"
#include "stat/sums.h"

typedef struct BoostModel
{
	LearnLink	link;
	int			sums;
	double	   *base;
	Forest		trees;			/* as those of a regression */
} BoostModel;

void
boost_write_header(const BoostHeader *head, int features, ByteWriter *out)
{
	double		sum = 0;

	write_u8(out, head->link);
	for (int k = 0; k < head->sums; k++)
		write_f64(out, head->base[k]);
	for (int f = 0; f < features; f++)
		bins_write(&head->bins[f], out);
	for (int f = 0; f < features; f++)
		sum += head->importance[f];
	for (int f = 0; f < features; f++)
		write_f64(out, sum > 0 ? head->importance[f] / sum : 0);
	write_varint(out, head->trees);
}

/* Does the link go with so many classes?  Gives the number of sums. */
static bool
link_fits(int link, int classes, int *sums)
{
	*sums = link == LINK_SOFTMAX ? classes : 1;
	switch (link)
	{
		case LINK_IDENTITY:
		case LINK_LOG:
			return classes == 0;
		case LINK_LOGIT:
			return classes == 2;
		case LINK_SOFTMAX:
			return classes > 2;
	}
	return false;
}

/* What is added up must not come to more than a double holds. */
static void
check_addend(const BoostModel *model, double value, ByteReader *r)
{
	if (!isfinite(value) ||
		(model->link != LINK_IDENTITY && fabs(value) > BOOST_GREATEST_LEAF))
		reader_damaged(r, "a leaf or base is out of range");
}

void *
boost_decode(ByteReader *r, const void *of)
{
	const LearnShape *shape = of;
	BoostModel *model = palloc0(sizeof(BoostModel));
	FeatureBins *bins = crimeml_array(FeatureBins, shape->features);
	double	   *importance = crimeml_array(double, shape->features);
	int			link = read_u8(r);
	uint32		trees;

	if (!link_fits(link, shape->classes, &model->sums))
		reader_damaged(r, "the objective does not fit the classes");
	model->link = (LearnLink) link;
	model->base = crimeml_array(double, model->sums);
	for (int k = 0; k < model->sums; k++)
	{
		model->base[k] = read_f64(r);
		check_addend(model, model->base[k], r);
	}
	for (int f = 0; f < shape->features; f++)
	{
		if (shape->levels[f] > BINS_MAX - 1)
			reader_damaged(r, "a feature has too many levels");
		bins_read(&bins[f], shape->levels[f], r);
	}
	for (int f = 0; f < shape->features; f++)
	{
		importance[f] = read_f64(r);
		if (!(importance[f] >= 0 && importance[f] <= 1))
			reader_damaged(r, "an importance is not between 0 and 1");
	}
	trees = read_count(r, 2, PG_INT32_MAX);
	if (trees % model->sums != 0)
		reader_damaged(r, "a round is not complete");
	forest_set_bins(&model->trees, shape, bins);
	model->trees.importance = importance;
	forest_read_trees(&model->trees, (int) trees, r);
	for (uint32 at = 0; at < model->trees.store.nleaf; at += 2)
	{
		double		value;

		if (at % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(&value, &model->trees.store.leaf[at], sizeof(value));
		check_addend(model, value, r);
	}
	return model;
}

/* What a sum of numbers comes to. */
static double
sum_value(const Total *total)
{
	double		value = total_over(total, 1);

	return Min(Max(value, -DBL_MAX), DBL_MAX);
}

/* The probabilities of the classes in the place of their sums. */
static void
softmax(double *sum, int classes)
{
	double		greatest = sum[0];
	double		total = 0;

	for (int c = 1; c < classes; c++)
		greatest = Max(greatest, sum[c]);
	for (int c = 0; c < classes; c++)
		total += sum[c] = plain_exp(sum[c] - greatest);
	for (int c = 0; c < classes; c++)
		sum[c] /= total;
}

static void
predict_row(const BoostModel *model, uint16 *bin, const double *row, double *result)
{
	const Forest *trees = &model->trees;
	uint32		leaf[TREE_GROUP];
	Total		total = TOTAL_EMPTY;	/* where there is one sum */
	int			k = 0;

	forest_find_bins(trees, row, bin);
	memcpy(result, model->base, sizeof(double) * model->sums);
	if (model->sums == 1)
		total_add(&total, model->base[0], 1);
	for (int t = 0; t < trees->trees; t += TREE_GROUP)
	{
		int			n = Min(TREE_GROUP, trees->trees - t);

		tree_walk(&trees->store, trees->root + t, n, bin, leaf);
		for (int i = 0; i < n; i++)
		{
			double		value = tree_leaf_value(&trees->store, leaf[i]);

			if (model->sums == 1)
				total_add(&total, value, 1);
			else
			{
				result[k] += value;
				k = k + 1 < model->sums ? k + 1 : 0;
			}
		}
	}
	switch (model->link)
	{
		case LINK_IDENTITY:
			result[0] = sum_value(&total);
			break;
		case LINK_LOG:
			result[0] = plain_exp(sum_value(&total));
			break;
		case LINK_LOGIT:
			result[0] = plain_logistic(-sum_value(&total));
			result[1] = plain_logistic(sum_value(&total));
			break;
		case LINK_SOFTMAX:
			softmax(result, model->sums);
			break;
	}
}

void
boost_predict(const void *of, void *scratch, const double *row, int64 n, double *result)
{
	const BoostModel *model = of;
	int			results = model->link == LINK_LOGIT ? 2 : model->sums;

	for (int64 i = 0; i < n; i++)
		predict_row(model, scratch, row + i * model->trees.features, result + i * results);
}

Size
boost_scratch(const void *of)
{
	return forest_scratch(&((const BoostModel *) of)->trees);
}

void
boost_importance(const void *of, double *result)
{
	forest_importance(&((const BoostModel *) of)->trees, result);
}

void
boost_sums(const void *of, LearnSums *sums)
{
	const BoostModel *model = of;

	sums->link = model->link;
	sums->sums = model->sums;
	sums->base = model->base;
}

/* A visit to nodes of which the class is to be said. */
typedef struct Visit
{
	const BoostModel *model;
	LearnNodeVisit visit;
	void	   *arg;
} Visit;

static void
visit_node(const LearnNode *node, void *arg)
{
	Visit	   *visit = arg;
	LearnNode	shown = *node;

	if (visit->model->link == LINK_LOGIT)
		shown.best = 1;
	else
		shown.best = shown.tree % visit->model->sums;
	visit->visit(&shown, visit->arg);
}

void
boost_nodes(const void *of, LearnNodeVisit visit, void *arg)
{
	Visit		around = {of, visit, arg};

	forest_nodes(&around.model->trees, visit_node, &around);
}
