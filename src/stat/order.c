/*
 * order.c
 *		Numbers in their order.
 *
 * A key is cut into 2^22 equal steps between the least and the greatest, and
 * sorted by them in two passes; what falls into one step is then sorted by
 * comparison.  Coordinates are spread well enough that little is left to
 * compare: what shares a step is mostly equal, and that is in order already.
 */
#include "stat/order.h"

#define DIGIT_BITS 11
#define BUCKETS (1 << DIGIT_BITS)
#define STEPS ((int64) BUCKETS * BUCKETS)

typedef struct SortItem
{
	double		key;
	int32		index;			/* where it stood: equal keys keep their order */
} SortItem;

static inline int
compare_items(const SortItem *a, const SortItem *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

#define ST_SORT sort_items
#define ST_ELEMENT_TYPE SortItem
#define ST_COMPARE(a, b) compare_items(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

void
order_by(const double *key, int n, int32 *order)
{
	SortItem   *from = scratch_array(SortItem, n);
	SortItem   *to = scratch_array(SortItem, n);
	int32	   *start = scratch_array(int32, BUCKETS);
	double		least = n > 0 ? key[0] : 0;
	double		most = least;
	double		scale;

#define STEP(item) ((int64) (((item)->key - least) * scale))

	for (int i = 0; i < n; i++)
	{
		from[i].index = i;
		from[i].key = key[i];
		least = Min(least, from[i].key);
		most = Max(most, from[i].key);
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	scale = most > least ? (STEPS - 1) / (most - least) : 0;
	/* a range so small that it has no steps is left to comparison */
	if (!(scale <= 1e150))
		scale = 0;

	for (int shift = 0; shift <= DIGIT_BITS; shift += DIGIT_BITS)
	{
		SortItem   *swap = from;
		int32		sum = 0;

		memset(start, 0, sizeof(int32) * BUCKETS);
		for (int i = 0; i < n; i++)
			start[(STEP(&from[i]) >> shift) & (BUCKETS - 1)]++;
		CHECK_FOR_INTERRUPTS();
		for (int b = 0; b < BUCKETS; b++)
		{
			int32		count = start[b];

			start[b] = sum;
			sum += count;
		}
		for (int i = 0; i < n; i++)
		{
			to[start[(STEP(&from[i]) >> shift) & (BUCKETS - 1)]++] = from[i];
			if ((i & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
		}
		from = to;
		to = swap;
	}

	for (int begin = 0, end; begin < n; begin = end)
	{
		bool		sorted = true;

		for (end = begin + 1; end < n && STEP(&from[end]) == STEP(&from[begin]); end++)
			sorted = sorted && from[end - 1].key <= from[end].key;
		if (!sorted)
			sort_items(from + begin, end - begin);
		for (int i = begin; i < end; i++)
			order[i] = from[i].index;
		if ((begin & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(from);
	pfree(to);
	pfree(start);
}

/* ----------
 * Points
 *
 * They are cut by x into stripes of one width, a fourth as many as there are points
 * and not too many to be counted in the cache, and each stripe is sorted by comparison.  One array is all that it takes: on
 * some machines memory that is new costs more than the sort.
 * ----------
 */

#define MAX_STRIPES (1 << 18)

typedef struct SortPoint
{
	double		x;
	int32		index;
} SortPoint;

static inline int
compare_points(const SortPoint *a, const SortPoint *b, const double *y)
{
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	if (y[a->index] != y[b->index])
		return y[a->index] < y[b->index] ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

#define ST_SORT sort_points
#define ST_ELEMENT_TYPE SortPoint
#define ST_COMPARE(a, b, y) compare_points(a, b, y)
#define ST_COMPARE_ARG_TYPE const double
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

void
order_points(const double *x, const double *y, int n, int32 *order)
{
	SortPoint  *point = scratch_array(SortPoint, n);
	int			stripes = Max(1, Min(n / 4, MAX_STRIPES));
	int32	   *end = crimeml_array(int32, stripes);
	double		least = n > 0 ? x[0] : 0;
	double		most = least;
	double		scale;
	int32		sum = 0;

#define STRIPE(v) ((int) (((v) - least) * scale))

	for (int i = 1; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		least = Min(least, x[i]);
		most = Max(most, x[i]);
	}
	scale = most > least ? stripes * (1 - 1e-9) / (most - least) : 0;
	/* a range so small that it has no stripes is left to comparison */
	if (!(scale <= 1e150))
		scale = 0;
	for (int i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		end[STRIPE(x[i])]++;
	}
	for (int s = 0; s < stripes; s++)
	{
		int32		count = end[s];

		end[s] = sum;
		sum += count;
	}
	for (int i = 0; i < n; i++)
	{
		point[end[STRIPE(x[i])]++] = (SortPoint) {x[i], i};
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (int s = 0, begin = 0; s < stripes; begin = end[s++])
	{
		if (end[s] > begin + 1)
			sort_points(point + begin, end[s] - begin, y);
	}
	for (int i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		order[i] = point[i].index;
	}
	pfree(point);
	pfree(end);
}

/* Hoare's selection. */
double
nth_value(double *value, int n, int nth)
{
	int			low = 0;
	int			high = n - 1;

	while (low < high)
	{
		double		pivot = value[low + (high - low) / 2];
		int			i = low;
		int			j = high;

		CHECK_FOR_INTERRUPTS();
		while (i <= j)
		{
			while (value[i] < pivot)
				i++;
			while (value[j] > pivot)
				j--;
			if (i <= j)
			{
				double		swap = value[i];

				value[i++] = value[j];
				value[j--] = swap;
			}
		}
		if (nth <= j)
			high = j;
		else if (nth >= i)
			low = i;
		else
			break;
	}
	return value[nth];
}
