/*
 * bandwidth_rules.h
 *		Rules for the bandwidth of a density, from the points alone.
 *
 *		scott		sd n^(-1/6) on each axis (Scott 1992)
 *		nrd			4 * 1.06 min(sd, IQR / 1.34) n^(-1/5) on each axis (Venables and
 *					Ripley 2002, as MASS::bandwidth.nrd has it: four sigmas)
 *		likelihood	the sigma of the gaussian under which each point is the
 *					likeliest, given all others (Habbema 1974, Duin 1976)
 *		lscv		the sigma with the least integrated squared error, estimated
 *					by leaving out each point (Rudemo 1982, Bowman 1984)
 *		diggle		the sigma with the least mean square error for a Cox
 *					process (Diggle 1985; Berman and Diggle 1989), from Ripley's K
 *					with translation correction in the points' box
 *
 * Places hold points together with their number as weight.
 */
#ifndef CRIMEML_GRID_BANDWIDTH_RULES_H
#define CRIMEML_GRID_BANDWIDTH_RULES_H

#include "grid/places.h"

/* What the cross-validations can do in a few minutes. */
#define BANDWIDTH_MAX_PLACES 100000

/* Both for at least two places. */
extern void bandwidth_rule_scott(const Place *place, uint32 n, double *x, double *y);

/* flat: half the points or more share a coordinate, so that sd was taken alone. */
extern void bandwidth_rule_nrd(const Place *place, uint32 n, double *x, double *y, bool *flat);

/*
 * Cross-validation: sigma is searched from scott / 1024 to twice the larger of
 * scott's two axes, scott being their geometric mean.  Where
 * points on one spot pull it to the lower end, it is searched again without
 * pairs on one spot, and "collapsed" is set.  The likelihood is exact: places
 * far from all others see their nearest ones, however small the gaussian there.
 */
extern double bandwidth_rule_cross_validate(const Place *place, uint32 n, bool likelihood,
											double scott_x, double scott_y, bool *collapsed);

extern double bandwidth_rule_diggle(const Place *place, uint32 n);

#endif							/* CRIMEML_GRID_BANDWIDTH_RULES_H */
