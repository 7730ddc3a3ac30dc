/*
 * median.c
 *		The geometric median.
 *
 * The sum of distances is convex, smooth but at the places themselves, so steps
 * that make it less cannot go wrong: Newton's where it does, else as far in its
 * direction as the sum falls.
 *
 * Incidents are snapped to block centres, so the median often is a place.
 * There Newton has no derivative; so the nearest place is asked first whether it
 * is the median: it is where the others pull no harder than its own weight.
 */
#include "cluster/median.h"

#include <math.h>

#define MAX_STEPS 1000
#define MAX_HALVINGS 60

/* Nothing is to be gained: the pull in parts of the weight, and the gain in parts of the sum. */
#define NO_PULL 1e-12
#define NO_GAIN 1e-16

/* The part of what the slope promises that a step must bring. */
#define LEAST_GAIN 1e-4

/* The part of the slope that may be left at the end of a step. */
#define FLAT_ENOUGH 0.1

typedef struct WeightedPlaces
{
	const double *x;
	const double *y;
	const int32 *weight;
	int			n;
} WeightedPlaces;

/* The sum of distances at a point, with its derivatives. */
typedef struct Pull
{
	double		px;				/* the point, from the first place */
	double		py;
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
pull_at(const WeightedPlaces *all, double px, double py)
{
	Pull		pull = {px, py};
	double		least = INFINITY;
	const double *x = all->x;
	const double *y = all->y;
	double		first_x = x[0];
	double		first_y = y[0];

	for (int i = 0; i < all->n; i++)
	{
		double		dx = px - (x[i] - first_x);
		double		dy = py - (y[i] - first_y);
		double		d = sqrt(dx * dx + dy * dy);
		double		weight = all->weight[i];
		double		w;

		if (d < least)
		{
			least = d;
			pull.nearest = i;
		}
		if (d == 0)
		{
			pull.own += weight;
			continue;
		}
		w = weight / d;
		dx /= d;
		dy /= d;
		pull.cost += weight * d;
		pull.gx += weight * dx;
		pull.gy += weight * dy;
		pull.hxx += w * dy * dy;
		pull.hxy -= w * dx * dy;
		pull.hyy += w * dx * dx;
		pull.inverse += w;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return pull;
}

static Pull
pull_at_place(const WeightedPlaces *all, int i)
{
	return pull_at(all, all->x[i] - all->x[0], all->y[i] - all->y[0]);
}

/*
 * Where to go: Newton's step, in the directions of most and of least curvature,
 * for of places about a line the sum hardly bends along it, and the determinant
 * says nothing; no farther than the places are apart.  At a place it is the step
 * of Vardi and Zhang, for which the weight of the place holds back.
 */
static void
find_step(const Pull *pull, double extent, double *dx, double *dy)
{
	if (pull->own > 0)
	{
		double		held = 1 - pull->own / hypot(pull->gx, pull->gy);

		*dx = -pull->gx / pull->inverse * held;
		*dy = -pull->gy / pull->inverse * held;
	}
	else
	{
		double		half = (pull->hxx - pull->hyy) / 2;
		double		turn = atan2(pull->hxy, half) / 2;
		double		ux = cos(turn);
		double		uy = sin(turn);
		double		most = pull->inverse / 2 + hypot(half, pull->hxy);
		double		least = (pull->hxx * pull->hyy - pull->hxy * pull->hxy) / most;
		double		along = -(pull->gx * ux + pull->gy * uy);
		double		across = pull->gx * uy - pull->gy * ux;

		along /= Max(most, fabs(along) / extent);
		if (across != 0)
			across /= Max(least, fabs(across) / extent);
		*dx = along * ux - across * uy;
		*dy = along * uy + across * ux;
	}
}

/* How the sum changes in the direction. */
static double
slope(const Pull *pull, double dx, double dy)
{
	return pull->gx * dx + pull->gy * dy;
}

/* A point of less cost in the direction; false where none is found. */
static bool
go(const WeightedPlaces *all, Pull *pull, double dx, double dy)
{
	double		at_start = slope(pull, dx, dy) + pull->own * hypot(dx, dy);
	Pull		next = pull_at(all, pull->px + dx, pull->py + dy);
	double		low = 0;
	double		high = 1;

	for (int i = 0; i < MAX_HALVINGS && next.cost > pull->cost + LEAST_GAIN * at_start; i++)
	{
		double		middle = low + (high - low) / 2;
		double		rise;

		next = pull_at(all, pull->px + middle * dx, pull->py + middle * dy);
		rise = slope(&next, dx, dy);
		if (fabs(rise) <= -FLAT_ENOUGH * at_start)
			break;
		if (rise > 0)
			high = middle;
		else
			low = middle;
	}
	if (!(next.cost < pull->cost))
		return false;
	*pull = next;
	return true;
}

void
geometric_median(const double *x, const double *y, const int32 *weight, int n,
				 double *median_x, double *median_y)
{
	WeightedPlaces	all = {x, y, weight, n};
	Pull		pull;
	Pull		place;			/* of the one that was asked */
	double		mean_x = 0;
	double		mean_y = 0;
	double		total = 0;
	double		extent = 0;
	int			asked = -1;

	for (int i = 0; i < n; i++)
	{
		total += weight[i];
		mean_x += (x[i] - x[0]) * weight[i];
		mean_y += (y[i] - y[0]) * weight[i];
		extent = Max(extent, 2 * hypot(x[i] - x[0], y[i] - y[0]));
	}
	pull = pull_at(&all, mean_x / total, mean_y / total);

	for (int step = 0; step < MAX_STEPS; step++)
	{
		double		dx;
		double		dy;

		CHECK_FOR_INTERRUPTS();
		if (pull.nearest != asked)
		{
			asked = pull.nearest;
			place = pull_at_place(&all, asked);
			if (hypot(place.gx, place.gy) <= place.own)
			{
				*median_x = x[asked];
				*median_y = y[asked];
				return;
			}
		}
		if (place.cost < pull.cost)
			pull = place;
		if (hypot(pull.gx, pull.gy) - pull.own <= NO_PULL * total)
			break;
		find_step(&pull, extent, &dx, &dy);
		if (-slope(&pull, dx, dy) <= NO_GAIN * pull.cost || !go(&all, &pull, dx, dy))
			break;
	}
	*median_x = x[0] + pull.px;
	*median_y = y[0] + pull.py;
}
