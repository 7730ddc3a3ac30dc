/*
 * accuracy.c
 *		How well a map foretold where incidents came later.
 */
#include "grid/accuracy.h"

#include <math.h>

typedef struct Order
{
	const double *score;
	const int64 *incidents;
	AccuracyTies ties;
} Order;

static inline int
compare_numbers(uint32 a, uint32 b)
{
	return a < b ? -1 : a > b;
}

/* The higher score first; NaN is below all numbers. */
static inline int
compare_cells(uint32 a, uint32 b, const Order *order)
{
	double		x = order->score[a];
	double		y = order->score[b];

	if (isnan(x) != isnan(y))
		return isnan(x) ? 1 : -1;
	if (x > y)
		return -1;
	if (x < y)
		return 1;
	if (order->ties == ACCURACY_TIES_WORST && order->incidents[a] != order->incidents[b])
		return order->incidents[a] < order->incidents[b] ? -1 : 1;
	return compare_numbers(a, b);
}

#define ST_SORT sort_cells
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, arg) compare_cells(*(a), *(b), arg)
#define ST_COMPARE_ARG_TYPE const Order
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

static inline int
compare_incidents(uint32 a, uint32 b, const int64 *incidents)
{
	if (incidents[a] != incidents[b])
		return incidents[a] > incidents[b] ? -1 : 1;
	return compare_numbers(a, b);
}

#define ST_SORT sort_best
#define ST_ELEMENT_TYPE uint32
#define ST_COMPARE(a, b, arg) compare_incidents(*(a), *(b), arg)
#define ST_COMPARE_ARG_TYPE const int64
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

void
accuracy_order(const double *score, const int64 *incidents, AccuracyTies ties,
			   uint32 *cell, int64 m)
{
	Order		order = {score, incidents, ties};

	sort_cells(cell, m, &order);
}

void
accuracy_order_best(const int64 *incidents, uint32 *cell, int64 m)
{
	sort_best(cell, m, incidents);
}

int64
accuracy_cells(double share, int64 m)
{
	/* a share is at most 1, and a grid has no more cells than an integer holds */
	return crimeml_int_within(floor(share * m + 0.5), 0, (int) m);
}

int64
accuracy_hits(const int64 *incidents, const uint32 *cell, int64 k)
{
	int64		sum = 0;

	for (int64 i = 0; i < k; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		sum += incidents[cell[i]];
	}
	return sum;
}
