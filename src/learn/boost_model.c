/*
 * boost_model.c
 *		Stored boosted trees, decoded: what they predict, and their nodes.
 */
#include "learn/boost_model.h"

#include <math.h>

#include "learn/boost.h"
#include "learn/forest_format.h"
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
	write_u8(out, head->link);
	for (int k = 0; k < head->sums; k++)
		write_f64(out, head->base[k]);
	tree_features_write(head->bins, head->importance, features, out);
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
	const FeatureBins *bins;
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
	tree_features_read(r, shape, &bins, &model->trees.importance);
	trees = read_count(r, 2, PG_INT32_MAX);
	if (trees % model->sums != 0)
		reader_damaged(r, "a round is not complete");
	forest_set_bins(&model->trees, shape, bins);
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

/* The sums of a row. */
static void
add_trees(const BoostModel *model, uint16 *bin, const double *row, double *result)
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
	if (model->sums == 1)
		result[0] = sum_value(&total);
}

static void
predict_row(const BoostModel *model, uint16 *bin, const double *row, double *result)
{
	double		sum;

	add_trees(model, bin, row, result);
	switch (model->link)
	{
		case LINK_IDENTITY:
			break;
		case LINK_LOG:
			result[0] = plain_exp(result[0]);
			break;
		case LINK_LOGIT:
			sum = result[0];
			result[0] = plain_logistic(-sum);
			result[1] = plain_logistic(sum);
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

/* ----------
 * Explanations
 * ----------
 */
typedef struct BoostExplainer
{
	const BoostModel *model;
	void	   *trees;
} BoostExplainer;

void
boost_margins(const void *of, void *scratch, const double *row, double *result)
{
	const BoostModel *model = of;

	add_trees(model, scratch, row, result);
	if (model->link == LINK_LOGIT)
	{
		result[1] = result[0];
		result[0] = -result[1];
	}
}

void *
boost_explainer(const void *of)
{
	BoostExplainer  *explainer = palloc(sizeof(BoostExplainer));

	explainer->model = of;
	explainer->trees = forest_make_explainer(&explainer->model->trees, explainer->model->sums);
	return explainer;
}

/* Of the first of two classes, which has no sum of its own, the negative. */
double
boost_explain(void *made, const double *row, const LearnPlayers *players, int class,
			  double *result)
{
	const BoostExplainer *explainer = made;
	const BoostModel *model = explainer->model;
	bool		two = model->link == LINK_LOGIT;
	int			n = players->n + 1;
	int			first = two || class < 0 ? 0 : class;
	int			sums = class < 0 ? model->sums : 1;
	double		size;
	double		base = 0;

	size = forest_explain(explainer->trees, row, players, two ? 0 : class, result);
	for (int k = 0; k < sums; k++)
	{
		result[(Size) k * n + players->n] += model->base[first + k];
		base = Max(base, fabs(model->base[first + k]));
	}
	if (two && class < 0)
		memcpy(result + n, result, sizeof(double) * n);
	if (two && class < 1)
		for (int p = 0; p < n; p++)
			result[p] = -result[p];
	return size + base;
}
