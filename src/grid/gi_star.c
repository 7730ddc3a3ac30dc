/*
 * gi_star.c
 *		Getis and Ord's Gi* for every cell of a grid.
 *
 * The cells near a cell are a stack of horizontal runs.  Sums over runs come
 * from running sums of each row, so that a cell costs one step for each row
 * within the distance, not one for each neighbour.  What is summed is the
 * difference from the mean: that is the numerator, without cancellation.
 */
#include "grid/gi_star.h"

#include <math.h>

/* So many columns are worked on between two looks for interrupts. */
#define STRIDE 65536

/*
 * What the values are multiplied by, so that no square runs over or is lost: a
 * power of two, which changes no digit, and which z does not depend on.
 */
static double
unit_of(const double *value, int64 cells)
{
	double		size = 0;
	int			exponent;

	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (fabs(value[i]) > size)
			size = fabs(value[i]);
	}
	(void) frexp(size, &exponent);
	return abs(exponent) <= 200 ? 1 : ldexp(1, -Max(exponent, -1000));
}

/* The mean and variance (by n) of the cells that have data, in the unit. */
static int64
moments(const double *value, int64 cells, double unit, double *mean, double *variance)
{
	int64		n = 0;
	double		sum = 0;
	double		residue = 0;
	double		squares = 0;
	double		min = INFINITY;
	double		max = -INFINITY;

	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(value[i]))
			continue;
		n++;
		sum += value[i] * unit;
		min = Min(min, value[i]);
		max = Max(max, value[i]);
	}
	*mean = n > 0 ? sum / n : 0;
	*variance = 0;
	/* the mean of equal values may be off by a bit, which is no variance */
	if (!(min < max))
		return n;
	for (int64 i = 0; i < cells; i++)
	{
		double		d = value[i] * unit - *mean;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(d))
			continue;
		residue += d;
		squares += d * d;
	}
	*mean += residue / n;
	*variance = (squares - residue * residue / n) / n;
	return n;
}

/* The largest w, up to "most", with w^2 <= square. */
static int
root_below(double square, int most)
{
	double		w = floor(sqrt(square));

	if (w >= most)
		return most;
	while ((w + 1) * (w + 1) <= square)
		w++;
	while (w * w > square)
		w--;
	return (int) w;
}

/*
 * Add the sums over columns c - w .. c + w of one row, for all c from "from" to
 * before "end".  The running sums have one entry more than the row, and begin
 * with 0.
 */
static void
add_runs(const double *restrict running, const int32 *restrict have, int columns, int w,
		 int from, int end, double *restrict sum, int32 *restrict count)
{
	int			inner = Min(Max(columns - w - 1, from), end);

	/* up to the east end, which may be the row's; loops that vectorize */
	for (int c = from; c < inner; c++)
	{
		sum[c] += running[c + w + 1];
		count[c] += have[c + w + 1];
	}
	for (int c = inner; c < end; c++)
	{
		sum[c] += running[columns];
		count[c] += have[columns];
	}
	/* less what lies west of the west end */
	for (int c = Max(from, w); c < end; c++)
	{
		sum[c] -= running[c - w];
		count[c] -= have[c - w];
	}
}

void
gi_star(const GridShape *shape, const double *value, double near, double *z, double *p)
{
	int			columns = shape->columns;
	int			rows = shape->rows;
	int64		cells = shape_cells(shape);
	Size		stride = columns + 1;
	int			reach = root_below(near, rows - 1);
	double	   *running;
	int32	   *have;
	double	   *sum = crimeml_array(double, columns);
	int32	   *count = crimeml_array(int32, columns);
	int		   *width = crimeml_array(int, reach + 1);
	double		unit = unit_of(value, cells);
	double		mean;
	double		variance;
	double		n;
	Progress	progress;

	n = moments(value, cells, unit, &mean, &variance);
	running = crimeml_array(double, mul_size(stride, rows));
	have = crimeml_array(int32, mul_size(stride, rows));
	for (int r = 0; r < rows; r++)
	{
		double	   *s = running + r * stride;
		int32	   *h = have + r * stride;

		for (int c = 0; c < columns; c++)
		{
			double		d;

			if (c % STRIDE == 0)
				CHECK_FOR_INTERRUPTS();
			d = value[(Size) r * columns + c] * unit - mean;
			s[c + 1] = s[c] + (isnan(d) ? 0 : d);
			h[c + 1] = h[c] + !isnan(d);
		}
	}
	for (int dy = 0; dy <= reach; dy++)
		width[dy] = root_below(near - (double) dy * dy, columns);

	progress_start(&progress, "Gi*", rows);
	for (int r = 0; r < rows; r++)
	{
		double	   *z_row = z + (Size) r * columns;

		progress_step(&progress, r);
		memset(sum, 0, columns * sizeof(double));
		memset(count, 0, columns * sizeof(int32));
		for (int other = Max(r - reach, 0); other <= Min(r + reach, rows - 1); other++)
		{
			for (int from = 0; from < columns; from += STRIDE)
			{
				CHECK_FOR_INTERRUPTS();
				add_runs(running + other * stride, have + other * stride, columns,
						 width[abs(other - r)], from, Min(from + STRIDE, columns), sum, count);
			}
		}
		for (int c = 0; c < columns; c++)
		{
			double		w = count[c];

			if (c % STRIDE == 0)
				CHECK_FOR_INTERRUPTS();
			if (isnan(value[(Size) r * columns + c]) || w >= n || !(variance > 0))
				z_row[c] = NAN;
			else
				z_row[c] = sum[c] / sqrt(variance * (n * w - w * w) / (n - 1));
			p[(Size) r * columns + c] = erfc(fabs(z_row[c]) / M_SQRT2);
		}
	}
	pfree(running);
	pfree(have);
	pfree(sum);
	pfree(count);
	pfree(width);
}
