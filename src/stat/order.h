/*
 * order.h
 *		Numbers in their order.
 */
#ifndef CRIMEML_STAT_ORDER_H
#define CRIMEML_STAT_ORDER_H

#include "crimeml.h"

/*
 * order[] becomes the permutation that sorts key[0..n-1], stable where "order"
 * gives the sequence to start from (initial), else from 0, 1, 2, ...
 */
extern void order_by(const double *key, int n, int32 *order, bool initial);

/* The value at place nth (from 0) of the sorted ones; changes their order. */
extern double nth_value(double *value, int n, int nth);

#endif							/* CRIMEML_STAT_ORDER_H */
