/*
 * sites.c
 *		The distinct places among points, by a radix sort of the coordinates.
 */
#include "cluster/sites.h"

#define DIGIT_BITS 11
#define DIGITS ((64 + DIGIT_BITS - 1) / DIGIT_BITS)
#define BUCKETS (1 << DIGIT_BITS)

typedef struct SortItem
{
	uint64		key;
	int32		index;
} SortItem;

/* Bits whose unsigned order is that of the numbers; -0 sorts as 0. */
static inline uint64
sortable(double value)
{
	union
	{
		double		d;
		uint64		u;
	}			bits;

	bits.d = value + 0.0;
	return (bits.u >> 63) ? ~bits.u : bits.u | (UINT64CONST(1) << 63);
}

static inline int
digit_of(uint64 key, int digit)
{
	return (key >> (digit * DIGIT_BITS)) & (BUCKETS - 1);
}

void
order_by(const double *key, int n, int32 *order, bool initial)
{
	SortItem   *from = crimeml_array(SortItem, Max(n, 1));
	SortItem   *to = crimeml_array(SortItem, Max(n, 1));
	int32	   *counts = crimeml_array(int32, DIGITS * BUCKETS);

	for (int i = 0; i < n; i++)
	{
		int32		index = initial ? order[i] : i;

		from[i].key = sortable(key[index]);
		from[i].index = index;
		for (int digit = 0; digit < DIGITS; digit++)
			counts[digit * BUCKETS + digit_of(from[i].key, digit)]++;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}

	for (int digit = 0; digit < DIGITS; digit++)
	{
		int32	   *start = counts + digit * BUCKETS;
		int32		sum = 0;
		SortItem   *swap = from;

		/* all in one bucket: nothing to do, as for most exponents */
		if (n == 0 || start[digit_of(from[0].key, digit)] == n)
			continue;
		for (int b = 0; b < BUCKETS; b++)
		{
			int32		count = start[b];

			start[b] = sum;
			sum += count;
		}
		for (int i = 0; i < n; i++)
		{
			to[start[digit_of(from[i].key, digit)]++] = from[i];
			if ((i & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
		}
		from = to;
		to = swap;
	}

	for (int i = 0; i < n; i++)
		order[i] = from[i].index;
	pfree(from);
	pfree(to);
	pfree(counts);
}

Sites *
sites_build(const double *x, const double *y, int n)
{
	Sites	   *sites = palloc0(sizeof(Sites));
	int32	   *order = crimeml_array(int32, Max(n, 1));

	order_by(y, n, order, false);
	order_by(x, n, order, true);

	sites->site_of = crimeml_array(int32, Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		int32		row = order[i];

		if (i == 0 || x[row] != x[order[i - 1]] || y[row] != y[order[i - 1]])
			sites->n++;
		sites->site_of[row] = sites->n - 1;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}

	sites->x = crimeml_array(double, Max(sites->n, 1));
	sites->y = crimeml_array(double, Max(sites->n, 1));
	sites->weight = crimeml_array(int32, Max(sites->n, 1));
	sites->first = crimeml_array(int32, Max(sites->n, 1));
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
