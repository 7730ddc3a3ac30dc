/*
 * bandwidth.c
 *		What is chosen from the points when it is not given.
 */
#include "grid/bandwidth.h"

#include <math.h>

#include "stat/weighted.h"

double
bandwidth_scott(const Place *place, uint32 n, double rows_per_weight)
{
	double		weight = 0;
	double		mean_x = 0;
	double		mean_y = 0;
	double		sum_x = 0;
	double		sum_y = 0;
	double		rows;

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		weight += place[i].weight;
		mean_x += place[i].weight * place[i].x;
		mean_y += place[i].weight * place[i].y;
	}
	rows = weight * rows_per_weight;
	if (!(weight > 0 && rows > 1))
		return 0;
	mean_x /= weight;
	mean_y /= weight;
	for (uint32 i = 0; i < n; i++)
	{
		double		dx = place[i].x - mean_x;
		double		dy = place[i].y - mean_y;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		sum_x += place[i].weight * dx * dx;
		sum_y += place[i].weight * dy * dy;
	}
	/* the variance of a sample */
	sum_x *= rows / (rows - 1) / weight;
	sum_y *= rows / (rows - 1) / weight;
	if (!(sum_x > 0 && sum_y > 0))
		return sqrt(Max(Max(sum_x, sum_y), 0)) * pow(rows, -1.0 / 6);
	return sqrt(sqrt(sum_x) * sqrt(sum_y)) * pow(rows, -1.0 / 6);
}

/* One axis of places_extent(). */
static void
axis_extent(Weighted *mark, uint32 n, double *min, double *max, double *core_min, double *core_max)
{
	double		total = 0;
	double		sum = 0;
	uint32		i;

	weighted_sort(mark, n);
	for (i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		total += mark[i].weight;
	}
	*min = mark[0].value;
	*max = mark[n - 1].value;
	for (i = 0; i < n - 1 && (sum += mark[i].weight) <= total / 100; i++)
		;
	*core_min = mark[i].value;
	sum = 0;
	for (i = n - 1; i > 0 && (sum += mark[i].weight) <= total / 100; i--)
		;
	*core_max = mark[i].value;
}

void
places_extent(const Place *place, uint32 n, GridBox *all, GridBox *core)
{
	Weighted	   *mark = crimeml_array(Weighted, n);

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		mark[i] = (Weighted) {place[i].x, place[i].weight};
	}
	axis_extent(mark, n, &all->xmin, &all->xmax, &core->xmin, &core->xmax);
	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		mark[i] = (Weighted) {place[i].y, place[i].weight};
	}
	axis_extent(mark, n, &all->ymin, &all->ymax, &core->ymin, &core->ymax);
	pfree(mark);
}
