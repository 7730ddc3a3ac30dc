/*
 * stl.h
 *		Trend and season of a series by loess (Cleveland and others 1990).
 */
#ifndef CRIMEML_STAT_STL_H
#define CRIMEML_STAT_STL_H

#include "crimeml.h"

/*
 * The decomposition value = season + trend + rest that R's stl() gives by its
 * defaults (not robust, 2 passes), for n above 2 m values without gaps; s_window is
 * odd, 7 or more.
 */
extern void stl_decompose(const double *value, int n, int m, int s_window,
						  double *season, double *trend);

#endif							/* CRIMEML_STAT_STL_H */
