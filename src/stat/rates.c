/*
 * rates.c
 *		Did a rate change?
 */
#include "stat/rates.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* Outcomes whose probabilities differ by rounding alone are equally likely. */
#define ROUNDING 1e-7

/* How many of the outcomes from .. to, ever less likely, are no likelier than "least"? */
static uint32
count_unlikely(uint32 from, uint32 to, int direction, double share, uint32 n, double least)
{
	uint32		low = 0;		/* steps from "from" that are likelier */
	uint32		high = direction > 0 ? to - from : from - to;

	if (gsl_ran_binomial_pdf(to, share, n) > least)
		return 0;
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (gsl_ran_binomial_pdf(direction > 0 ? from + middle : from - middle, share, n) <= least)
			high = middle;
		else
			low = middle + 1;
	}
	return (direction > 0 ? to - from : from - to) - low + 1;
}

double
rates_p(int32 a, int32 b, double share)
{
	uint32		n = (uint32) a + (uint32) b;
	double		expected = n * share;
	double		least = gsl_ran_binomial_pdf(a, share, n) * (1 + ROUNDING);
	uint32		others;
	double		p;

	if (a == expected)
		return 1;
	if (a < expected)
	{
		others = count_unlikely((uint32) ceil(expected), n, 1, share, n, least);
		p = gsl_cdf_binomial_P(a, share, n);
		if (others > 0)
			p += gsl_cdf_binomial_Q(n - others, share, n);
	}
	else
	{
		others = count_unlikely((uint32) floor(expected), 0, -1, share, n, least);
		p = gsl_cdf_binomial_Q(a - 1, share, n);
		if (others > 0)
			p += gsl_cdf_binomial_P(others - 1, share, n);
	}
	return Min(p, 1);
}
