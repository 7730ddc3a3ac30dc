/*
 * sites.c
 *		The distinct places among points, by sorting the coordinates.
 *
 * A key is cut into 2^22 equal steps between the least and the greatest, and
 * sorted by them in two passes; what falls into one step is then sorted by
 * comparison.  Coordinates are spread well enough that little is left to
 * compare: what shares a step is mostly equal, and that is in order already.
 */
#include "cluster/sites.h"

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

Sites *
sites_build(const double *x, const double *y, int n)
{
	Sites	   *sites = palloc0(sizeof(Sites));
	int32	   *order = scratch_array(int32, n);

	order_by(y, n, order, false);
	order_by(x, n, order, true);

	sites->site_of = scratch_array(int32, n);
	for (int i = 0; i < n; i++)
	{
		int32		row = order[i];

		if (i == 0 || x[row] != x[order[i - 1]] || y[row] != y[order[i - 1]])
			sites->n++;
		sites->site_of[row] = sites->n - 1;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}

	sites->x = scratch_array(double, sites->n);
	sites->y = scratch_array(double, sites->n);
	sites->weight = crimeml_array(int32, sites->n);
	sites->first = scratch_array(int32, sites->n);
	for (int i = 0; i < n; i++)
	{
		int32		row = order[i];
		int32		site = sites->site_of[row];

		/* the sort is stable: the first of a place is its lowest row */
		if (sites->weight[site]++ == 0)
		{
			sites->x[site] = x[row];
			sites->y[site] = y[row];
			sites->first[site] = row;
		}
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(order);
	return sites;
}

void
sites_free(Sites *sites)
{
	pfree(sites->x);
	pfree(sites->y);
	pfree(sites->weight);
	pfree(sites->first);
	pfree(sites->site_of);
	pfree(sites);
}

void
number_clusters(const int32 *root, int32 nroots, const int32 *item_of, int n, int32 *cluster)
{
	int32	   *number = scratch_array(int32, nroots);
	int32		nclusters = 0;

	for (int i = 0; i < nroots; i++)
	{
		number[i] = -1;
		if ((i & 0xfffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (int i = 0; i < n; i++)
	{
		int32		at = root[item_of == NULL ? i : item_of[i]];

		if (at >= 0 && number[at] < 0)
			number[at] = nclusters++;
		cluster[i] = at < 0 ? -1 : number[at];
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(number);
}
