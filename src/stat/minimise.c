/*
 * minimise.c
 *		The minimum of a smooth function, some of whose variables have bounds.
 *
 * Limited-memory BFGS (Nocedal 1980), projected onto the bounds: variables that
 * press against a bound are left out of a step, the rest of the step is cut off
 * at the bounds.  GSL's minimisers know no bounds, and take no INFINITY for "not
 * allowed".  All is sums, products and square roots in one order, so the same
 * function gives the same minimum on every machine.
 */
#include "stat/minimise.h"

#include <float.h>
#include <math.h>

#define PAIRS 24				/* steps that are remembered */
#define FIRST_STEP 0.05			/* of the largest component */
#define SUFFICIENT 1e-4			/* of the promised decrease (Armijo) */
#define CUTS 40					/* of one step */

typedef struct Descent
{
	int			n;
	double	   *x;
	double	   *next_x;
	double	   *gradient;
	double	   *next_gradient;
	double	   *direction;
	bool	   *held;			/* at a bound, and pressing */
	int			pairs;			/* in use */
	int			at;				/* where the next pair goes */
	double	   *step[PAIRS];
	double	   *change[PAIRS];	/* of the gradient */
} Descent;

/* The product of two vectors over the variables that are not held. */
static double
free_product(const Descent *d, const double *a, const double *b)
{
	double		sum = 0;

	for (int i = 0; i < d->n; i++)
		if (!d->held[i])
			sum += a[i] * b[i];
	return sum;
}

static void
free_add(const Descent *d, double *to, double factor, const double *from)
{
	for (int i = 0; i < d->n; i++)
		if (!d->held[i])
			to[i] += factor * from[i];
}

/* The quasi-Newton direction, by the two loops over the remembered pairs. */
static void
set_direction(Descent *d)
{
	double		weight[PAIRS];
	double		curvature[PAIRS];
	double		scale = 0;

	for (int i = 0; i < d->n; i++)
		d->direction[i] = d->held[i] ? 0 : -d->gradient[i];
	for (int k = 1; k <= d->pairs; k++)
	{
		int			p = (d->at - k + PAIRS) % PAIRS;

		curvature[p] = free_product(d, d->step[p], d->change[p]);
		if (curvature[p] <= 0)
			continue;			/* of held variables alone */
		if (scale == 0)
			scale = curvature[p] / free_product(d, d->change[p], d->change[p]);
		weight[p] = free_product(d, d->step[p], d->direction) / curvature[p];
		free_add(d, d->direction, -weight[p], d->change[p]);
	}
	if (scale == 0)
		return;
	for (int i = 0; i < d->n; i++)
		d->direction[i] *= scale;
	for (int k = d->pairs; k >= 1; k--)
	{
		int			p = (d->at - k + PAIRS) % PAIRS;

		if (curvature[p] > 0)
			free_add(d, d->direction,
					 weight[p] - free_product(d, d->change[p], d->direction) / curvature[p],
					 d->step[p]);
	}
}

/* Go along the direction, cut off at the bounds; the slope that was promised. */
static double
set_next(Descent *d, double length, const double *lower, const double *upper)
{
	double		slope = 0;

	for (int i = 0; i < d->n; i++)
	{
		d->next_x[i] = Min(Max(d->x[i] + length * d->direction[i], lower[i]), upper[i]);
		slope += d->gradient[i] * (d->next_x[i] - d->x[i]);
	}
	return slope;
}

/* Remember the step that was taken, if the function curves upwards along it. */
static void
remember(Descent *d)
{
	double		curvature = 0;
	double		squares = 0;

	for (int i = 0; i < d->n; i++)
	{
		d->step[d->at][i] = d->next_x[i] - d->x[i];
		d->change[d->at][i] = d->next_gradient[i] - d->gradient[i];
		curvature += d->step[d->at][i] * d->change[d->at][i];
		squares += d->change[d->at][i] * d->change[d->at][i];
	}
	if (!(curvature > DBL_EPSILON * squares))
		return;
	d->at = (d->at + 1) % PAIRS;
	d->pairs = Min(d->pairs + 1, PAIRS);
}

static void
swap(double **a, double **b)
{
	double	   *t = *a;

	*a = *b;
	*b = t;
}

double
minimise(SmoothFunction function, void *arg, int n, double *x,
		 const double *lower, const double *upper, double tolerance, int evaluations)
{
	Descent		d = {.n = n};
	double	   *room = palloc(sizeof(double) * n * (2 * PAIRS + 5));
	double		value;
	int			idle = 0;		/* steps in a row that gained less than the tolerance */

	for (int p = 0; p < PAIRS; p++)
	{
		d.step[p] = room + (Size) n * p;
		d.change[p] = room + (Size) n * (PAIRS + p);
	}
	d.x = room + (Size) n * (2 * PAIRS);
	d.next_x = d.x + n;
	d.gradient = d.next_x + n;
	d.next_gradient = d.gradient + n;
	d.direction = d.next_gradient + n;
	d.held = palloc(sizeof(bool) * n);
	for (int i = 0; i < n; i++)
		d.x[i] = Min(Max(x[i], lower[i]), upper[i]);
	CHECK_FOR_INTERRUPTS();
	value = function(d.x, d.gradient, arg);

	while (isfinite(value) && evaluations > 0 && idle < 2)
	{
		double		length = 1;
		double		next = INFINITY;
		double		slope = 0;
		bool		found = false;

		for (int i = 0; i < n; i++)
			d.held[i] = (d.x[i] <= lower[i] && d.gradient[i] > 0) ||
				(d.x[i] >= upper[i] && d.gradient[i] < 0);
		set_direction(&d);
		if (d.pairs == 0)
		{
			double		largest = 0;

			for (int i = 0; i < n; i++)
				largest = Max(largest, fabs(d.direction[i]));
			if (largest == 0)
				break;
			length = Min(1, FIRST_STEP / largest);
		}

		for (int cut = 0; cut < CUTS && evaluations > 0; cut++)
		{
			CHECK_FOR_INTERRUPTS();
			slope = set_next(&d, length, lower, upper);
			if (!(slope < 0))
				break;
			next = function(d.next_x, d.next_gradient, arg);
			evaluations--;
			found = next <= value + SUFFICIENT * slope;
			if (found || (cut > 0 && -slope < tolerance * 1e-3))
				break;
			/* the minimum of the parabola through what is known, within limits */
			length *= isfinite(next) ?
				Min(Max(-slope / (2 * (next - value - slope)), 0.1), 0.5) : 0.25;
		}
		if (!found)
		{
			if (d.pairs == 0)
				break;
			d.pairs = 0;		/* once more from here, straight downhill */
			continue;
		}
		idle = value - next < tolerance ? idle + 1 : 0;
		remember(&d);
		swap(&d.x, &d.next_x);
		swap(&d.gradient, &d.next_gradient);
		value = next;
	}

	memcpy(x, d.x, sizeof(double) * n);
	pfree(d.held);
	pfree(room);
	return value;
}
