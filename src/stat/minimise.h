/*
 * minimise.h
 *		The minimum of a smooth function, some of whose variables have bounds.
 *
 * The function gives its gradient.  stat/bfgs does without, and without bounds.
 */
#ifndef CRIMEML_MINIMISE_H
#define CRIMEML_MINIMISE_H

#include "crimeml.h"

/* The value at x, with the gradient; INFINITY where x is not allowed. */
typedef double (*SmoothFunction) (const double *x, double *gradient, void *arg);

/*
 * Go downhill from x to a minimum nearby, which x is then; its value is returned.
 * Where the function is not finite at x, that is all.  Bounds may be infinite.  It
 * ends after two steps in a row that gained less than "tolerance", or after so
 * many evaluations.
 */
extern double minimise(SmoothFunction function, void *arg, int n, double *x,
					   const double *lower, const double *upper,
					   double tolerance, int evaluations);

#endif							/* CRIMEML_MINIMISE_H */
