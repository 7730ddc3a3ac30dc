/*
 * vectors.h
 *		Products and sums of arrays of numbers, in lanes, so that they are the same
 *		whatever the registers.
 */
#ifndef CRIMEML_STAT_VECTORS_H
#define CRIMEML_STAT_VECTORS_H

#include "crimeml.h"

extern double vector_product(const double *a, const double *b, int n);

/* a += times b */
extern void vector_add(double *a, const double *b, double times, int n);

#endif							/* CRIMEML_STAT_VECTORS_H */
