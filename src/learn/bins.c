/*
 * bins.c
 *		Numbers as small integers: the bins that trees split between.
 */
#include "learn/bins.h"

#include <math.h>

#define DIGIT_BITS 11
#define DIGITS 6				/* of 11 bits: 64 and a little */
#define BUCKETS (1 << DIGIT_BITS)

/* Doubles as integers of the same order. */
static inline uint64
sortable(double value)
{
	uint64		bits;

	value += 0.0;				/* -0.0 and 0.0 are one value */
	memcpy(&bits, &value, sizeof(bits));
	return bits ^ ((uint64) ((int64) bits >> 63) | UINT64CONST(0x8000000000000000));
}

static inline double
unsortable(uint64 bits)
{
	double		value;

	bits ^= (bits >> 63) ? UINT64CONST(0x8000000000000000) : ~UINT64CONST(0);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/*
 * Sort keys with the positions they stand for, by radix; digits in which all
 * keys agree (most of them, for small integers) cost nothing.  key[1] and
 * position[1] are scratch.  Returns which of the two arrays holds the result.
 */
static int
sort_keys(uint64 *key[2], uint32 *position[2], int64 n)
{
	int64	  (*count)[BUCKETS] = palloc0(sizeof(int64[DIGITS][BUCKETS]));
	int			from = 0;

	for (int64 i = 0; i < n; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		for (int d = 0; d < DIGITS; d++)
			count[d][(key[0][i] >> (d * DIGIT_BITS)) & (BUCKETS - 1)]++;
	}

	for (int d = 0; d < DIGITS; d++)
	{
		int			shift = d * DIGIT_BITS;
		int64		start = 0;
		int			to = 1 - from;

		if (count[d][(key[from][0] >> shift) & (BUCKETS - 1)] == n)
			continue;
		for (int b = 0; b < BUCKETS; b++)
		{
			int64		c = count[d][b];

			count[d][b] = start;
			start += c;
		}
		for (int64 i = 0; i < n; i++)
		{
			uint64		k = key[from][i];
			int64		at = count[d][(k >> shift) & (BUCKETS - 1)]++;

			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			key[to][at] = k;
			position[to][at] = position[from][i];
		}
		from = to;
	}
	pfree(count);
	return from;
}

/* Half-way between two neighbours, and never the upper one. */
static double
cut_between(double a, double b)
{
	double		middle = a / 2 + b / 2;

	return middle < b && middle >= a ? middle : a;
}

static void
bins_make_number(const double *value, int64 rows, const uint32 *order,
				 int max_bins, FeatureBins *bins, uint16 *bin)
{
	uint64	   *key[2];
	uint32	   *position[2];
	int64		n = 0;
	int64		distinct = 0;
	int64		left;
	int			sorted;
	uint16		current = 1;

	for (int s = 0; s < 2; s++)
	{
		key[s] = crimeml_array(uint64, rows);
		position[s] = crimeml_array(uint32, rows);
	}
	for (int64 i = 0; i < rows; i++)
	{
		double		v = value[order[i]];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		bin[i] = 0;
		if (v == v)
		{
			key[0][n] = sortable(v);
			position[0][n++] = (uint32) i;
		}
	}
	sorted = n > 0 ? sort_keys(key, position, n) : 0;
	for (int64 i = 0; i < n; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		distinct += i == 0 || key[sorted][i] != key[sorted][i - 1];
	}

	bins->ncuts = 0;
	bins->cut = palloc(sizeof(double) * (Size) Max(1, Min(distinct, max_bins)));

	/*
	 * Walk the distinct values.  A bin is closed when it has its share of the
	 * rows that are left, or when the next value would carry it further past
	 * that share than it falls short of it now.
	 */
	left = n;
	for (int64 i = 0, in_bin = 0; i < n;)
	{
		int64		end = i + 1;
		int			bins_left = max_bins - bins->ncuts;

		CHECK_FOR_INTERRUPTS();
		while (end < n && key[sorted][end] == key[sorted][i])
			end++;
		if (in_bin > 0 && bins_left > 1)
		{
			double		share = (double) left / bins_left;

			if (distinct <= max_bins || in_bin >= share ||
				in_bin + (end - i) - share > share - in_bin)
			{
				bins->cut[bins->ncuts++] = cut_between(unsortable(key[sorted][i - 1]),
													   unsortable(key[sorted][i]));
				current++;
				left -= in_bin;
				in_bin = 0;
			}
		}
		in_bin += end - i;
		for (; i < end; i++)
			bin[position[sorted][i]] = current;
	}
	bins->nbins = bins->ncuts + 2;

	for (int s = 0; s < 2; s++)
	{
		pfree(key[s]);
		pfree(position[s]);
	}
}

void
bins_make(const LearnFeature *feature, int64 rows, const uint32 *order,
		  int max_bins, FeatureBins *bins, uint16 *bin)
{
	/* a category without a level is missing everywhere: a number as good */
	bins->is_category = feature->is_category && feature->levels > 0;
	if (feature->is_category && feature->levels == 0)
	{
		bins->ncuts = 0;
		bins->nbins = 2;
		bins->cut = NULL;
		memset(bin, 0, sizeof(uint16) * rows);
		return;
	}
	if (!bins->is_category)
	{
		bins_make_number(feature->number, rows, order, max_bins, bins, bin);
		return;
	}
	bins->nbins = feature->levels + 1;
	bins->ncuts = 0;
	bins->cut = NULL;
	for (int64 i = 0; i < rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		bin[i] = (uint16) (feature->code[order[i]] + 1);
	}
}

void
bins_write(const FeatureBins *bins, ByteWriter *w)
{
	if (bins->is_category)
		return;
	write_varint(w, bins->ncuts);
	for (int i = 0; i < bins->ncuts; i++)
		write_f64(w, bins->cut[i]);
}

void
bins_read(FeatureBins *bins, int32 levels, ByteReader *r)
{
	bins->is_category = levels > 0;
	bins->ncuts = 0;
	bins->cut = NULL;
	if (bins->is_category)
	{
		bins->nbins = levels + 1;
		return;
	}
	bins->ncuts = read_count(r, sizeof(double), BINS_MAX - 2);
	bins->nbins = bins->ncuts + 2;
	bins->cut = palloc(sizeof(double) * Max(bins->ncuts, 1));
	for (int i = 0; i < bins->ncuts; i++)
	{
		bins->cut[i] = read_f64(r);
		if (!isfinite(bins->cut[i]) || (i > 0 && bins->cut[i] <= bins->cut[i - 1]))
			reader_damaged(r, "the cuts of a feature are not ascending");
	}
}
