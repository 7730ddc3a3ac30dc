/*
 * bandwidth.h
 *		What is chosen from the points when it is not given: rules for the
 *		bandwidth of a density, for the cells and the extent of its grid.
 */
#ifndef CRIMEML_GRID_BANDWIDTH_H
#define CRIMEML_GRID_BANDWIDTH_H

#include "grid/grid.h"

/*
 * The sigma of Scott's rule in two dimensions, one for both axes:
 * sqrt(sd_x sd_y) n^(-1/6) (Scott 1992; bw.scott.iso of spatstat), n being the
 * number of rows.  Rows that are weighted count as (sum w)^2 / sum w^2 of
 * them; rows_per_weight is (sum w) / (sum w^2) over the rows, 1 without
 * weights.  It is made of standard deviations, so that repeated points cannot
 * make it collapse.  Along a street the smaller one says nothing; it counts as a
 * tenth of the larger at least.  Zero when all points lie on one spot.
 */
extern double bandwidth_scott(const Place *place, uint32 n, double rows_per_weight);

/*
 * A cell size.  It is the short side of the points' box by 50, as sfhotspot
 * chooses it, but for three limits:
 *
 *		at most sigma, that of the gaussian which smooths as much as the kernel:
 *		the map shows what the kernel does
 *		at least sigma / 10: the short side of a street is next to nothing
 *		at least the long side of the bounds by 1000, the last word: the map is
 *		no larger than that
 *
 * Without a kernel sigma is 0, and the first two have no say.  From 100 on it is
 * floored to a multiple of 100.  Zero where the bounds are a point; *rule tells
 * what decided.
 */
extern double choose_cell_size(const GridBox *points, const GridBox *bounds, double sigma,
							   GridRule *rule);

/* The box of n places, at least one. */
extern GridBox places_box(const Place *place, uint32 n);

/*
 * The middle of the box that is left when the outer hundredths of the weight, on
 * each axis, are taken off.
 */
extern void places_middle(const Place *place, uint32 n, double *x, double *y);

#endif							/* CRIMEML_GRID_BANDWIDTH_H */
