/*
 * distributions.h
 *		Distributions, by arithmetic that gives the same bits on every machine.
 */
#ifndef CRIMEML_DISTRIBUTIONS_H
#define CRIMEML_DISTRIBUTIONS_H

#include "crimeml.h"

/* The standard normal distribution: P(Z <= z), and its inverse in (0, 1). */
extern double normal_cdf(double z);
extern double normal_quantile(double probability);

/* log P(Z > z), z at least 0 */
extern double normal_log_tail(double z);

/*
 * The logarithm of P(Y = y) of the negative binomial of that mean and size
 * (variance mean + mean^2 / size); INFINITY is Poisson.  The mean is above 0.
 */
extern double count_log_probability(double y, double mean, double size);

/* Draws.  Gamma of shape above 0 and scale 1: Marsaglia and Tsang (2000). */
extern double random_plain_normal(Random *random);
extern double random_gamma(Random *random, double shape);

/* Negative binomial of that mean and size; INFINITY is Poisson. */
extern double random_count(Random *random, double mean, double size);

#endif							/* CRIMEML_DISTRIBUTIONS_H */
