/*
 * smoothing.c
 *		How much the leaves of a forest are to be smoothed, by its out-of-bag loss.
 */
#include "learn/smoothing.h"

#include <math.h>

#include "learn/pools.h"

/* Squared errors differ by less, as against what varies from row to row. */
#define CLASS_ROWS 4096
#define NUMBER_ROWS 16384

/* Fewer rows do not tell one step from another. */
#define FEWEST_ROWS 100

/* A probability of 0 costs a finite loss, as in evaluate(). */
#define SMALLEST_PROBABILITY 1e-15

struct SmoothingChoice
{
	int64		rows;
	double	   *sum;			/* rows x steps: of what the trees say, scaled */
	uint32	   *trees;			/* that did not see the row */
};

int64
smoothing_rows(int64 rows, int classes)
{
	return Min(rows, classes > 0 ? CLASS_ROWS : NUMBER_ROWS);
}

double
smoothing_bytes(int64 rows, int classes, double trees)
{
	return smoothing_rows(rows, classes) * (double) SMOOTHING_STEPS *
		(sizeof(double) + sizeof(float) * trees);
}

void
smoothing_scale(const LearnData *data, SmoothingScale *scale)
{
	double		low = INFINITY;
	double		high = -INFINITY;

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		low = Min(low, data->label_value[i]);
		high = Max(high, data->label_value[i]);
	}
	(void) frexp(Max(fabs(low), fabs(high)), &scale->exponent);
	low = ldexp(low, -scale->exponent);
	high = ldexp(high, -scale->exponent);
	scale->center = (low + high) / 2;
	scale->factor = high > low ? 2 / (high - low) : 1;
}

static inline double
scaled(const SmoothingScale *scale, double value)
{
	return (ldexp(value, -scale->exponent) - scale->center) * scale->factor;
}

/* 0.625, 1.25, ... 1280; of numbers the first is none at all. */
static double
ladder_step(int step, int classes)
{
	return step == 0 && classes == 0 ? 0 : ldexp(0.625, step);
}

/* The weight of one class in a leaf. */
static double
leaf_class_weight(const DecodedTrees *store, uint32 at, int wanted, int32 *class,
				  double *weight)
{
	int			n = tree_leaf_classes(store, at, class, weight);

	for (int k = 0; k < n; k++)
		if (class[k] == wanted)
			return weight[k];
	return 0;
}

/* What a leaf says of a class, or its value, at each step of the ladder. */
static void
measure_leaf(const DecodedTrees *store, const TreePools *pools, int pool, double own,
			 double cover, int label, const double *frequency,
			 const SmoothingScale *scale, float *said)
{
	int			chain[64];		/* each pool has half of the one above */
	int			n = 0;
	int			classes = store->classes;

	for (int p = pool; p > 0; p = pools->above[p])
		chain[n++] = p;
	chain[n++] = 0;
	for (int step = 0; step < SMOOTHING_STEPS; step++)
	{
		double		s = ladder_step(step, classes);
		double		above = classes > 0 ? frequency[label] : pools->value[0];

		for (int i = n - 1; i >= 0; i--)
		{
			int			p = chain[i];

			above = classes > 0 ?
				pooled_share(pools->weight[(Size) p * classes + label], pools->cover[p], above, s) :
				pooled_value(pools->value[p], pools->cover[p], above, s);
		}
		said[step] = classes > 0 ? pooled_share(own, cover, above, s) :
			scaled(scale, pooled_value(own, cover, above, s));
	}
}

void
smoothing_measure(const TreeData *data, const double *frequency,
				  const SmoothingScale *scale, int64 rows, const ByteWriter *tree,
				  ByteWriter *out)
{
	DecodedTrees store;
	ByteReader	r;
	TreeOutline outline;
	TreePools	pools;
	uint16	   *row = crimeml_array(uint16, 2 * data->features);
	int32	   *class = crimeml_array(int32, Max(data->classes, 1));
	double	   *weight = crimeml_array(double, Max(data->classes, 1));
	uint32	   *number;			/* of a place in the outline */
	uint32		root;
	int64		unseen = 0;

	trees_init(&store, data);
	reader_init(&r, tree->data, tree->len, "tree");
	root = tree_unpack(&store, &r, 0);
	outline_make(&store, root, store.nnodes, &outline);
	pools_make(&store, &outline, pool_rows(data->classes), &pools);
	number = crimeml_array(uint32, store.nnodes);
	for (uint32 i = 0; i < outline.n; i++)
		number[outline.at[i]] = i;

	for (int64 i = 0; i < rows; i++)
		unseen += data->weight[i] == 0;
	write_varint(out, unseen);
	for (int64 i = 0; i < rows; i++)
	{
		float		said[SMOOTHING_STEPS];
		int			label = data->classes > 0 ? data->label[i] : 0;
		uint32		leaf;
		uint32		node;
		double		own;

		if (data->weight[i] > 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		tree_show_row(data, i, row);
		tree_walk(&store, &root, 1, row, &leaf);
		node = number[leaf];
		own = data->classes > 0 ? leaf_class_weight(&store, leaf, label, class, weight) :
			tree_leaf_value(&store, leaf);
		measure_leaf(&store, &pools, pools.of[node], own, outline.cover[node], label,
					 frequency, scale, said);
		write_varint(out, i);
		write_bytes(out, said, sizeof(said));
	}
}

SmoothingChoice *
smoothing_create(int64 rows)
{
	SmoothingChoice *choice = palloc0(sizeof(SmoothingChoice));

	choice->rows = rows;
	choice->sum = crimeml_array(double, rows * SMOOTHING_STEPS);
	choice->trees = crimeml_array(uint32, rows);
	return choice;
}

void
smoothing_add_tree(SmoothingChoice *choice, ByteReader *r)
{
	int64		unseen = read_varint(r);

	for (int64 k = 0; k < unseen; k++)
	{
		int64		i = read_varint(r);
		float		said[SMOOTHING_STEPS];
		double	   *sum = choice->sum + i * SMOOTHING_STEPS;

		choice->trees[i]++;
		memcpy(said, read_bytes(r, sizeof(said)), sizeof(said));
		for (int step = 0; step < SMOOTHING_STEPS; step++)
			sum[step] += said[step];
	}
}

double
smoothing_choose(const SmoothingChoice *choice, const LearnData *data,
				 const SmoothingScale *scale, double otherwise)
{
	double		loss[SMOOTHING_STEPS] = {0};
	int64		rows = 0;
	int			best = 0;

	for (int64 i = 0; i < choice->rows; i++)
	{
		const double *sum = choice->sum + i * SMOOTHING_STEPS;
		uint32		at = data->order[i];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (choice->trees[i] == 0)
			continue;
		rows++;
		for (int step = 0; step < SMOOTHING_STEPS; step++)
		{
			double		mean = sum[step] / choice->trees[i];

			if (data->classes > 0)
				loss[step] -= log(Max(mean, SMALLEST_PROBABILITY)) *
					(data->class_weight ? data->class_weight[data->label_class[at]] : 1);
			else
			{
				double		error = mean - scaled(scale, data->label_value[at]);

				loss[step] += error * error;
			}
		}
	}
	if (rows < FEWEST_ROWS)
		return otherwise;
	for (int step = 1; step < SMOOTHING_STEPS; step++)
		if (loss[step] < loss[best])
			best = step;
	return ladder_step(best, data->classes);
}
