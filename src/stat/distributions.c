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

/* Means of counts that are drawn by inversion, and where what rounding left ends. */
#define POISSON_INVERTED 60
#define INVERTED_FARTHEST 10000

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
	if (y == 0)
		return isinf(size) ? -mean : -size * plain_log(1 + mean / size);
	if (isinf(size))
		return y * plain_log(mean) - mean - plain_log_gamma(y + 1);
	return plain_log_gamma(y + size) - plain_log_gamma(size) - plain_log_gamma(y + 1) +
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
static double
random_poisson(Random *random, double mean)
{
	if (mean > POISSON_INVERTED)
	{
		double		z = random_plain_normal(random);

		return floor(Max(mean + sqrt(mean) * z + (z * z - 1) / 6 + 0.5, 0));
	}
	return random_count(random, mean, INFINITY);
}

/* By inversion where that is short. */
double
random_count(Random *random, double mean, double size)
{
	bool		poisson = isinf(size);
	double		ratio;
	double		p;
	double		u;
	double		y = 0;

	if (mean > POISSON_INVERTED)
		return random_poisson(random, poisson ? mean : mean * random_gamma(random, size) / size);
	ratio = poisson ? mean : mean / (size + mean);
	p = poisson ? plain_exp(-mean) : plain_exp(-size * plain_log(1 + mean / size));
	u = random_uniform(random);
	while (u >= p && y < INVERTED_FARTHEST)
	{
		u -= p;
		p *= (poisson ? ratio : ratio * (size + y)) / (y + 1);
		y++;
	}
	return y;
}
