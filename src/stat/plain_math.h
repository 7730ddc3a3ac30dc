/*
 * plain_math.h
 *		Elementary functions that give the same bits on every machine.
 *
 * The C library's differ in the last place with its version and the processor, which
 * a model that is stored, or trained by millions of steps, must not.  These are sums
 * and products of doubles alone, right to a few units in the last place of what
 * they return unless it is said otherwise, and without branches where loops over
 * them should become vectors.
 */
#ifndef CRIMEML_STAT_PLAIN_MATH_H
#define CRIMEML_STAT_PLAIN_MATH_H

#include "crimeml.h"

#define PLAIN_LN2_HIGH 0x1.62e42fee00000p-1	/* products with exponents are exact */
#define PLAIN_LN2_LOW 0x1.a39ef35793c76p-33
#define PLAIN_LOG2_E 0x1.71547652b82fep+0
#define PLAIN_TO_INTEGER 0x1.8p52	/* added and taken away it rounds */

/* e^x of x within -700 and 700; others are taken as the nearest of these. */
static inline double
plain_exp(double x)
{
	double		k;
	double		r;
	double		sum;
	union
	{
		double		number;
		uint64		bits;
	}			power;

	x = x < -700 ? -700 : x;
	x = x > 700 ? 700 : x;
	power.number = x * PLAIN_LOG2_E + PLAIN_TO_INTEGER;
	k = power.number - PLAIN_TO_INTEGER;
	r = (x - k * PLAIN_LN2_HIGH) - k * PLAIN_LN2_LOW;

	/* Taylor's series within ln(2) / 2, to the 13th power */
	sum = 1.0 / 6227020800.0;
	sum = sum * r + 1.0 / 479001600;
	sum = sum * r + 1.0 / 39916800;
	sum = sum * r + 1.0 / 3628800;
	sum = sum * r + 1.0 / 362880;
	sum = sum * r + 1.0 / 40320;
	sum = sum * r + 1.0 / 5040;
	sum = sum * r + 1.0 / 720;
	sum = sum * r + 1.0 / 120;
	sum = sum * r + 1.0 / 24;
	sum = sum * r + 1.0 / 6;
	sum = sum * r + 0.5;
	sum = sum * r + 1;
	sum = sum * r + 1;

	/* the low bits of the rounded number are k; they become an exponent */
	power.bits = (power.bits + 1023) << 52;
	return sum * power.number;
}

/* 1 / (1 + e^-x) */
static inline double
plain_logistic(double x)
{
	return 1 / (1 + plain_exp(-x));
}

/* Right to the last places of 1 rather than of itself where x is small. */
static inline double
plain_tanh(double x)
{
	return 1 - 2 / (1 + plain_exp(2 * x));
}

extern double plain_log(double x);	/* of x above 0, finite */

/* Cosine and sine of so many turns of a circle. */
extern void plain_circle(double turns, double *cosine, double *sine);

/*
 * log of the gamma function, and its derivative, of x above 0.  Near their zeros (1
 * and 2; 1.46) they are right to the last places of the terms that are taken from
 * each other, up to 18, not of what is left.
 */
extern double plain_log_gamma(double x);
extern double plain_digamma(double x);

/* The derivative of that. */
extern double plain_trigamma(double x);

#endif							/* CRIMEML_STAT_PLAIN_MATH_H */
