/*
 * plain_math.c
 *		Elementary functions that give the same bits on every machine.
 */
#include "stat/plain_math.h"

#include <math.h>

#define LARGE_ARGUMENT 12		/* of the asymptotic series of the gamma function */

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
	sum = 1.0 / 23;
	for (int k = 21; k >= 3; k -= 2)
		sum = sum * z + 1.0 / k;
	return exponent * PLAIN_LN2_HIGH + (exponent * PLAIN_LN2_LOW + (2 * s + 2 * s * z * sum));
}

/* Taylor's series within an eighth of the circle. */
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
	x = (turns - quarter / 4) * (2 * M_PI);
	z = x * x;
	c = 1 - z / 2 * (1 - z / 12 * (1 - z / 30 * (1 - z / 56 *
		(1 - z / 90 * (1 - z / 132 * (1 - z / 182 * (1 - z / 240)))))));
	s = x * (1 - z / 6 * (1 - z / 20 * (1 - z / 42 * (1 - z / 72 *
		(1 - z / 110 * (1 - z / 156 * (1 - z / 210 * (1 - z / 272))))))));
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

/* Stirling's series, after steps up to where it is good. */
double
plain_log_gamma(double x)
{
	double		product = 1;
	double		z;

	while (x < LARGE_ARGUMENT)
		product *= x++;
	z = 1 / (x * x);
	return (x - 0.5) * plain_log(x) - x + 0.91893853320467274178 +
		(1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 -
		z * 691.0 / 360360))))) / x - plain_log(product);
}

double
plain_digamma(double x)
{
	double		sum = 0;
	double		z;

	while (x < LARGE_ARGUMENT)
		sum += 1 / x++;
	z = 1 / (x * x);
	return plain_log(x) - 0.5 / x -
		z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 -
		z * 691.0 / 32760))))) - sum;
}

double
plain_trigamma(double x)
{
	double		sum = 0;
	double		z;

	for (; x < LARGE_ARGUMENT; x++)
		sum += 1 / (x * x);
	z = 1 / (x * x);
	return sum + 1 / x + z / 2 +
		z / x * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66 -
		z * 691.0 / 2730)))));
}
