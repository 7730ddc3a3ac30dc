/*
 * bfgs.h
 *		The minimum of a smooth function by a quasi-Newton method.
 *
 * For functions without a gradient and bounds, many of whose minima are looked
 * at: a rough search of few evaluations, and an exact one.  stat/minimise has
 * bounds, and is given gradients.
 */
#ifndef CRIMEML_STAT_BFGS_H
#define CRIMEML_STAT_BFGS_H

#include "crimeml.h"

#define BFGS_MAX 32

/* A function of n numbers; INFINITY or NaN where it has no value. */
typedef double (*BfgsFunction) (const double *x, void *context);

/*
 * Go down from x, at which the function has a value, to a local minimum, and
 * return it; x becomes the place.  The search ends where a step brings less than
 * tolerance, relative to the value, or after so many steps; before that it goes
 * over to gradients of twice the cost and is started anew there, unless it is
 * "rough".  n is up to BFGS_MAX.
 */
extern double bfgs_minimise(int n, double *x, BfgsFunction function, void *context,
							double tolerance, int max_steps, bool rough);

/* The matrix of second derivatives at x, n rows of n, by central differences. */
extern void bfgs_hessian(int n, const double *x, BfgsFunction function, void *context,
						 double step, double *hessian);

#endif							/* CRIMEML_STAT_BFGS_H */
