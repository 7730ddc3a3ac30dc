/*
 * lbfgs.c
 *		The minimum of a smooth function of many variables.
 */
#include "stat/lbfgs.h"

#include <math.h>

#include "stat/vectors.h"

/* A step must gain this share of what the slope promises, and leave this share of it. */
#define ENOUGH 1e-4
#define FLAT 0.9
#define TRIALS 30

typedef struct Search
{
	SmoothFunction function;
	void	   *arg;
	int			n;
	int			pairs;			/* that are kept */
	int			latest;
	double	   *step[LBFGS_PAIRS];
	double	   *turn[LBFGS_PAIRS];	/* what the step changed of the gradient */
	double		curvature[LBFGS_PAIRS]; /* their product */
	double	   *direction;
	double	   *gradient;
	double	   *next;
	double	   *next_gradient;
} Search;

/* The direction from the gradient and the pairs (two loops). */
static void
find_direction(Search *s)
{
	double		part[LBFGS_PAIRS];

	for (int i = 0; i < s->n; i++)
		s->direction[i] = -s->gradient[i];
	for (int k = 0; k < s->pairs; k++)
	{
		int			p = (s->latest - k + LBFGS_PAIRS) % LBFGS_PAIRS;

		part[p] = vector_product(s->step[p], s->direction, s->n) / s->curvature[p];
		vector_add(s->direction, s->turn[p], -part[p], s->n);
	}
	if (s->pairs > 0)
	{
		double		scale = s->curvature[s->latest] /
			vector_product(s->turn[s->latest], s->turn[s->latest], s->n);

		for (int i = 0; i < s->n; i++)
			s->direction[i] *= scale;
	}
	for (int k = s->pairs - 1; k >= 0; k--)
	{
		int			p = (s->latest - k + LBFGS_PAIRS) % LBFGS_PAIRS;

		vector_add(s->direction, s->step[p],
			part[p] - vector_product(s->turn[p], s->direction, s->n) / s->curvature[p], s->n);
	}
}

/*
 * Look along the direction by bisection for a place that satisfies Wolfe's two
 * conditions; next and next_gradient are there.  Its value, or INFINITY.
 */
static double
look_along(Search *s, const double *x, double value, double slope, double length)
{
	double		low = 0;
	double		high = INFINITY;
	double		found = INFINITY;

	for (int trial = 0; trial < TRIALS; trial++)
	{
		memcpy(s->next, x, sizeof(double) * s->n);
		vector_add(s->next, s->direction, length, s->n);
		found = s->function(s->next, s->next_gradient, s->arg);
		if (!(found <= value + ENOUGH * length * slope))
			high = length;
		else if (vector_product(s->next_gradient, s->direction, s->n) < FLAT * slope)
			low = length;
		else
			return found;
		length = isinf(high) ? 2 * length : (low + high) / 2;
	}
	return found <= value ? found : INFINITY;
}

double
lbfgs_minimise(SmoothFunction function, void *arg, int n, double *x, double tolerance,
			   int max_steps, int *steps)
{
	Search		s = {.function = function, .arg = arg, .n = n};
	double		value;
	int			small = 0;		/* steps in a row that gained little */

	for (int p = 0; p < LBFGS_PAIRS; p++)
	{
		s.step[p] = crimeml_array(double, n);
		s.turn[p] = crimeml_array(double, n);
	}
	s.direction = crimeml_array(double, n);
	s.gradient = crimeml_array(double, n);
	s.next = crimeml_array(double, n);
	s.next_gradient = crimeml_array(double, n);
	value = function(x, s.gradient, arg);
	for (*steps = 0; *steps < max_steps; ++*steps)
	{
		double		slope;
		double		found;
		double		gain;
		int			p;

		CHECK_FOR_INTERRUPTS();
		find_direction(&s);
		slope = vector_product(s.gradient, s.direction, n);
		if (!(slope < 0))
			break;
		found = look_along(&s, x, value, slope, s.pairs > 0 ? 1 : Min(1, 1 / sqrt(-slope)));
		if (isinf(found))
			break;
		gain = value - found;
		p = s.pairs > 0 ? (s.latest + 1) % LBFGS_PAIRS : 0;
		for (int i = 0; i < n; i++)
		{
			s.step[p][i] = s.next[i] - x[i];
			s.turn[p][i] = s.next_gradient[i] - s.gradient[i];
		}
		s.curvature[p] = vector_product(s.step[p], s.turn[p], n);
		memcpy(x, s.next, sizeof(double) * n);
		memcpy(s.gradient, s.next_gradient, sizeof(double) * n);
		value = found;
		small = gain <= tolerance * (fabs(value) + 0.1) ? small + 1 : 0;
		if (small == 2)
			break;
		if (s.curvature[p] > 0)
		{
			s.latest = p;
			s.pairs = Min(s.pairs + 1, LBFGS_PAIRS);
		}
	}
	for (int p = 0; p < LBFGS_PAIRS; p++)
	{
		pfree(s.step[p]);
		pfree(s.turn[p]);
	}
	pfree(s.direction);
	pfree(s.gradient);
	pfree(s.next);
	pfree(s.next_gradient);
	return value;
}
