/*
 * median_deviation.c
 *		Absolute deviations from the median while values come and go.
 */
#include "learn/median_deviation.h"

#include <math.h>

typedef struct Fenwick
{
	double	   *weight;			/* [1 .. n] */
	double	   *sum;
	double		total_weight;
	double		total_sum;
} Fenwick;

struct MedianDeviation
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

MedianDeviation *
median_deviation_create(uint32 max_values)
{
	MedianDeviation *m = palloc0(sizeof(MedianDeviation));

	m->value = crimeml_array(double, max_values);
	m->weight = crimeml_array(double, max_values);
	m->sorted = crimeml_array(double, max_values);
	m->order = crimeml_array(uint32, max_values);
	m->rank = crimeml_array(uint32, max_values);
	fenwick_create(&m->left, max_values);
	fenwick_create(&m->right, max_values);
	return m;
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
deviation(const MedianDeviation *m, const Fenwick *f)
{
	double		weight;
	double		sum;
	uint32		rank = fenwick_half(f, m->n, &weight, &sum);
	double		median;

	if (rank == 0)
		return 0;
	median = m->sorted[rank - 1];
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
median_deviation_start(MedianDeviation *m, const double *value, const double *weight,
					   uint32 n, int exponent)
{
	double		unit = ldexp(1, -exponent);
	double		below = 0;
	double		all = 0;

	m->n = n;
	crimeml_copy(m->value, value, sizeof(double) * n);
	crimeml_copy(m->weight, weight, sizeof(double) * n);
	for (uint32 i = 0; i < n; i++)
	{
		m->order[i] = i;
		all += weight[i];
	}
	qsort_arg(m->order, n, sizeof(uint32), compare_values, m->value);
	m->median = 0;
	for (uint32 i = 0; i < n; i++)
	{
		uint32		at = m->order[i];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		m->rank[at] = i + 1;
		if (below < all / 2 && below + weight[at] >= all / 2)
		{
			bool		between = below + weight[at] == all / 2 && i + 1 < n;

			m->median = between ?
				half_way(value[at], value[m->order[i + 1]]) : value[at];
		}
		below += weight[at];
	}
	for (uint32 i = 0; i < n; i++)
		m->value[i] = value[i] * unit - m->median * unit;
	for (uint32 i = 0; i < n; i++)
		m->sorted[i] = m->value[m->order[i]];
	median_deviation_reset(m);
}

void
median_deviation_reset(MedianDeviation *m)
{
	Fenwick    *right = &m->right;
	Size		size = sizeof(double) * ((Size) m->n + 1);

	memset(m->left.weight, 0, size);
	memset(m->left.sum, 0, size);
	m->left.total_weight = m->left.total_sum = 0;
	memset(right->weight, 0, size);
	memset(right->sum, 0, size);
	right->total_weight = right->total_sum = 0;
	for (uint32 i = 1; i <= m->n; i++)
	{
		uint32		at = m->order[i - 1];
		uint32		parent = i + (i & -i);

		right->weight[i] += m->weight[at];
		right->sum[i] += m->weight[at] * m->value[at];
		right->total_weight += m->weight[at];
		right->total_sum += m->weight[at] * m->value[at];
		if (parent <= m->n)
		{
			right->weight[parent] += right->weight[i];
			right->sum[parent] += right->sum[i];
		}
	}
}

void
median_deviation_move(MedianDeviation *m, uint32 i)
{
	double		weight = m->weight[i];
	double		sum = weight * m->value[i];

	fenwick_add(&m->right, m->n, m->rank[i], -weight, -sum);
	fenwick_add(&m->left, m->n, m->rank[i], weight, sum);
}

double
median_deviation_sum(const MedianDeviation *m)
{
	return deviation(m, &m->left) + deviation(m, &m->right);
}

double
median_deviation_median(const MedianDeviation *m)
{
	return m->median;
}
