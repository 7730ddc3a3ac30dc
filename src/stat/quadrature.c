/*
 * quadrature.c
 *		Integrals as weighted sums.
 */
#include "stat/quadrature.h"

#include <math.h>

/* The Legendre polynomial of degree n at x, and its derivative. */
static double
legendre(int n, double x, double *derivative)
{
	double		before = 1;
	double		value = x;

	for (int k = 2; k <= n; k++)
	{
		double		next = ((2 * k - 1) * x * value - (k - 1) * before) / k;

		before = value;
		value = next;
	}
	*derivative = n * (before - x * value) / ((1 - x) * (1 + x));
	return value;
}

/* The roots by Newton's method, from a first guess that is near enough. */
void
gauss_legendre(int n, double *point, double *weight)
{
	for (int i = 0; i < (n + 1) / 2; i++)
	{
		double		x = cos(M_PI * (i + 0.75) / (n + 0.5));
		double		derivative;
		double		step;
		int			steps = 0;

		CHECK_FOR_INTERRUPTS();
		if (i == n / 2)
			x = 0;				/* the one in the middle of an odd number */
		do
		{
			step = legendre(n, x, &derivative) / derivative;
			x -= step;
		} while (fabs(step) > 1e-15 && ++steps < 100);
		(void) legendre(n, x, &derivative);
		point[i] = (1 - x) / 2;
		point[n - 1 - i] = (1 + x) / 2;
		weight[i] = weight[n - 1 - i] = 1 / ((1 - x) * (1 + x) * derivative * derivative);
	}
}
