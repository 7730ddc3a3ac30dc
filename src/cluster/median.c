/*
 * median.c
 *		The geometric median.
 *
 * Incidents are snapped to block centres, so the median often is a place.
 * There Newton has no derivative and Weiszfeld hardly moves; so the nearest
 * place is asked first whether it is the median: it is where the others pull
 * no harder than its own weight.
 */
#include "cluster/median.h"

#include <math.h>

#define MAX_STEPS 1000

/* The sum of distances at a point, with its derivatives. */
typedef struct Pull
{
	double		cost;
	double		gx;
	double		gy;
	double		hxx;
	double		hxy;
	double		hyy;
	double		inverse;		/* sum of weights over distances */
	double		own;			/* weight of the place at the point itself */
	int			nearest;
} Pull;

static Pull
pull_at(const double *x, const double *y, const int32 *weight, int n, double px, double py)
{
	Pull		pull = {0};
	double		least = INFINITY;

	for (int i = 0; i < n; i++)
	{
		double		dx = px - x[i];
		double		dy = py - y[i];
		double		d = sqrt(dx * dx + dy * dy);
		double		w;

		if (d < least)
		{
			least = d;
			pull.nearest = i;
		}
		if (d == 0)
		{
			pull.own += weight[i];
			continue;
		}
		w = weight[i] / d;
		dx /= d;
		dy /= d;
		pull.cost += weight[i] * d;
		pull.gx += weight[i] * dx;
		pull.gy += weight[i] * dy;
		pull.hxx += w * dy * dy;
		pull.hxy -= w * dx * dy;
		pull.hyy += w * dx * dx;
		pull.inverse += w;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return pull;
}

void
geometric_median(const double *x, const double *y, const int32 *weight, int n,
				 double *median_x, double *median_y)
{
	double		px = 0;
	double		py = 0;
	double		total = 0;
	double		safe_x = 0;		/* where Weiszfeld would have gone */
	double		safe_y = 0;
	double		extent = 0;
	double		cost = INFINITY;
	int			asked = -1;

	for (int i = 0; i < n; i++)
	{
		total += weight[i];
		px += (x[i] - x[0]) * weight[i];
		py += (y[i] - y[0]) * weight[i];
		extent = Max(extent, hypot(x[i] - x[0], y[i] - y[0]));
	}
	px = x[0] + px / total;
	py = y[0] + py / total;

	for (int step = 0; step < MAX_STEPS; step++)
	{
		Pull		pull = pull_at(x, y, weight, n, px, py);
		double		force;
		double		det;
		double		step_x;
		double		step_y;

		CHECK_FOR_INTERRUPTS();
		if (pull.nearest != asked)
		{
			Pull		there = pull_at(x, y, weight, n, x[pull.nearest], y[pull.nearest]);

			asked = pull.nearest;
			if (hypot(there.gx, there.gy) <= there.own)
			{
				px = x[asked];
				py = y[asked];
				break;
			}
		}
		if (pull.cost > cost)
		{
			/* Newton went too far */
			px = safe_x;
			py = safe_y;
			cost = INFINITY;
			continue;
		}
		cost = pull.cost;

		/* at a place, its own weight holds back */
		force = hypot(pull.gx, pull.gy);
		step_x = -pull.gx / pull.inverse * (1 - pull.own / force);
		step_y = -pull.gy / pull.inverse * (1 - pull.own / force);
		safe_x = px + step_x;
		safe_y = py + step_y;
		det = pull.hxx * pull.hyy - pull.hxy * pull.hxy;
		if (pull.own == 0 && det > 1e-9 * pull.inverse * pull.inverse)
		{
			step_x = (pull.hxy * pull.gy - pull.hyy * pull.gx) / det;
			step_y = (pull.hxy * pull.gx - pull.hxx * pull.gy) / det;
		}
		/* no step at all where the pulls cancel, or below what coordinates can tell */
		if (!(hypot(step_x, step_y) > 1e-10 * extent + 1e-15 * (fabs(px) + fabs(py))))
			break;
		px += step_x;
		py += step_y;
	}
	*median_x = px;
	*median_y = py;
}
