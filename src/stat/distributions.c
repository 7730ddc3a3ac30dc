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
normal_log_tail(double z)
{
	double		sum = 0;

	if (z <= NORMAL_TAIL)
		return plain_log(normal_tail(z));
	for (int i = TAIL_TERMS; i > 0; i--)
		sum = i / (z + sum);
	return -z * z / 2 - LOG_SQRT_2PI - plain_log(z + sum);
}

double
normal_cdf(double z)
{
	return z < 0 ? normal_tail(-z) : 1 - normal_tail(z);
}

/* A polynomial over another, both of degree 7. */
static double
ratio(const double *above, const double *under, double x)
{
	double		a = 0;
	double		u = 0;

	for (int i = 7; i >= 0; i--)
	{
		a = a * x + above[i];
		u = u * x + under[i];
	}
	return a / u;
}

/* Wichura's algorithm AS 241 (1988), right to some 16 places. */
double
normal_quantile(double probability)
{
	static const double middle[2][8] = {
		{3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
		45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727},
		{1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
		21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610}
	};
	static const double side[2][8] = {
		{1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
		1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4},
		{1, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
		0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9}
	};
	static const double tail[2][8] = {
		{6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
		0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
		{1, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}
	};
	double		q = probability - 0.5;
	double		p = Min(probability, 1 - probability);
	double		r;
	double		z;

	if (p <= 0)
		return probability <= 0 ? -INFINITY : INFINITY;
	if (fabs(q) <= 0.425)
		return q * ratio(middle[0], middle[1], 0.180625 - q * q);
	r = sqrt(-plain_log(p));
	z = r <= 5 ? ratio(side[0], side[1], r - 1.6) : ratio(tail[0], tail[1], r - 5);
	return q < 0 ? -z : z;
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
