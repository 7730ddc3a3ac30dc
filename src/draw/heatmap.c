/*
 * heatmap.c
 *		heatmap_png: a grid as a picture with title, legend and scale bar.
 *
 * Counts are drawn as the cells that they are.  A density is known at the
 * cells' centres and smooth between them (its kernel spans several cells), so
 * it is interpolated by cubics through the values (Catmull and Rom 1974), kept
 * within the values around; where cells are smaller than pixels, pixels show
 * means.  The legend is drawn by the same function as the map.
 */
#include "draw/canvas.h"
#include "grid/grid.h"

#include <math.h>

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(heatmap_png);

#define MIN_WIDTH 100
#define MAX_WIDTH 8192

#define INK 0x24292f
#define FAINT_INK 0x6b737c
#define FRAME 0xc8cdd3
#define LAND 0xf6f7f8

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

#define SHADES 1024

/* How values become pixels. */
typedef struct Coloring
{
	double		high;			/* the value of the last shade */
	bool		root;			/* shades by the square root of the value */
	uint32		shade[SHADES];	/* premultiplied ARGB; the first is clear */
} Coloring;

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
	nearest = crimeml_nearest(name, names, lengthof(palettes));
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
	for (int i = 0; i < SHADES; i++)
	{
		double		t = (double) i / (SHADES - 1);
		double		fade = Min(t / 0.10, 1);
		double		alpha = 0.94 * fade * fade * (3 - 2 * fade);
		uint32		argb = (uint32) lround(alpha * 255) << 24;

		for (int shift = 0; shift <= 16; shift += 8)
			argb |= (uint32) lround(alpha * channel(palette, t, shift)) << shift;
		coloring->shade[i] = argb;
	}
}

/* Where a value stands in the legend, 0 to 1. */
static double
legend_position(const Coloring *coloring, double value)
{
	double		t = value / coloring->high;

	if (!(t > 0))
		return 0;
	if (coloring->root)
		t = sqrt(t);
	return Min(t, 1);
}

static uint32
pixel_of_value(const Coloring *coloring, double value)
{
	return coloring->shade[(int) (legend_position(coloring, value) * (SHADES - 1) + 0.5)];
}

/* ----------
 * The map
 * ----------
 */

/* A cell's value; cells beyond the edge are as the edge, no data is zero. */
static inline double
value_at(const Grid *grid, int column, int row)
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

/* The smooth value at x, y in cells from the south-west corner. */
static double
interpolate(const Grid *grid, double x, double y)
{
	int			column = (int) floor(x - 0.5);
	int			row = (int) floor(y - 0.5);
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
			double		value = value_at(grid, column - 1 + i, row - 1 + j);

			sum += wx[i] * wy[j] * value;
			low = Min(low, value);
			high = Max(high, value);
		}
	}
	return Min(Max(sum, low), high);
}

/* The mean of the cells of a box, in cells. */
static double
box_mean(const Grid *grid, double x1, double y1, double x2, double y2)
{
	int			first = Max((int) floor(x1), 0);
	int			last = Min((int) ceil(x2), grid->shape.columns) - 1;
	int			first_row = Max((int) floor(y1), 0);
	int			last_row = Min((int) ceil(y2), grid->shape.rows) - 1;
	double		sum = 0;
	double		area = 0;

	for (int r = first_row; r <= last_row; r++)
	{
		double		height = Min(y2, r + 1) - Max(y1, r);

		for (int c = first; c <= last; c++)
		{
			double		share = height * (Min(x2, c + 1) - Max(x1, c));

			sum += share * value_at(grid, c, r);
			area += share;
		}
	}
	return area > 0 ? sum / area : 0;
}

/* The cells as width x height pixels. */
static uint32 *
draw_cells(const Grid *grid, const Coloring *coloring, int width, int height, bool smooth)
{
	uint32	   *pixel = crimeml_array(uint32, mul_size(width, height));
	double		across = (double) grid->shape.columns / width;
	double		up = (double) grid->shape.rows / height;

	for (int py = 0; py < height; py++)
	{
		double		y = (height - 1 - py) * up;

		CHECK_FOR_INTERRUPTS();
		for (int px = 0; px < width; px++)
		{
			double		x = px * across;
			double		value;

			if (across > 1)
				value = box_mean(grid, x, y, x + across, y + up);
			else if (smooth)
				value = interpolate(grid, x + across / 2, y + up / 2);
			else
				value = value_at(grid, (int) (x + across / 2), (int) (y + up / 2));
			pixel[(Size) py * width + px] = pixel_of_value(coloring, value);
		}
	}
	return pixel;
}

/* ----------
 * Title, legend, scale bar
 * ----------
 */

/* A number for people: 1,234  12.5  0.0031 */
static char *
number_text(double value)
{
	char	   *plain;
	StringInfoData text;
	int			digits;

	if (value != 0 && (fabs(value) < 1e-4 || fabs(value) >= 1e12))
		return psprintf("%.2g", value);
	if (fabs(value) < 1000)
		return psprintf("%.3g", value);
	plain = psprintf("%.0f", value);
	digits = strlen(plain);
	initStringInfo(&text);
	for (int i = 0; i < digits; i++)
	{
		appendStringInfoChar(&text, plain[i]);
		if ((digits - i) % 3 == 1 && i < digits - 1)
			appendStringInfoChar(&text, ',');
	}
	return text.data;
}

/* The greatest of 1, 2, 5 times a power of ten that is not above x. */
static double
round_below(double x)
{
	double		power = pow(10, floor(log10(x)));

	/* log10 may be a little off at powers of ten */
	if (power * 10 <= x)
		power *= 10;
	if (power > x)
		power /= 10;
	return power * (x >= 5 * power ? 5 : x >= 2 * power ? 2 : 1);
}

/* The title, made smaller and at last cut to fit. */
static void
draw_title(Canvas *canvas, char *title, double x, double y, double room, double size)
{
	double		least = size * 0.7;
	int			length = strlen(title);

	canvas_font(canvas, size, true);
	while (size > least && canvas_text_width(canvas, title) > room)
	{
		size *= 0.95;
		canvas_font(canvas, size, true);
	}
	while (length > 0 && canvas_text_width(canvas, title) > room)
	{
		/* one character of UTF-8 off the end, and three points instead */
		do
			length--;
		while (length > 0 && ((unsigned char) title[length] & 0xc0) == 0x80);
		title = psprintf("%.*s\xe2\x80\xa6", length, title);
	}
	canvas_color(canvas, INK, 1);
	canvas_text(canvas, title, x, y, CANVAS_LEFT);
}

/* The bar of colours with numbers below it, whole numbers where asked. */
static void
draw_legend(Canvas *canvas, const Coloring *coloring, bool cut, bool whole,
			double x, double y, double width, double height, double u)
{
	int			n = (int) width;
	uint32	   *pixel = crimeml_array(uint32, mul_size(n, (int) height));
	double		last;
	double		value;
	char	   *label;

	for (int i = 0; i < n; i++)
	{
		double		t = (i + 0.5) / n;
		uint32		argb = coloring->shade[(int) (t * (SHADES - 1) + 0.5)];

		for (int j = 0; j < (int) height; j++)
			pixel[(Size) j * n + i] = argb;
	}
	canvas_image(canvas, (int) x, (int) y, n, (int) height, pixel);
	canvas_color(canvas, FRAME, 1);
	cairo_set_line_width(canvas->cr, 1);
	cairo_rectangle(canvas->cr, (int) x - 0.5, (int) y - 0.5, n + 1, (int) height + 1);
	cairo_stroke(canvas->cr);

	/* from the highest number down, as many round ones as there is room for */
	canvas_font(canvas, 10.5 * u, false);
	canvas_color(canvas, INK, 1);
	label = psprintf("%s%s", cut ? "\xe2\x89\xa5 " : "", number_text(coloring->high));
	canvas_text(canvas, label, x + width, y + height + 14 * u, CANVAS_RIGHT);
	last = x + width - canvas_text_width(canvas, label);
	canvas_text(canvas, "0", x, y + height + 14 * u, CANVAS_LEFT);
	value = coloring->high;
	for (int i = 0; i < 12; i++)
	{
		double		half;
		double		at;

		value = round_below(value * 0.999999);
		if (whole && value < 1)
			break;
		label = number_text(value);
		half = canvas_text_width(canvas, label) / 2;
		at = x + legend_position(coloring, value) * width;
		if (at - half < x + 24 * u)
			break;
		if (at + half > last - 12 * u)
			continue;
		canvas_text(canvas, label, at, y + height + 14 * u, CANVAS_CENTER);
		canvas_line(canvas, at, y + height, at, y + height + 3 * u, 1);
		last = at - half;
	}
}

/* A bar as long as a round number of metres or kilometres. */
static void
draw_scale_bar(Canvas *canvas, double metres_per_pixel, double right, double y, double room,
			   double u)
{
	double		metres = round_below(room * metres_per_pixel);
	double		length = metres / metres_per_pixel;
	double		left = right - length;
	char	   *label = metres >= 1000 ? psprintf("%s km", number_text(metres / 1000)) :
		psprintf("%s m", number_text(metres));

	canvas_color(canvas, INK, 1);
	canvas_line(canvas, left, y, right, y, 1.6 * u);
	canvas_line(canvas, left, y - 4 * u, left, y + 0.8 * u, 1.6 * u);
	canvas_line(canvas, right, y - 4 * u, right, y + 0.8 * u, 1.6 * u);
	canvas_font(canvas, 10.5 * u, false);
	canvas_text(canvas, label, (left + right) / 2, y - 6 * u, CANVAS_CENTER);
}

/* Did each row count once? */
static bool
unweighted(const Grid *grid)
{
	return grid->weight == (double) grid->points;
}

/* What the picture shows, in one small line. */
static char *
caption_text(const Grid *grid)
{
	StringInfoData text;
	double		metres = grid->shape.metres;
	double		inside = grid_inside(grid);

	initStringInfo(&text);
	if (grid->kernel != KDE_NONE)
		appendStringInfo(&text, "%s kernel, %s %s m, ", kde_kernel_name[grid->kernel],
						 grid->kernel == KDE_GAUSSIAN ? "sigma" : "radius",
						 number_text(grid->bandwidth * metres));
	appendStringInfo(&text, "cells of %s m, ", number_text(grid->shape.cell_size * metres));
	if (!unweighted(grid))
		appendStringInfo(&text, "weight %s of %s", number_text(inside), number_text(grid->weight));
	else if (fabs(inside - grid->weight) > 0.01 * grid->weight)
		appendStringInfo(&text, "%s of %s incidents", number_text(round(inside)),
						 number_text(grid->weight));
	else
		appendStringInfo(&text, "%s %s", number_text(grid->points),
						 grid->points == 1 ? "incident" : "incidents");
	return text.data;
}

/* All of it; lengths are in u, which grows more slowly than the width. */
static bytea *
draw_heatmap(const Grid *grid, Coloring *coloring, bool cut, bool smooth, int width,
			 char *title, bool clear)
{
	double		u = Max(pow(width / 800.0, 0.7), 0.85);
	int			margin = (int) (16 * u);
	int			top = title != NULL ? (int) (46 * u) : margin;
	int			room = width - 2 * margin;
	double		aspect = (double) grid->shape.rows / grid->shape.columns;
	int			map_width = room;
	int			map_height = (int) lround(room * aspect);
	int			map_x;
	double		strip;
	Canvas	   *canvas;
	const char *unit = grid->kind == GRID_PER_KM2 ? "incidents per km\xc2\xb2" :
		grid->kind == GRID_COUNT ? "incidents in a cell" : "probability per square unit";

	/* a tall grid is drawn narrower, and one of few rows keeps one pixel */
	if (map_height > 1.3 * room)
	{
		map_height = (int) (1.3 * room);
		map_width = Max((int) lround(map_height / aspect), 1);
	}
	map_height = Max(map_height, 1);
	map_x = (width - map_width) / 2;
	strip = top + map_height + 14 * u;

	canvas = canvas_create(width, (int) (strip + 66 * u));
	if (!clear)
	{
		canvas_color(canvas, 0xffffff, 1);
		canvas_rectangle(canvas, 0, 0, width, canvas->height);
		canvas_color(canvas, LAND, 1);
		canvas_rectangle(canvas, map_x, top, map_width, map_height);
	}
	canvas_image(canvas, map_x, top, map_width, map_height,
				 draw_cells(grid, coloring, map_width, map_height, smooth));
	canvas_color(canvas, FRAME, 1);
	cairo_set_line_width(canvas->cr, 1);
	cairo_rectangle(canvas->cr, map_x - 0.5, top - 0.5, map_width + 1, map_height + 1);
	cairo_stroke(canvas->cr);
	if (title != NULL)
		draw_title(canvas, title, margin, 31 * u, room, 19 * u);

	canvas_font(canvas, 10.5 * u, false);
	canvas_color(canvas, INK, 1);
	canvas_text(canvas, unit, margin, strip + 6 * u, CANVAS_LEFT);
	draw_legend(canvas, coloring, cut, grid->kind == GRID_COUNT && unweighted(grid), margin, strip + 12 * u,
				(int) Min(room * 0.58, 420 * u), 10 * u, u);
	draw_scale_bar(canvas, grid->shape.columns * grid->shape.cell_size * grid->shape.metres / map_width,
				   width - margin - u, strip + 22 * u, room * 0.26, u);
	canvas_font(canvas, 9.5 * u, false);
	canvas_color(canvas, FAINT_INK, 1);
	canvas_text(canvas, caption_text(grid), margin, strip + 55 * u, CANVAS_LEFT);
	return canvas_png(canvas);
}

/* A name out of two, for an argument. */
static bool
choice_arg(FunctionCallInfo fcinfo, int argno, const char *name,
		   const char *yes, const char *no)
{
	char	   *value = crimeml_text_arg(fcinfo, argno, name);

	if (strcmp(value, yes) == 0)
		return true;
	if (strcmp(value, no) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be \"%s\" or \"%s\", not \"%s\"",
						name, yes, no, value)));
	return false;
}

/* heatmap_png(grid, palette, width, title, high, scale, smooth, background) */
Datum
heatmap_png(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	Coloring   *coloring = palloc0(sizeof(Coloring));
	int64		cells;
	int32		width;
	double		max = 0;
	bool		smooth;
	bool		clear;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	grid = PG_GETARG_GRID_P(0);
	make_shades(coloring, find_palette(crimeml_text_arg(fcinfo, 1, "palette")));
	if (PG_ARGISNULL(2) || PG_GETARG_INT32(2) < MIN_WIDTH || PG_GETARG_INT32(2) > MAX_WIDTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"width\" must be from %d to %d pixels", MIN_WIDTH, MAX_WIDTH)));
	width = PG_GETARG_INT32(2);
	if (!PG_ARGISNULL(4) && !(PG_GETARG_FLOAT8(4) > 0 && isfinite(PG_GETARG_FLOAT8(4))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"high\" must be above 0, not %g", PG_GETARG_FLOAT8(4)),
				 errhint("It is the value that the last colour stands for; leave it out for the largest of the grid.")));
	coloring->root = choice_arg(fcinfo, 5, "scale", "sqrt", "linear");
	clear = choice_arg(fcinfo, 7, "background", "transparent", "white");

	cells = shape_cells(&grid->shape);
	for (int64 i = 0; i < cells; i++)
	{
		if (grid->value[i] > max)
			max = grid->value[i];
	}
	coloring->high = !PG_ARGISNULL(4) ? PG_GETARG_FLOAT8(4) : max > 0 ? max : 1;
	/* between centres a density is smooth where its kernel spans cells */
	smooth = !PG_ARGISNULL(6) ? PG_GETARG_BOOL(6) :
		grid->kernel != KDE_NONE && grid->bandwidth >= grid->shape.cell_size;
	PG_RETURN_BYTEA_P(draw_heatmap(grid, coloring, max > coloring->high, smooth, width,
								   PG_ARGISNULL(3) ? NULL : canvas_utf8(PG_GETARG_TEXT_PP(3)),
								   clear));
}
