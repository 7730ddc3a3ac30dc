/*
 * normal_equations.h
 *		The triangle R of a weighted design, X' W X = R' R, by which least squares and
 *		each step of a generalized linear model are solved.
 *
 * It comes of the products of the columns where these are well apart, which costs
 * no more than what is not 0 in the rows; where a column is nearly a sum of
 * those before it, of the rows themselves by Householder reflections, block by
 * block.  Then a column is aliased where less than 1e-7 of its length is its own,
 * as in R's lm.
 */
#ifndef CRIMEML_NORMAL_EQUATIONS_H
#define CRIMEML_NORMAL_EQUATIONS_H

#include "learn/design.h"

typedef struct Triangle
{
	int			rank;
	int		   *column;			/* of the design, for each of these, in order */
	double	   *lower;			/* R', rank rows of "stride" */
	Size		stride;
} Triangle;

typedef struct NormalEquations
{
	const DesignRows *rows;
	int			tried;			/* columns that are not yet found to be aliased */
	int		   *column;
	bool		settled;		/* which columns are aliased is known */
	const double *penalty;		/* of each column's square; NULL: none */
	double	   *products;		/* of all columns */
	Triangle	triangle;
} NormalEquations;

extern void normal_begin(NormalEquations *e, const DesignRows *rows, const double *penalty);
extern Size normal_memory(int64 columns);

/*
 * Make the triangle for weights of rows (NULL: all 1).  Columns that are aliased
 * the first time are not tried again, and none is found to be so later on.
 */
extern void normal_factor(NormalEquations *e, const double *weight);

/* step of each column = (R' R)^-1 sum, of aliased columns 0 */
extern void normal_solve(const NormalEquations *e, const double *sum, double *step);

/*
 * Of n vectors side by side, an element of each and then the next: R^-1 times the
 * first "rank" elements, put where their columns are, and R'^-1 times the
 * columns, put at the first "rank" places.
 */
extern void normal_spread(const NormalEquations *e, const double *x, int n, double *columns);
extern void normal_gather(const NormalEquations *e, const double *columns, int n, double *x);

/* The variances of the columns' coefficients (aliased: NaN), in units of the residual's. */
extern void normal_variances(const NormalEquations *e, double *variance);

/* The variance of a sum of coefficients, each times "times". */
extern double normal_variance_of(const NormalEquations *e, const double *times);

#endif							/* CRIMEML_NORMAL_EQUATIONS_H */
