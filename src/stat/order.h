/*
 * order.h
 *		Numbers in their order.
 */
#ifndef CRIMEML_STAT_ORDER_H
#define CRIMEML_STAT_ORDER_H

#include "crimeml.h"

/* order[] becomes the permutation that sorts key[0..n-1]; equal keys stay in order. */
extern void order_by(const double *key, int n, int32 *order);

/* The same of points, by x and then by y, of finite coordinates. */
extern void order_points(const double *x, const double *y, int n, int32 *order);

/* The value at place nth (from 0) of the sorted ones; changes their order. */
extern double nth_value(double *value, int n, int nth);

#endif							/* CRIMEML_STAT_ORDER_H */
