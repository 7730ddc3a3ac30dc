/*
 * plain_math.c
 *		Elementary functions that give the same bits on every machine.
 */
#include "stat/plain_math.h"

#include <math.h>

#define LN2_HIGH 0x1.62e42fee00000p-1	/* 32 bits of it: products with exponents are exact */
#define LN2_LOW 0x1.a39ef35793c76p-33
#define TINY 1e-3

double
plain_exp(double x)
{
	double		k;
	double		r;
	double		sum;

	if (isnan(x))
		return x;
	if (x > 709.7)
		return INFINITY;
	if (x < -708)
		return 0;
	k = floor(x * M_LOG2E + 0.5);
	r = (x - k * LN2_HIGH) - k * LN2_LOW;

	/* Taylor's series within ln(2) / 2, to the 13th power */
	sum = 1.0 / 6227020800;
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
	return ldexp(sum, (int) k);
}

/* 2 artanh(s), s = (m - 1) / (m + 1), with m within sqrt(1/2) and sqrt(2) */
double
plain_log(double x)
{
	int			exponent;
	double		m = frexp(x, &exponent);
	double		s;
	double		z;
	double		sum;

	if (m < M_SQRT1_2)
	{
		m *= 2;
		exponent--;
	}
	s = (m - 1) / (m + 1);
	z = s * s;
	sum = 1.0 / 21;
	for (int k = 19; k >= 3; k -= 2)
		sum = sum * z + 1.0 / k;
	return exponent * LN2_HIGH + (exponent * LN2_LOW + (2 * s + 2 * s * z * sum));
}

double
plain_tanh(double x)
{
	double		e;

	if (fabs(x) < TINY)
		return x * (1 - x * x * (1.0 / 3 - x * x * (2.0 / 15)));
	if (fabs(x) > 20)
		return x > 0 ? 1 : -1;
	e = plain_exp(-2 * fabs(x));
	return x > 0 ? (1 - e) / (1 + e) : (e - 1) / (1 + e);
}

void
plain_circle(double turns, double *cosine, double *sine)
{
	double		quarter;
	double		x;
	double		z;
	double		c;
	double		s;

	turns -= floor(turns);
	quarter = floor(turns * 4 + 0.5);
	x = (turns - quarter / 4) * (2 * M_PI); /* within pi / 4 */
	z = x * x;
	c = 1 - z / 2 * (1 - z / 12 * (1 - z / 30 * (1 - z / 56 * (1 - z / 90 *
		(1 - z / 132 * (1 - z / 182 * (1 - z / 240)))))));
	s = x * (1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 * (1 - z / 110 *
		(1 - z / 156 * (1 - z / 210 * (1 - z / 272))))))));
	switch ((int) quarter % 4)
	{
		case 0:
			*cosine = c;
			*sine = s;
			break;
		case 1:
			*cosine = -s;
			*sine = c;
			break;
		case 2:
			*cosine = -c;
			*sine = -s;
			break;
		default:
			*cosine = s;
			*sine = -c;
	}
}
