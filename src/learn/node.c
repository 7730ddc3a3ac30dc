/*
 * node.c
 *		What a tree's node holds, before it is split: its weight, its classes or
 *		labels, and what it would say as a leaf.
 *
 * Splits of numbers are sought by the deviations from what the node itself would
 * say, so that a label which is far from all others spoils the sums of no node
 * but its own.
 */
#include "learn/split.h"

#include "learn/sides.h"
#include "stat/sums.h"

/*
 * Count the classes of a node, and find which there are, in time that goes by
 * its rows, or by a 64th of the range of its classes.
 */
static void
count_classes(SplitSearch *s, const Drawn *item, uint32 n)
{
	int64	   *total = s->total;
	int		   *class = s->class;
	int			nclass = 0;

	for (int k = 0; k < s->nclass; k++)
		total[class[k]] = 0;	/* of the node before */
	if (n >= (uint32) s->classes)
	{
		for (uint32 i = 0; i < n; i++)
			total[DRAWN_CLASS(item[i].drawn)] += DRAWN_WEIGHT(item[i].drawn);
		for (int c = 0; c < s->classes; c++)
		{
			class[nclass] = c;
			nclass += total[c] > 0;
		}
	}
	else
	{
		int			low = s->classes;
		int			high = 0;

		for (uint32 i = 0; i < n; i++)
		{
			int			c = DRAWN_CLASS(item[i].drawn);

			total[c] += DRAWN_WEIGHT(item[i].drawn);
			s->seen[c >> 6] |= UINT64CONST(1) << (c & 63);
			low = Min(low, c);
			high = Max(high, c);
		}
		nclass = split_take_seen(s, low, high, class);
	}
	s->nclass = nclass;
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
sum_values(SplitSearch *s, const Drawn *item, uint32 n)
{
	Total		total = TOTAL_EMPTY;
	uint64		weight = 0;

	for (uint32 i = 0; i < n; i++)
	{
		uint32		w = DRAWN_WEIGHT(item[i].drawn);
		double		v = s->value[item[i].row];

		s->deviation[i] = v;
		weight += w;
		total_add(&total, v, w);
	}
	s->weight = weight;
	s->leaf_value = total_mean(&total, s->weight);
	if (total.low == total.high)
		return true;
	s->exponent = deviation_exponent(total.low, total.high);
	if (s->by_ranks)
	{
		for (uint32 i = 0; i < n; i++)
			s->rank_weight[i] = DRAWN_WEIGHT(item[i].drawn);
		ranks_start(s->ranks, s->deviation, s->rank_weight, n, s->exponent);
		s->leaf_value = ranks_median(s->ranks);
	}
	return false;
}

void
split_deviate(SplitSearch *s, const Drawn *item, uint32 n)
{
	double		unit = s->exponent == 0 ? 1 : ldexp(1, -s->exponent);
	double		center = s->leaf_value * unit;
	double		sum = 0;

	for (uint32 i = 0; i < n; i++)
	{
		double		d = s->deviation[i] * unit - center;

		s->deviation[i] = d;
		sum += DRAWN_WEIGHT(item[i].drawn) * d;
	}
	s->sum = sum;
	s->score = s->by_ranks ? -ranks_deviation(s->ranks) : side_score(s, sum, s->weight);
}

bool
split_sum_node(SplitSearch *s, const Drawn *item, uint32 n)
{
	double		sum = 0;

	s->rows = n;
	s->exponent = 0;
	if (s->classes == 0)
		return sum_values(s, item, n);

	count_classes(s, item, n);
	s->squares = 0;
	s->weight = 0;
	if (s->plain)
	{
		int64		weight = 0;

		for (int k = 0; k < s->nclass; k++)
		{
			int64		rows = s->total[s->class[k]];

			s->squares += rows * rows;
			weight += rows;
		}
		s->weight = weight;
		s->score = s->squares / s->weight;
		return s->nclass == 1;
	}
	for (int k = 0; k < s->nclass; k++)
	{
		double		weight = s->total[s->class[k]] * class_weight(s, s->class[k]);

		s->weight += weight;
		sum += class_term(s, weight);
	}
	s->score = side_score(s, sum, s->weight);
	return s->nclass == 1;
}

double
split_gain(const SplitSearch *s, int exponent)
{
	double		gain = s->best.score - s->score;

	if (s->exponent == exponent)
		return gain;
	return ldexp(gain, (s->exponent - exponent) * (s->by_ranks ? 1 : 2));
}
