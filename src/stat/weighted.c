/*
 * weighted.c
 *		Numbers with weights, in order.
 */
#include "stat/weighted.h"

#include <math.h>

#define ST_SORT sort_weighted
#define ST_ELEMENT_TYPE Weighted
#define ST_COMPARE(a, b) ((a)->value < (b)->value ? -1 : (a)->value > (b)->value)
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

void
weighted_sort(Weighted *item, uint32 n)
{
	sort_weighted(item, n);
}

double
weighted_deviation(const Weighted *item, uint32 n, double total)
{
	double		mean = 0;
	double		residue = 0;
	double		squares = 0;

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		mean += item[i].weight * (item[i].value - item[0].value);
	}
	mean = item[0].value + mean / total;
	for (uint32 i = 0; i < n; i++)
	{
		double		d = item[i].value - mean;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		residue += item[i].weight * d;
		squares += item[i].weight * d * d;
	}
	return sqrt(Max(squares - residue * residue / total, 0) / (total - 1));
}

/* The value of that number, from 0, in ascending order. */
static double
nth_of(const Weighted *item, uint32 n, double number)
{
	double		sum = 0;

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		sum += item[i].weight;
		if (number < sum)
			return item[i].value;
	}
	return item[n - 1].value;
}

double
weighted_quantile(const Weighted *item, uint32 n, double total, double share)
{
	double		at = share * (total - 1);
	double		low = nth_of(item, n, floor(at));
	double		high = nth_of(item, n, floor(at) + 1);

	return low + (at - floor(at)) * (high - low);
}

double
quantile(const double *value, int64 n, double share)
{
	double		at = share * (n - 1);
	int64		i = Min((int64) at, n - 1);
	double		above = value[Min(i + 1, n - 1)];
	double		step = (at - i) * (above - value[i]);

	/* from one end of the range to the other */
	if (isinf(step))
		return (1 - (at - i)) * value[i] + (at - i) * above;
	return value[i] + step;
}
