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
	int32		index;
	int32		sequence;		/* where it stood: equal keys keep their order */
} SortItem;

static inline int
compare_items(const SortItem *a, const SortItem *b)
{
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->sequence < b->sequence ? -1 : 1;
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
order_by(const double *key, int n, int32 *order, bool initial)
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
		from[i].index = initial ? order[i] : i;
		from[i].key = key[from[i].index];
		from[i].sequence = i;
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
