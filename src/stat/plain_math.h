/*
 * plain_math.h
 *		Elementary functions that give the same bits on every machine.
 *
 * The C library's differ in the last place with its version and the processor, which
 * a model that is stored, or trained by millions of steps, must not.  These are sums
 * and products of doubles alone, right to a few units in the last place.
 */
#ifndef CRIMEML_STAT_PLAIN_MATH_H
#define CRIMEML_STAT_PLAIN_MATH_H

#include "crimeml.h"

extern double plain_exp(double x);
extern double plain_log(double x);	/* of x above 0, finite */
extern double plain_tanh(double x);

/* Cosine and sine of so many turns of a circle, of which "turns" is a share. */
extern void plain_circle(double turns, double *cosine, double *sine);

#endif							/* CRIMEML_STAT_PLAIN_MATH_H */
