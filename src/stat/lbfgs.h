/*
 * lbfgs.h
 *		The minimum of a smooth function of many variables, with its gradient, by
 *		limited memory (Nocedal 1980).
 *
 * stat/minimise has bounds and keeps a whole matrix, stat/bfgs does without gradients.
 */
#ifndef CRIMEML_STAT_LBFGS_H
#define CRIMEML_STAT_LBFGS_H

#include "stat/minimise.h"

/*
 * Go downhill from x, which becomes the place; n is the number of variables.  It ends
 * after two steps in a row that gained less than "tolerance" of the value, or after
 * so many steps; their number is returned in *steps.
 */
extern double lbfgs_minimise(SmoothFunction function, void *arg, int n, double *x,
							 double tolerance, int max_steps, int *steps);

/* Numbers that it keeps beside x. */
#define LBFGS_PAIRS 8
#define LBFGS_NUMBERS(n) mul_size((n), 2 * LBFGS_PAIRS + 4)

#endif							/* CRIMEML_STAT_LBFGS_H */
