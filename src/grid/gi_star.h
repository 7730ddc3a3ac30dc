/*
 * gi_star.h
 *		Getis and Ord's Gi* for every cell of a grid.
 *
 *		z_i = (sum_j x_j - W mean) / (S sqrt((n W - W^2) / (n - 1)))
 *
 * over the W cells j near cell i, itself among them; n, mean and S (by n, not
 * n - 1) are of all cells that have data (Ord and Getis 1995, as in localG of
 * spdep with binary weights and include.self).  p = 2 Phi(-|z|).
 */
#ifndef CRIMEML_GRID_GI_STAR_H
#define CRIMEML_GRID_GI_STAR_H

#include "grid/shape.h"

/* The eight cells around. */
#define GI_STAR_QUEEN 2

/*
 * z and p of each cell into arrays of the caller.  Cells are near when the
 * square of their offset, in cells, is at most "near"; whole numbers, so that
 * no rounding of distances can lose a neighbour.  A value of NaN is no data.
 * z and p are NaN where there is no data, where every cell is near, or where
 * all values are equal.
 */
extern void gi_star(const GridShape *shape, const double *value, double near,
							double *z, double *p);

#endif							/* CRIMEML_GRID_GI_STAR_H */
