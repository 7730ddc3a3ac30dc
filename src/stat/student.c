/*
 * student.c
 *		Tails of Student's t and of F.
 *
 * Both are incomplete beta functions.  Their continued fraction (Didonato and
 * Morris 1992) converges where x is below the mean of the distribution; above it
 * the other tail is taken.
 */
#include "stat/student.h"

#include <float.h>
#include <math.h>

#include "stat/distributions.h"
#include "stat/plain_math.h"

#define FRACTION_TERMS 200000
#define LARGE_SHAPE 12.0		/* where Stirling's series is good */

/* log(1 + x) of x above -1 */
static double
log_one_plus(double x)
{
	double		s;
	double		z;
	double		sum = 0;

	if (fabs(x) > 0.25)
		return plain_log(1 + x);
	s = x / (2 + x);
	z = s * s;
	for (int k = 19; k >= 3; k -= 2)
		sum = sum * z + 1.0 / k;
	return 2 * s + 2 * s * z * sum;
}

/* What Stirling's formula lacks of log gamma(x), x at least LARGE_SHAPE. */
static double
stirling_rest(double x)
{
	double		z = 1 / (x * x);

	return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 -
		z * 691.0 / 360360))))) / x;
}

/* The logarithm of the beta function, without taking large numbers from each other. */
static double
log_beta(double a, double b)
{
	double		large = Max(a, b);
	double		small = Min(a, b);

	if (large < LARGE_SHAPE)
		return plain_log_gamma(a) + plain_log_gamma(b) - plain_log_gamma(a + b);
	return plain_log_gamma(small) - (large - 0.5) * log_one_plus(small / large) -
		small * plain_log(large + small) + small +
		stirling_rest(large) - stirling_rest(large + small);
}

/* The continued fraction of the incomplete beta function (Lentz's method). */
static double
beta_fraction(double x, double a, double b)
{
	double		c = 1;
	double		d = 1 / (1 - (a + b) * x / (a + 1));
	double		product = d;

	for (int m = 1; m < FRACTION_TERMS; m++)
	{
		double		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double		factor;

		d = 1 / (1 + even * d);
		c = 1 + even / c;
		product *= d * c;
		d = 1 / (1 + odd * d);
		c = 1 + odd / c;
		factor = d * c;
		product *= factor;
		if (fabs(factor - 1) < 1e-16)
			break;
	}
	return product;
}

/*
 * log of the incomplete beta function at x = 1 / (1 + odds), odds above 0; that of
 * 1 - x is 1 / (1 + 1 / odds).
 */
static double
log_incomplete_beta(double odds, double a, double b)
{
	double		x = 1 / (1 + odds);
	double		y = 1 / (1 + 1 / odds);
	double		log_x = odds < 1 ? -log_one_plus(odds) : plain_log(x);
	double		log_y = odds > 1 ? -log_one_plus(1 / odds) : plain_log(y);
	double		front = a * log_x + b * log_y - log_beta(a, b);

	if (x < (a + 1) / (a + b + 2))
		return front - plain_log(a) + plain_log(beta_fraction(x, a, b));
	return log_one_plus(-plain_exp(front - plain_log(b) + plain_log(beta_fraction(y, b, a))));
}

double
student_log_tails(double t, double df)
{
	double		odds;

	if (isinf(df))
		return Min(0, M_LN2 + normal_log_tail(fabs(t)));
	odds = t / df * t;
	if (odds < DBL_MIN)
		return 0;
	if (odds > DBL_MAX / 4)
		return -INFINITY;
	return Min(0, log_incomplete_beta(odds, df / 2, 0.5));
}

/* Newton's method on the logarithm of the tails, from the normal distribution's limit. */
double
student_limit(double share, double df)
{
	double		t = -normal_quantile(share / 2);
	double		wanted = plain_log(share);

	if (isinf(df))
		return t;
	for (int i = 0; i < 200; i++)
	{
		double		tails = student_log_tails(t, df);
		double		density = M_LN2 - (df + 1) / 2 * log_one_plus(t / df * t) -
			log_beta(df / 2, 0.5) - plain_log(df) / 2;
		double		step = (tails - wanted) / plain_exp(density - tails);

		t += step;
		if (fabs(step) < 1e-14 * t)
			break;
	}
	return t;
}

double
f_log_tail(double f, double df1, double df2)
{
	double		odds = f * (df1 / df2);

	if (odds < DBL_MIN)
		return 0;
	if (odds > DBL_MAX / 4)
		return -INFINITY;
	return Min(0, log_incomplete_beta(odds, df2 / 2, df1 / 2));
}

double
tail_of_log(double log_tail)
{
	/* below -700 plain_exp() stays where it is; denormals come in two steps */
	if (log_tail > -700)
		return plain_exp(log_tail);
	return log_tail > -745 ? plain_exp(log_tail + 100) * plain_exp(-100) : 0;
}
