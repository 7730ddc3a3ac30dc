/*
 * coloring.c
 *		From the values of a grid to the colours of pixels.
 *
 * A density is known at the cells' centres and smooth between them (its kernel
 * spans several cells), so it is interpolated by cubics through the values
 * (Catmull and Rom 1974), kept within the values around.
 */
#include "draw/coloring.h"

#include <math.h>

#include "arguments.h"

/* ----------
 * Colours
 * ----------
 */

typedef struct Palette
{
	const char *name;
	int			stops;
	uint32		rgb[17];
} Palette;

/*
 * risk: blue and green low, orange and red high.  viridis and magma (Smith and
 * van der Walt 2015) by seventeen and ten of their colours.
 */
static const Palette palettes[] = {
	{"risk", 8, {0x3b7fc4, 0x35a3a5, 0x4fb878, 0x9ccb5a, 0xf2d24b, 0xf59b35, 0xe4572e, 0xb3122a}},
	{"viridis", 9, {0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962,
	0xaddc30, 0xfde725}},
	{"magma", 10, {0x000004, 0x180f3d, 0x440f76, 0x721f81, 0x9e2f7f, 0xcd4071, 0xf1605d,
	0xfd9668, 0xfeca8d, 0xfcfdbf}}
};

static const Palette *
find_palette(const char *name)
{
	const char *names[lengthof(palettes)];
	const char *nearest;

	for (int i = 0; i < lengthof(palettes); i++)
	{
		if (strcmp(palettes[i].name, name) == 0)
			return &palettes[i];
		names[i] = palettes[i].name;
	}
	nearest = nearest_name(name, names, lengthof(palettes));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no palette \"%s\"", name),
			 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("The palettes are: risk, viridis, magma.")));
}

/* One channel of the colour at t from 0 to 1. */
static double
channel(const Palette *palette, double t, int shift)
{
	double		at = t * (palette->stops - 1);
	int			i = Min((int) at, palette->stops - 2);
	double		low = (palette->rgb[i] >> shift) & 0xff;
	double		high = (palette->rgb[i + 1] >> shift) & 0xff;

	return low + (high - low) * (at - i);
}

/* Shades fade in from nothing, so that the map stands free. */
static void
make_shades(Coloring *coloring, const Palette *palette)
{
	for (int i = 0; i < COLORING_SHADES; i++)
	{
		double		t = (double) i / (COLORING_SHADES - 1);
		double		fade = Min(t / 0.10, 1);
		double		alpha = 0.94 * fade * fade * (3 - 2 * fade);
		uint32		argb = (uint32) lround(alpha * 255) << 24;

		for (int shift = 0; shift <= 16; shift += 8)
			argb |= (uint32) lround(alpha * channel(palette, t, shift)) << shift;
		coloring->shade[i] = argb;
	}
}

double
coloring_position(const Coloring *coloring, double value)
{
	double		t = value / coloring->high;

	if (!(t > 0))
		return 0;
	if (coloring->root)
		t = sqrt(t);
	return Min(t, 1);
}

uint32
coloring_pixel(const Coloring *coloring, double value)
{
	return coloring->shade[(int) (coloring_position(coloring, value) * (COLORING_SHADES - 1) + 0.5)];
}

/* By whether the scale is the square root. */
static const char *const scales[] = {"linear", "sqrt"};

bool
coloring_scale_arg(FunctionCallInfo fcinfo, int argno)
{
	return arg_choice(fcinfo, argno, "scale", scales, lengthof(scales)) == 1;
}

double
coloring_check_high(double high)
{
	if (!(high > 0 && isfinite(high)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"high\" must be above 0, not %g", high),
				 errhint("It is the value that the last colour stands for; leave it out for the largest of the grid.")));
	return high;
}

Coloring *
coloring_create(const char *palette, const Grid *grid, double high, bool root)
{
	Coloring   *coloring = palloc0(sizeof(Coloring));
	int64		cells = shape_cells(&grid->shape);
	double		max = 0;

	make_shades(coloring, find_palette(palette));
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (grid->value[i] > max)
			max = grid->value[i];
	}
	coloring->high = high > 0 ? high : max > 0 ? max : 1;
	coloring->root = root;
	coloring->cut = max > coloring->high;
	return coloring;
}

/* ----------
 * Values between cells
 * ----------
 */

bool
grid_is_smooth(const Grid *grid)
{
	return grid->kernel != KDE_NONE && grid->bandwidth >= grid->shape.cell_size;
}

double
sample_cell(const Grid *grid, int column, int row)
{
	double		value;

	column = Min(Max(column, 0), grid->shape.columns - 1);
	row = Min(Max(row, 0), grid->shape.rows - 1);
	value = grid->value[(Size) row * grid->shape.columns + column];
	return isnan(value) ? 0 : value;
}

/* The weights of the four values around, t from the second to the third. */
static void
cubic_weights(double t, double w[4])
{
	w[0] = t * (-0.5 + t * (1 - 0.5 * t));
	w[1] = 1 + t * t * (-2.5 + 1.5 * t);
	w[2] = t * (0.5 + t * (2 - 1.5 * t));
	w[3] = t * t * (-0.5 + 0.5 * t);
}

double
sample_smooth(const Grid *grid, double x, double y)
{
	int			column = crimeml_int_within(floor(x - 0.5), -1, grid->shape.columns);
	int			row = crimeml_int_within(floor(y - 0.5), -1, grid->shape.rows);
	double		wx[4];
	double		wy[4];
	double		sum = 0;
	double		low = INFINITY;
	double		high = -INFINITY;

	cubic_weights(x - 0.5 - column, wx);
	cubic_weights(y - 0.5 - row, wy);
	for (int j = 0; j < 4; j++)
	{
		for (int i = 0; i < 4; i++)
		{
			double		value = sample_cell(grid, column - 1 + i, row - 1 + j);

			sum += wx[i] * wy[j] * value;
			low = Min(low, value);
			high = Max(high, value);
		}
	}
	return Min(Max(sum, low), high);
}

double
sample_mean(const Grid *grid, double x1, double y1, double x2, double y2)
{
	int			columns = grid->shape.columns;
	int			rows = grid->shape.rows;
	int			first = crimeml_int_within(floor(x1), 0, columns);
	int			end = crimeml_int_within(ceil(x2), 0, columns);
	int			first_row = crimeml_int_within(floor(y1), 0, rows);
	int			end_row = crimeml_int_within(ceil(y2), 0, rows);
	double		sum = 0;
	double		area = 0;

	for (int r = first_row; r < end_row; r++)
	{
		double		height = Min(y2, r + 1) - Max(y1, r);

		CHECK_FOR_INTERRUPTS();
		for (int c = first; c < end; c++)
		{
			double		share;

			if ((c & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			share = height * (Min(x2, c + 1) - Max(x1, c));
			sum += share * sample_cell(grid, c, r);
			area += share;
		}
	}
	return area > 0 ? sum / area : 0;
}
