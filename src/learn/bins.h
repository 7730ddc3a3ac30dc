/*
 * bins.h
 *		Numbers as small integers: the bins that trees split between.
 *
 * Bin 0 is "missing".  A number falls into bin 1 + (how many cuts are below
 * it); a category's bin is its code + 1.  Where a feature has at most
 * max_bins distinct values each has its own bin, and a cut lies half-way
 * between two neighbours, so that splits are exact; otherwise bins hold about
 * equally many rows (a value that alone fills one keeps it to itself).
 */
#ifndef CRIMEML_BINS_H
#define CRIMEML_BINS_H

#include "learn/learn.h"

#define BINS_MAX 65533			/* 65534, 65535 mean other things in tree nodes */

typedef struct FeatureBins
{
	int32		nbins;			/* with bin 0 */
	int32		ncuts;			/* nbins - 2, or 0; 0 for a category */
	bool		is_category;
	double	   *cut;			/* ascending; v <= cut[i] is bin i + 1 or lower */
} FeatureBins;

/*
 * Find the bins of a feature and the bin of each row; bin[i] is of the row at
 * canonical position i.  Cuts are allocated in CurrentMemoryContext.
 */
extern void bins_make(const LearnFeature *feature, int64 rows, const uint32 *order,
					  int max_bins, FeatureBins *bins, uint16 *bin);

extern void bins_write(const FeatureBins *bins, ByteWriter *w);
extern void bins_read(FeatureBins *bins, int32 levels, ByteReader *r);

/* The bin of a value (a category: of its code); NaN is 0. */
static inline uint16
bins_find(const FeatureBins *bins, double value)
{
	int			low = 0;
	int			high = bins->ncuts;

	if (value != value)
		return 0;
	if (bins->is_category)
		return (uint16) (value + 1);
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (value <= bins->cut[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return (uint16) (low + 1);
}

#endif							/* CRIMEML_BINS_H */
