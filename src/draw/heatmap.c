/*
 * heatmap.c
 *		heatmap_png: a grid as a picture with title, legend and scale bar.
 *
 * Counts are drawn as the cells that they are, a density smooth between their
 * centres; where cells are smaller than pixels, pixels show means.  The legend
 * is drawn by the same function as the map.
 */
#include "draw/coloring.h"

#include "arguments.h"
#include "draw/outline.h"
#include "grid/grid.h"

#include <math.h>

#include "mb/pg_wchar.h"

/* By whether it is transparent. */
static const char *const backgrounds[] = {"white", "transparent"};

PG_FUNCTION_INFO_V1(crimeml_heatmap_png);

#define MIN_WIDTH 100
#define MAX_WIDTH 8192

#define INK 0x24292f
#define FAINT_INK 0x6b737c
#define FRAME 0xc8cdd3
#define LAND 0xf6f7f8

/* ----------
 * The map
 * ----------
 */

/* The cells as width x height pixels, row by row. */
static void
draw_cells(Canvas *canvas, const Grid *grid, const Coloring *coloring,
		   int left, int top, int width, int height, bool smooth)
{
	uint32	   *pixel = crimeml_array(uint32, width);
	double		across = (double) grid->shape.columns / width;
	double		up = (double) grid->shape.rows / height;

	for (int py = 0; py < height; py++)
	{
		double		y = (height - 1 - py) * up;

		for (int px = 0; px < width; px++)
		{
			double		x = px * across;
			double		value;

			if (across > 1 || up > 1)
				value = sample_mean(grid, x, y, x + across, y + up);
			else if (smooth)
				value = sample_smooth(grid, x + across / 2, y + up / 2);
			else
				value = sample_cell(grid, (int) (x + across / 2), (int) (y + up / 2));
			pixel[px] = coloring_pixel(coloring, value);
		}
		canvas_image(canvas, left, top + py, width, 1, pixel);
	}
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
	/* above that, three digits would be 1e+03 */
	if (fabs(value) < 999.5)
		return psprintf("%.3g", value);
	plain = psprintf("%.0f", fabs(value));
	digits = strlen(plain);
	initStringInfo(&text);
	if (value < 0)
		appendStringInfoChar(&text, '-');
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

/* No more than so many bytes of a text, whole characters, and three points. */
static char *
cut_text(const char *text, int bytes)
{
	return psprintf("%.*s\xe2\x80\xa6", pg_encoding_mbcliplen(PG_UTF8, text, strlen(text), bytes), text);
}

/* A line of text, made smaller and at last cut to fit. */
static void
draw_fitting(Canvas *canvas, const char *text, double x, double y, double room, double size, bool bold)
{
	double		least = size * 0.7;
	int			length = strlen(text);
	int			fits = 0;

	canvas_font(canvas, size, bold);
	while (size > least && canvas_text_width(canvas, text) > room)
	{
		size *= 0.95;
		canvas_font(canvas, size, bold);
	}
	if (canvas_text_width(canvas, text) > room)
	{
		/* as many bytes as there is room for, by bisection, and three points */
		while (length - fits > 1)
		{
			int			middle = fits + (length - fits) / 2;

			CHECK_FOR_INTERRUPTS();
			if (canvas_text_width(canvas, cut_text(text, middle)) > room)
				length = middle;
			else
				fits = middle;
		}
		text = cut_text(text, fits);
	}
	canvas_text(canvas, text, x, y, CANVAS_LEFT);
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
		uint32		argb = coloring->shade[(int) (t * (COLORING_SHADES - 1) + 0.5)];

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
		at = x + coloring_position(coloring, value) * width;
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
			 char *title, bool clear, Datum outline)
{
	double		u = Max(pow(width / 800.0, 0.7), 0.85);
	int			margin = (int) (16 * u);
	int			top = title != NULL ? (int) (46 * u) : margin;
	int			room = width - 2 * margin;
	double		aspect = (double) grid->shape.rows / grid->shape.columns;
	int			map_width = room;
	int			map_height;
	int			map_x;
	double		strip;
	Canvas	   *canvas;
	const char *unit = grid->kind == GRID_PER_KM2 ? "incidents per km\xc2\xb2" :
		grid->kind == GRID_COUNT ? "incidents in a cell" :
		grid->kind == GRID_DENSITY ? "probability per square unit" : "value";

	/* a tall grid is drawn narrower, and one of few rows keeps one pixel */
	map_height = crimeml_int_within(round(room * aspect), 1, (int) (1.3 * room));
	if (room * aspect > 1.3 * room)
		map_width = crimeml_int_within(round(map_height / aspect), 1, room);
	map_x = (width - map_width) / 2;
	strip = top + map_height + 14 * u;

	canvas = canvas_create(width, (int) (strip + 66 * u));
	canvas->title = title;
	if (!clear)
	{
		canvas_color(canvas, 0xffffff, 1);
		canvas_rectangle(canvas, 0, 0, width, canvas->height);
		canvas_color(canvas, LAND, 1);
		canvas_rectangle(canvas, map_x, top, map_width, map_height);
	}
	draw_cells(canvas, grid, coloring, map_x, top, map_width, map_height, smooth);
	if (DatumGetPointer(outline) != NULL)
	{
		const GridShape *shape = &grid->shape;
		MapFrame	frame = {
			shape->srid, shape->i0 * shape->cell_size,
			((double) shape->j0 + shape->rows) * shape->cell_size,
			shape->columns * shape->cell_size / map_width,
			shape->rows * shape->cell_size / map_height,
			map_x, top, map_width, map_height
		};

		draw_outline(canvas, outline, &frame, 1.3 * u);
	}
	canvas_color(canvas, FRAME, 1);
	cairo_set_line_width(canvas->cr, 1);
	cairo_rectangle(canvas->cr, map_x - 0.5, top - 0.5, map_width + 1, map_height + 1);
	cairo_stroke(canvas->cr);
	canvas_color(canvas, INK, 1);
	if (title != NULL)
		draw_fitting(canvas, title, margin, 31 * u, room, 19 * u, true);
	draw_fitting(canvas, unit, margin, strip + 6 * u, room * 0.58, 10.5 * u, false);
	draw_legend(canvas, coloring, cut, grid->kind == GRID_COUNT && unweighted(grid), margin, strip + 12 * u,
				(int) Min(room * 0.58, 420 * u), 10 * u, u);
	draw_scale_bar(canvas, grid->shape.columns * grid->shape.cell_size * grid->shape.metres / map_width,
				   width - margin - u, strip + 22 * u, room * 0.26, u);
	canvas_color(canvas, FAINT_INK, 1);
	draw_fitting(canvas, caption_text(grid), margin, strip + 55 * u, room, 9.5 * u, false);
	return canvas_png(canvas);
}

/* heatmap_png(grid, palette, width, title, high, scale, smooth, background, outline) */
Datum
crimeml_heatmap_png(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	Coloring   *coloring;
	char	   *palette;
	char	   *title;
	int32		width;
	double		high = 0;
	bool		smooth;
	bool		clear;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	grid = PG_GETARG_GRID_P(0);
	palette = arg_text(fcinfo, 1, "palette");
	if (PG_ARGISNULL(2) || PG_GETARG_INT32(2) < MIN_WIDTH || PG_GETARG_INT32(2) > MAX_WIDTH)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"width\" must be from %d to %d pixels", MIN_WIDTH, MAX_WIDTH)));
	width = PG_GETARG_INT32(2);
	title = arg_title(fcinfo, 3);
	if (!PG_ARGISNULL(4))
		high = coloring_check_high(PG_GETARG_FLOAT8(4));
	coloring = coloring_create(palette, grid, high,
							   coloring_scale_arg(fcinfo, 5));
	clear = arg_choice(fcinfo, 7, "background", backgrounds, lengthof(backgrounds)) == 1;
	smooth = PG_ARGISNULL(6) ? grid_is_smooth(grid) : PG_GETARG_BOOL(6);
	PG_RETURN_BYTEA_P(draw_heatmap(grid, coloring, coloring->cut, smooth, width,
								   title == NULL ? NULL : canvas_utf8(title),
								   clear, PG_ARGISNULL(8) ? (Datum) 0 : PG_GETARG_DATUM(8)));
}
