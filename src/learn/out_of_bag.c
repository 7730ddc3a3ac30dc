/*
 * out_of_bag.c
 *		Error of a forest on the rows that its trees did not see.
 */
#include "learn/out_of_bag.h"

#include "learn/metrics.h"
#include "learn/pools.h"

#include <math.h>

/* A probability of 0 costs a finite loss, as in evaluate(). */
#define SMALLEST_PROBABILITY 1e-15

struct OutOfBag
{
	DecodedTrees	shape;			/* without trees */
	const ForestStand *stand;
	const double *frequency;	/* of the classes */
	int64		rows;
	float	   *share;			/* rows x classes */
	Total	   *total;			/* regression: of what was said of each row */
	uint32	   *trees;			/* that did not see the row */
};

Size
oob_row_size(int classes)
{
	return classes > 0 ? sizeof(float) * classes : sizeof(Total);
}

int64
oob_rows(int64 rows, int classes)
{
	return Min(rows, OOB_MEMORY / (int64) oob_row_size(classes));
}

void
oob_find_leaves(const TreeData *data, int64 rows, const ByteWriter *tree, ByteWriter *out)
{
	DecodedTrees	store;
	ByteReader	r;
	uint32		root;
	uint16	   *row = palloc(sizeof(uint16) * 2 * data->features);

	trees_init(&store, data);
	reader_init(&r, tree->data, tree->len, "tree");
	root = tree_unpack(&store, &r, 0);
	for (int64 i = 0; i < rows; i++)
	{
		uint32		leaf;

		if (data->weight[i] > 0)
			continue;
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		tree_show_row(data, i, row);
		tree_walk(&store, &root, 1, row, &leaf);
		write_bytes(out, &leaf, sizeof(leaf));
	}
}

OutOfBag *
oob_create(const TreeData *data, int64 rows, const ForestStand *stand,
		   const double *frequency)
{
	OutOfBag   *oob = palloc0(sizeof(OutOfBag));

	trees_init(&oob->shape, data);
	oob->stand = stand;
	oob->frequency = frequency;
	oob->rows = rows;
	if (data->classes > 0)
		oob->share = crimeml_array(float, mul_size(rows, data->classes));
	else
		oob->total = crimeml_array(Total, rows);
	for (int64 i = 0; oob->total != NULL && i < rows; i++)
		oob->total[i] = TOTAL_EMPTY;
	oob->trees = crimeml_array(uint32, rows);
	return oob;
}

void
oob_add_tree(OutOfBag *oob, const uint8 *tree, Size tree_len,
			 const uint16 *weight, const uint8 *leaves, Size leaves_len)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "crimeml tree",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	int			classes = oob->shape.classes;
	DecodedTrees	store = oob->shape;
	const double *class_weight = oob->shape.class_weight;
	double		smoothing = oob->stand->smoothing;
	double	   *share = palloc0(sizeof(double) * Max(classes, 1));
	ByteReader	r;
	uint32		root;

	reader_init(&r, tree, tree_len, "tree");
	root = tree_unpack(&store, &r, smoothing);
	if (smoothing > 0)
		pools_smooth(&store, root, oob->stand->pool_rows, smoothing, oob->frequency);
	reader_init(&r, leaves, leaves_len, "tree");
	for (int64 i = 0; i < oob->rows; i++)
	{
		uint32		at;

		if (weight[i] > 0)
			continue;
		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(&at, read_bytes(&r, sizeof(at)), sizeof(at));
		oob->trees[i]++;
		if (classes == 0)
			total_add(&oob->total[i], tree_leaf_value(&store, at), 1);
		else
		{
			float	   *sum = oob->share + i * classes;
			uint32		pool;
			double		borrowed;

			borrowed = tree_add_leaf(&store, at, smoothing, share, &pool);
			for (int c = 0; c < classes; c++)
			{
				sum[c] += (float) (share[c] * (class_weight != NULL ? class_weight[c] : 1));
				if (borrowed > 0)
					sum[c] += (float) (borrowed * store.pool[(Size) pool * classes + c]);
				share[c] = 0;
			}
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

static void
add_metric(LearnReport *report, const char *name, double value)
{
	report->metric[report->metrics].name = name;
	report->metric[report->metrics++].value = value;
}

static void
report_classes(const OutOfBag *oob, const LearnData *data, LearnReport *report)
{
	int			classes = data->classes;
	int64		rows = 0;
	int64		right = 0;
	double		loss = 0;

	for (int64 i = 0; i < oob->rows; i++)
	{
		const float *share = oob->share + i * classes;
		int			label = data->label_class[data->order[i]];
		int			best = 0;
		double		best_share = -1;
		double		sum = 0;
		double		own = 0;

		CHECK_FOR_INTERRUPTS();
		if (oob->trees[i] == 0)
			continue;
		for (int c = 0; c < classes; c++)
		{
			double		p = share[c];

			sum += p;
			if (c == label)
				own = p;
			if (p > best_share)
			{
				best = c;
				best_share = p;
			}
		}
		rows++;
		right += best == label;
		loss -= log(Max(own / sum, SMALLEST_PROBABILITY));
	}
	add_metric(report, "oob_rows", rows);
	if (rows == 0)
		return;
	add_metric(report, "oob_error", (double) (rows - right) / rows);
	add_metric(report, "oob_accuracy", (double) right / rows);
	add_metric(report, "oob_log_loss", loss / rows);
}

static void
report_values(const OutOfBag *oob, const LearnData *data, LearnReport *report)
{
	ValueMetrics metrics;
	ValueScores scores;
	ValueScores baseline;		/* not asked for */
	Total		labels = TOTAL_EMPTY;

	for (int64 i = 0; i < oob->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		total_add(&labels, data->label_value[data->order[i]], 1);
	}
	value_metrics_start(&metrics, total_mean(&labels, oob->rows));
	for (int64 i = 0; i < oob->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (oob->trees[i] > 0)
			value_metrics_add(&metrics, data->label_value[data->order[i]],
							  total_mean(&oob->total[i], oob->trees[i]));
	}
	add_metric(report, "oob_rows", metrics.rows);
	if (metrics.rows == 0)
		return;
	value_metrics_scores(&metrics, &scores, &baseline);
	add_metric(report, "oob_rmse", scores.rmse);
	if (!isnan(scores.r2))
		add_metric(report, "oob_r2", scores.r2);
}

void
oob_report(const OutOfBag *oob, const LearnData *data, LearnReport *report)
{
	if (data->classes > 0)
		report_classes(oob, data, report);
	else
		report_values(oob, data, report);
}
