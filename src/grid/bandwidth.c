/*
 * bandwidth.c
 *		What is chosen from the points when it is not given.
 */
#include "grid/bandwidth.h"

#include <math.h>

#include "stat/weighted.h"

/* The least share of the larger standard deviation that the smaller one counts as. */
#define STREET 0.1

double
bandwidth_scott(const Place *place, uint32 n, double rows_per_weight)
{
	double		weight = 0;
	double		mean_x = 0;
	double		mean_y = 0;
	double		sum_x = 0;
	double		sum_y = 0;
	double		rows;
	double		larger;
	double		smaller;

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
	sum_x = sqrt(Max(sum_x, 0));
	sum_y = sqrt(Max(sum_y, 0));
	larger = Max(sum_x, sum_y);
	smaller = Max(Min(sum_x, sum_y), larger * STREET);
	return sqrt(larger) * sqrt(smaller) * pow(rows, -1.0 / 6);
}

double
choose_cell_size(const GridBox *points, const GridBox *bounds, double sigma, GridRule *rule)
{
	double		size = Min(points->xmax - points->xmin, points->ymax - points->ymin) / 50;
	double		least = Max(bounds->xmax - bounds->xmin, bounds->ymax - bounds->ymin) / 1000;

	*rule = GRID_RULE_SHORT_SIDE;
	if (sigma > 0 && size > sigma)
	{
		size = sigma;
		*rule = GRID_RULE_SIGMA;
	}
	if (size < sigma / 10)
	{
		size = sigma / 10;
		*rule = GRID_RULE_SIGMA_TENTH;
	}
	if (size < least)
	{
		size = least;
		*rule = GRID_RULE_LONG_SIDE;
	}
	return size >= 100 ? floor(size / 100) * 100 : size;
}

GridBox
places_box(const Place *place, uint32 n)
{
	GridBox		box = {INFINITY, INFINITY, -INFINITY, -INFINITY};

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		box.xmin = Min(box.xmin, place[i].x);
		box.ymin = Min(box.ymin, place[i].y);
		box.xmax = Max(box.xmax, place[i].x);
		box.ymax = Max(box.ymax, place[i].y);
	}
	return box;
}

/* One axis of places_middle(). */
static double
axis_middle(Weighted *mark, uint32 n)
{
	double		total = 0;
	double		sum = 0;
	double		first;
	uint32		i;

	weighted_sort(mark, n);
	for (i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		total += mark[i].weight;
	}
	for (i = 0; i < n - 1 && (sum += mark[i].weight) <= total / 100; i++)
		;
	first = mark[i].value;
	sum = 0;
	for (i = n - 1; i > 0 && (sum += mark[i].weight) <= total / 100; i--)
		;
	return (first + mark[i].value) / 2;
}

void
places_middle(const Place *place, uint32 n, double *x, double *y)
{
	Weighted   *mark = crimeml_array(Weighted, n);

	for (int axis = 0; axis < 2; axis++)
	{
		for (uint32 i = 0; i < n; i++)
		{
			if ((i & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			mark[i] = (Weighted) {axis == 0 ? place[i].x : place[i].y, place[i].weight};
		}
		*(axis == 0 ? x : y) = axis_middle(mark, n);
	}
	pfree(mark);
}
