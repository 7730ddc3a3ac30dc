/*
 * fdr.h
 *		Many tests at once: the false discovery rate.
 */
#ifndef CRIMEML_STAT_FDR_H
#define CRIMEML_STAT_FDR_H

#include "crimeml.h"

/*
 * Turn p values into those of Benjamini and Hochberg (1995), which bound the
 * false discovery rate; NaN takes no part and stays.
 */
extern void fdr_adjust(double *p, int64 n);

#endif							/* CRIMEML_STAT_FDR_H */
