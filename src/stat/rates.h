/*
 * rates.h
 *		Did a rate change?  Two counts compared.
 */
#ifndef CRIMEML_RATES_H
#define CRIMEML_RATES_H

#include "crimeml.h"

/*
 * Two-sided p of two Poisson counts under equal rates, the first taking "share"
 * (in (0, 1)) of the time of both: the exact conditional binomial test
 * (Przyborowski and Wilenski 1940), summing the outcomes that are no more
 * likely than the one seen, as poisson.test of R.  1 where both are 0.
 */
extern double rates_p(int32 a, int32 b, double share);

#endif							/* CRIMEML_RATES_H */
