/*
 * distributions.c
 *		Distributions, by arithmetic that gives the same bits on every machine.
 */
#include "stat/distributions.h"

#include <math.h>

#include "stat/plain_math.h"

#define LOG_SQRT_2PI 0.91893853320467274178

/* Beyond it the tail comes from its continued fraction. */
#define NORMAL_TAIL 3.0
#define TAIL_TERMS 120

/* Means of Poisson draws that are inverted, and where what rounding left ends. */
#define POISSON_INVERTED 60
#define POISSON_FARTHEST 400

/* Stirling's series, from 10 on */
double
log_gamma(double x)
{
	double		product = 1;
	double		z;

	while (x < 10)
		product *= x++;
	z = 1 / (x * x);
	z = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 -
		z * (691.0 / 360360 - z / 156)))))) / x;
	return (x - 0.5) * plain_log(x) - x + LOG_SQRT_2PI + z - plain_log(product);
}

static double
normal_density(double z)
{
	return plain_exp(-z * z / 2 - LOG_SQRT_2PI);
}

/* P(Z > z), z >= 0 */
static double
normal_tail(double z)
{
	double		sum = 0;

	if (z > NORMAL_TAIL)
	{
		for (int i = TAIL_TERMS; i > 0; i--)
			sum = i / (z + sum);
		return normal_density(z) / (z + sum);
	}
	/* z + z^3 / 3 + z^5 / 15 + ..: all above 0 */
	for (double term = z, i = 3; term > sum * 1e-17; i += 2)
	{
		sum += term;
		term *= z * z / i;
	}
	return 0.5 - normal_density(z) * sum;
}

double
normal_cdf(double z)
{
	return z < 0 ? normal_tail(-z) : 1 - normal_tail(z);
}

/* Newton's steps with Halley's correction, from Hastings' approximation of 1955 */
double
normal_quantile(double probability)
{
	double		p = Min(probability, 1 - probability);
	double		t;
	double		z;

	if (p <= 0)
		return probability <= 0 ? -INFINITY : INFINITY;
	t = sqrt(-2 * plain_log(p));
	z = t - (2.30753 + 0.27061 * t) / (1 + t * (0.99229 + 0.04481 * t));
	z = Max(z, 0);
	for (int i = 0; i < 4; i++)
	{
		double		step = (normal_tail(z) - p) / normal_density(z);

		z += step / (1 - z * step / 2);
	}
	return probability < 0.5 ? -z : z;
}

double
count_log_probability(double y, double mean, double size)
{
	double		log_mean = plain_log(mean);

	if (isinf(size))
		return y * log_mean - mean - log_gamma(y + 1);
	return log_gamma(y + size) - log_gamma(size) - log_gamma(y + 1) +
		size * plain_log(size / (size + mean)) + y * plain_log(mean / (size + mean));
}

double
random_plain_normal(Random *random)
{
	double		u,
				v,
				s;

	do
	{
		u = 2 * random_uniform(random) - 1;
		v = 2 * random_uniform(random) - 1;
		s = u * u + v * v;
	} while (s >= 1 || s == 0);
	return u * sqrt(-2 * plain_log(s) / s);
}

double
random_gamma(Random *random, double shape)
{
	double		d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
	double		c = 1 / sqrt(9 * d);

	for (;;)
	{
		double		z = random_plain_normal(random);
		double		v = 1 + c * z;
		double		u;

		if (v <= 0)
			continue;
		v = v * v * v;
		u = 1 - random_uniform(random);
		if (u < 1 - 0.0331 * (z * z) * (z * z) ||
			plain_log(u) < z * z / 2 + d * (1 - v + plain_log(v)))
		{
			/* below 1: of shape + 1, times a power of a uniform number */
			if (shape < 1)
				return d * v * plain_exp(plain_log(1 - random_uniform(random)) / shape);
			return d * v;
		}
	}
}

/* By inversion where that is short, above by Cornish and Fisher's expansion (1937). */
double
random_poisson(Random *random, double mean)
{
	double		p;
	double		u;
	double		y = 0;

	if (mean > POISSON_INVERTED)
	{
		double		z = random_plain_normal(random);

		return floor(Max(mean + sqrt(mean) * z + (z * z - 1) / 6 + 0.5, 0));
	}
	p = plain_exp(-mean);
	u = random_uniform(random);
	while (u >= p && y < POISSON_FARTHEST)
	{
		u -= p;
		y++;
		p *= mean / y;
	}
	return y;
}
