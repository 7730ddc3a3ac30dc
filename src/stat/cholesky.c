/*
 * cholesky.c
 *		Symmetric positive matrices: a few rows, in place.
 */
#include "stat/cholesky.h"

#include <math.h>

bool
cholesky_factor(double *a, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			double		left = a[i * n + j];

			for (int k = 0; k < j; k++)
				left -= a[i * n + k] * a[j * n + k];
			if (j < i)
				a[i * n + j] = left / a[j * n + j];
			else if (left > 0)
				a[i * n + i] = sqrt(left);
			else
				return false;
		}
	return true;
}

void
cholesky_solve(const double *lower, int n, double *x)
{
	for (int i = 0; i < n; i++)
	{
		for (int k = 0; k < i; k++)
			x[i] -= lower[i * n + k] * x[k];
		x[i] /= lower[i * n + i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < n; k++)
			x[i] -= lower[k * n + i] * x[k];
		x[i] /= lower[i * n + i];
	}
}
