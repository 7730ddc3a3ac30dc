/*
 * cholesky.h
 *		Symmetric positive matrices: a few rows, in place.
 */
#ifndef CRIMEML_STAT_CHOLESKY_H
#define CRIMEML_STAT_CHOLESKY_H

#include "crimeml.h"

/*
 * The lower half of a matrix, n rows of n, becomes its Cholesky factor; the upper
 * half is not looked at.  false: the matrix is not positive.
 */
extern bool cholesky_factor(double *a, int n);

/* x becomes the solution of (L L') x = x. */
extern void cholesky_solve(const double *lower, int n, double *x);

#endif							/* CRIMEML_STAT_CHOLESKY_H */
