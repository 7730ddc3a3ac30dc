/*
 * quadrature.h
 *		Integrals as weighted sums.
 */
#ifndef CRIMEML_QUADRATURE_H
#define CRIMEML_QUADRATURE_H

#include "crimeml.h"

/*
 * The n points of Gauss and Legendre between 0 and 1, ascending, and their
 * weights, by which a polynomial of degree 2n - 1 at most is integrated exactly.
 * The points lie symmetrically: 1 - point[i] is point[n - 1 - i].
 */
extern void gauss_legendre(int n, double *point, double *weight);

#endif							/* CRIMEML_QUADRATURE_H */
