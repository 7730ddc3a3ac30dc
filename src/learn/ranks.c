/*
 * ranks.c
 *		Absolute deviations from the median while values come and go.
 */
#include "learn/ranks.h"

#include <math.h>

typedef struct Fenwick
{
	double	   *weight;			/* [1 .. n] */
	double	   *sum;
	double		total_weight;
	double		total_sum;
} Fenwick;

struct Ranks
{
	uint32		n;
	double	   *value;			/* as given; then from the median, in units */
	double	   *weight;
	double	   *sorted;			/* ascending */
	uint32	   *order;
	uint32	   *rank;			/* of each value, from 1 */
	Fenwick		left;
	Fenwick		right;
	double		median;
};

static void
fenwick_create(Fenwick *f, uint32 n)
{
	f->weight = crimeml_array(double, (Size) n + 1);
	f->sum = crimeml_array(double, (Size) n + 1);
}

Ranks *
ranks_create(uint32 max_values)
{
	Ranks	   *ranks = palloc0(sizeof(Ranks));

	ranks->value = crimeml_array(double, max_values);
	ranks->weight = crimeml_array(double, max_values);
	ranks->sorted = crimeml_array(double, max_values);
	ranks->order = crimeml_array(uint32, max_values);
	ranks->rank = crimeml_array(uint32, max_values);
	fenwick_create(&ranks->left, max_values);
	fenwick_create(&ranks->right, max_values);
	return ranks;
}

static void
fenwick_add(Fenwick *f, uint32 n, uint32 rank, double weight, double sum)
{
	f->total_weight += weight;
	f->total_sum += sum;
	for (uint32 i = rank; i <= n; i += i & -i)
	{
		f->weight[i] += weight;
		f->sum[i] += sum;
	}
}

/*
 * The lowest rank at which half of the weight is reached (0: nothing there),
 * with weight and sum up to it.
 */
static uint32
fenwick_half(const Fenwick *f, uint32 n, double *weight, double *sum)
{
	double		half = f->total_weight / 2;
	uint32		at = 0;
	uint32		step = 1;

	*weight = *sum = 0;
	if (!(f->total_weight > 0))
		return 0;
	while (step <= n / 2)
		step *= 2;
	for (; step > 0; step /= 2)
		if (at + step <= n && *weight + f->weight[at + step] < half)
		{
			at += step;
			*weight += f->weight[at];
			*sum += f->sum[at];
		}
	return Min(at + 1, n);
}

static double
deviation(const Ranks *ranks, const Fenwick *f)
{
	double		weight;
	double		sum;
	uint32		rank = fenwick_half(f, ranks->n, &weight, &sum);
	double		median;

	if (rank == 0)
		return 0;
	median = ranks->sorted[rank - 1];
	return median * weight - sum +
		(f->total_sum - sum) - median * (f->total_weight - weight);
}

static int
compare_values(const void *a, const void *b, void *arg)
{
	const double *value = arg;
	uint32		i = *(const uint32 *) a;
	uint32		j = *(const uint32 *) b;

	/* the sort of a large node takes its time */
	CHECK_FOR_INTERRUPTS();
	if (value[i] != value[j])
		return value[i] < value[j] ? -1 : 1;
	return i < j ? -1 : i > j;
}

/* Half-way between a and b, without overflow, and a or b where they are one. */
static double
half_way(double a, double b)
{
	double		sum = a + b;

	return isinf(sum) ? a / 2 + b / 2 : sum / 2;
}

void
ranks_start(Ranks *ranks, const double *value, const double *weight, uint32 n, int exponent)
{
	double		unit = ldexp(1, -exponent);
	double		below = 0;
	double		all = 0;

	ranks->n = n;
	memcpy(ranks->value, value, sizeof(double) * n);
	memcpy(ranks->weight, weight, sizeof(double) * n);
	for (uint32 i = 0; i < n; i++)
	{
		ranks->order[i] = i;
		all += weight[i];
	}
	qsort_arg(ranks->order, n, sizeof(uint32), compare_values, ranks->value);
	ranks->median = 0;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		at = ranks->order[i];

		ranks->rank[at] = i + 1;
		if (below < all / 2 && below + weight[at] >= all / 2)
		{
			bool		between = below + weight[at] == all / 2 && i + 1 < n;

			ranks->median = between ?
				half_way(value[at], value[ranks->order[i + 1]]) : value[at];
		}
		below += weight[at];
	}
	for (uint32 i = 0; i < n; i++)
		ranks->value[i] = value[i] * unit - ranks->median * unit;
	for (uint32 i = 0; i < n; i++)
		ranks->sorted[i] = ranks->value[ranks->order[i]];
	ranks_reset(ranks);
}

void
ranks_reset(Ranks *ranks)
{
	Fenwick    *right = &ranks->right;
	Size		size = sizeof(double) * ((Size) ranks->n + 1);

	memset(ranks->left.weight, 0, size);
	memset(ranks->left.sum, 0, size);
	ranks->left.total_weight = ranks->left.total_sum = 0;
	memset(right->weight, 0, size);
	memset(right->sum, 0, size);
	right->total_weight = right->total_sum = 0;
	for (uint32 i = 1; i <= ranks->n; i++)
	{
		uint32		at = ranks->order[i - 1];
		uint32		parent = i + (i & -i);

		right->weight[i] += ranks->weight[at];
		right->sum[i] += ranks->weight[at] * ranks->value[at];
		right->total_weight += ranks->weight[at];
		right->total_sum += ranks->weight[at] * ranks->value[at];
		if (parent <= ranks->n)
		{
			right->weight[parent] += right->weight[i];
			right->sum[parent] += right->sum[i];
		}
	}
}

void
ranks_move(Ranks *ranks, uint32 i)
{
	double		weight = ranks->weight[i];
	double		sum = weight * ranks->value[i];

	fenwick_add(&ranks->right, ranks->n, ranks->rank[i], -weight, -sum);
	fenwick_add(&ranks->left, ranks->n, ranks->rank[i], weight, sum);
}

double
ranks_deviation(const Ranks *ranks)
{
	return deviation(ranks, &ranks->left) + deviation(ranks, &ranks->right);
}

double
ranks_median(const Ranks *ranks)
{
	return ranks->median;
}
