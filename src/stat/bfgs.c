/*
 * bfgs.c
 *		The minimum of a smooth function by a quasi-Newton method.
 *
 * Broyden, Fletcher, Goldfarb and Shanno (1970): the inverse of the matrix of
 * second derivatives is built up from the gradients that are met on the way.
 * Gradients are differences, forward ones first and then central ones.  Where the
 * search stands still it starts once more with the identity, and only then ends.
 */
#include "stat/bfgs.h"

#include <math.h>

#define FORWARD_STEP 1e-7
#define CENTRAL_STEP 1e-4
#define ENOUGH_DESCENT 1e-4
#define SHORTEST_STEP 1e-10
#define LONGEST_STEP 4.0		/* in any direction, so that tanh() is not thrown to its end */

typedef struct Search
{
	int			n;
	BfgsFunction function;
	void	   *context;
	bool		central;		/* differences */
	double		inverse[BFGS_MAX][BFGS_MAX];
} Search;

static void
gradient_at(const Search *s, const double *x, double value, double *gradient)
{
	double		step = s->central ? CENTRAL_STEP : FORWARD_STEP;
	double		y[BFGS_MAX];

	memcpy(y, x, sizeof(double) * s->n);
	for (int i = 0; i < s->n; i++)
	{
		double		below = value;

		if (s->central)
		{
			y[i] = x[i] - step;
			below = s->function(y, s->context);
		}
		y[i] = x[i] + step;
		gradient[i] = (s->function(y, s->context) - below) / (s->central ? 2 * step : step);
		y[i] = x[i];
		if (!isfinite(gradient[i]))
			gradient[i] = 0;
	}
}

static void
set_identity(Search *s)
{
	memset(s->inverse, 0, sizeof(s->inverse));
	for (int i = 0; i < s->n; i++)
		s->inverse[i][i] = 1;
}

/* Bring the inverse up to date with a step and the change of the gradient over it. */
static bool
update_inverse(Search *s, const double *step, const double *change)
{
	double		h_change[BFGS_MAX];
	double		along = 0;
	double		curved = 0;

	for (int i = 0; i < s->n; i++)
	{
		h_change[i] = 0;
		for (int j = 0; j < s->n; j++)
			h_change[i] += s->inverse[i][j] * change[j];
		along += step[i] * change[i];
	}
	for (int i = 0; i < s->n; i++)
		curved += h_change[i] * change[i];
	if (!(along > 1e-14))
		return false;
	for (int i = 0; i < s->n; i++)
		for (int j = 0; j < s->n; j++)
			s->inverse[i][j] += ((1 + curved / along) * step[i] * step[j] -
								 step[i] * h_change[j] - h_change[i] * step[j]) / along;
	return true;
}

/* The direction down, and the slope along it. */
static double
direction_from(const Search *s, const double *gradient, double *direction)
{
	double		slope = 0;
	double		longest = 0;

	for (int i = 0; i < s->n; i++)
	{
		direction[i] = 0;
		for (int j = 0; j < s->n; j++)
			direction[i] -= s->inverse[i][j] * gradient[j];
		longest = Max(longest, fabs(direction[i]));
	}
	for (int i = 0; i < s->n; i++)
	{
		if (longest > LONGEST_STEP)
			direction[i] *= LONGEST_STEP / longest;
		slope += direction[i] * gradient[i];
	}
	return slope;
}

/* Go along the direction as far as pays; the value there, x and step moved; or false. */
static bool
line_search(const Search *s, double *x, double *value, const double *direction, double slope,
			double *step)
{
	double		length = 1;
	double		to[BFGS_MAX];

	while (length > SHORTEST_STEP)
	{
		double		found;
		double		bend;

		for (int i = 0; i < s->n; i++)
			to[i] = x[i] + length * direction[i];
		found = s->function(to, s->context);
		if (found <= *value + ENOUGH_DESCENT * length * slope)
		{
			for (int i = 0; i < s->n; i++)
				step[i] = to[i] - x[i];
			memcpy(x, to, sizeof(double) * s->n);
			*value = found;
			return true;
		}
		/* the minimum of the parabola through what is known, kept from extremes */
		bend = isfinite(found) ? -slope * length / (2 * (found - *value - slope * length)) : 0;
		length *= Min(Max(bend, 0.1), 0.5);
	}
	return false;
}

double
bfgs_minimise(int n, double *x, BfgsFunction function, void *context, double tolerance,
			  int max_steps, bool rough)
{
	Search		s = {.n = n, .function = function, .context = context};
	double		gradient[BFGS_MAX];
	double		value = function(x, context);
	bool		fresh = true;

	Assert(n <= BFGS_MAX);
	if (n == 0 || !isfinite(value))
		return value;
	set_identity(&s);
	gradient_at(&s, x, value, gradient);
	for (int i = 0; i < max_steps; i++)
	{
		double		direction[BFGS_MAX];
		double		step[BFGS_MAX];
		double		change[BFGS_MAX];
		double		before = value;
		double		slope = direction_from(&s, gradient, direction);
		bool		moved = slope < 0 && line_search(&s, x, &value, direction, slope, step);

		if (!moved || before - value <= tolerance * (fabs(before) + tolerance))
		{
			if (rough || (fresh && s.central))
				break;
			if (s.central)
				set_identity(&s);
			fresh = s.central;
			s.central = true;
			gradient_at(&s, x, value, gradient);
			continue;
		}
		memcpy(change, gradient, sizeof(double) * n);
		gradient_at(&s, x, value, gradient);
		for (int j = 0; j < n; j++)
			change[j] = gradient[j] - change[j];
		fresh = !update_inverse(&s, step, change);
		if (fresh)
			set_identity(&s);
	}
	return value;
}

void
bfgs_hessian(int n, const double *x, BfgsFunction function, void *context, double step,
			 double *hessian)
{
	double		y[BFGS_MAX];
	double		here = function(x, context);

	memcpy(y, x, sizeof(double) * n);
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		corner[2][2];

			for (int a = 0; a < 2; a++)
				for (int b = 0; b < 2; b++)
				{
					y[i] = x[i];
					y[j] = x[j];
					y[i] += a ? step : -step;
					y[j] += b ? step : -step;
					corner[a][b] = i == j && a != b ? here : function(y, context);
				}
			y[i] = x[i];
			y[j] = x[j];
			hessian[i * n + j] = hessian[j * n + i] =
				(corner[1][1] - corner[1][0] - corner[0][1] + corner[0][0]) / (4 * step * step);
		}
}
