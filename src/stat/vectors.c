/*
 * vectors.c
 *		Products and sums of arrays of numbers.
 */
#include "stat/vectors.h"

#define LANES 8

WIDE_LOOPS double
vector_product(const double *a, const double *b, int n)
{
	double		lane[LANES] = {0};
	double		sum = 0;
	int			i = 0;

	for (; i + LANES <= n; i += LANES)
		for (int k = 0; k < LANES; k++)
			lane[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		sum += a[i] * b[i];
	for (int k = 0; k < LANES; k++)
		sum += lane[k];
	return sum;
}

WIDE_LOOPS void
vector_add(double *a, const double *b, double times, int n)
{
	for (int i = 0; i < n; i++)
		a[i] += times * b[i];
}
