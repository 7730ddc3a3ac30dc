/*
 * bandwidth.h
 *		What is chosen from the points when it is not given: rules for the
 *		bandwidth of a density, and the extent of its grid.
 */
#ifndef CRIMEML_GRID_BANDWIDTH_H
#define CRIMEML_GRID_BANDWIDTH_H

#include "grid/places.h"
#include "grid/shape.h"

/*
 * The sigma of Scott's rule in two dimensions, one for both axes:
 * sqrt(sd_x sd_y) n^(-1/6) (Scott 1992; bw.scott.iso of spatstat), n being the
 * number of rows.  Rows that are weighted count as (sum w)^2 / sum w^2 of
 * them; rows_per_weight is (sum w) / (sum w^2) over the rows, 1 without
 * weights.  It is made of standard deviations, so that repeated points cannot
 * make it collapse; where all points lie on a line along an axis the other
 * axis counts alone.  Zero when they lie on one spot.
 */
extern double bandwidth_scott(const Place *place, uint32 n, double rows_per_weight);

/*
 * The box of n places (at least one), and the box of their core: from the
 * first to the last hundredth of the weight on each axis.
 */
extern void places_extent(const Place *place, uint32 n, GridBox *all, GridBox *core);

#endif							/* CRIMEML_GRID_BANDWIDTH_H */
