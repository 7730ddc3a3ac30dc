/*
 * canvas.c
 *		Drawing with cairo, in a way that an error or a cancel leaks nothing.
 */
#include "draw/canvas.h"

#include <stdlib.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

/* Runs when the memory context goes, after an error too. */
static void
canvas_free(void *arg)
{
	Canvas	   *canvas = arg;

	if (canvas->cr != NULL)
		cairo_destroy(canvas->cr);
	if (canvas->surface != NULL)
		cairo_surface_destroy(canvas->surface);
	free(canvas->png);
}

/* Cairo remembers the first thing that went wrong. */
static void
check_status(cairo_status_t status)
{
	if (status == CAIRO_STATUS_SUCCESS)
		return;
	if (status == CAIRO_STATUS_NO_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory while drawing"),
				 errhint("Lower the width of the picture.")));
	if (status == CAIRO_STATUS_INVALID_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a text of the picture is not valid UTF-8")));
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("drawing failed: %s", cairo_status_to_string(status))));
}

Canvas *
canvas_create(int width, int height)
{
	Canvas	   *canvas = palloc0(sizeof(Canvas));

	if (width < CANVAS_MIN_SIDE || width > CANVAS_MAX_SIDE ||
		height < CANVAS_MIN_SIDE || height > CANVAS_MAX_SIDE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a picture of %d x %d pixels cannot be drawn", width, height),
				 errhint("Each side must be from %d to %d pixels.",
						 CANVAS_MIN_SIDE, CANVAS_MAX_SIDE)));
	crimeml_check_memory(mul_size(mul_size(width, height), 4), "the picture", "its width");

	canvas->callback.func = canvas_free;
	canvas->callback.arg = canvas;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &canvas->callback);
	canvas->width = width;
	canvas->height = height;
	canvas->surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
	check_status(cairo_surface_status(canvas->surface));
	canvas->cr = cairo_create(canvas->surface);
	check_status(cairo_status(canvas->cr));
	return canvas;
}

void
canvas_color(Canvas *canvas, uint32 rgb, double alpha)
{
	cairo_set_source_rgba(canvas->cr, ((rgb >> 16) & 0xff) / 255.0,
						  ((rgb >> 8) & 0xff) / 255.0, (rgb & 0xff) / 255.0, alpha);
}

void
canvas_rectangle(Canvas *canvas, double x, double y, double width, double height)
{
	cairo_rectangle(canvas->cr, x, y, width, height);
	cairo_fill(canvas->cr);
}

void
canvas_line(Canvas *canvas, double x1, double y1, double x2, double y2, double width)
{
	cairo_set_line_width(canvas->cr, width);
	cairo_move_to(canvas->cr, x1, y1);
	cairo_line_to(canvas->cr, x2, y2);
	cairo_stroke(canvas->cr);
}

void
canvas_font(Canvas *canvas, double size, bool bold)
{
	cairo_select_font_face(canvas->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
						   bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(canvas->cr, size);
}

double
canvas_text_width(Canvas *canvas, const char *text)
{
	cairo_text_extents_t extents;

	cairo_text_extents(canvas->cr, text, &extents);
	check_status(cairo_status(canvas->cr));
	return extents.x_advance;
}

void
canvas_text(Canvas *canvas, const char *text, double x, double y, CanvasAlign align)
{
	if (align != CANVAS_LEFT)
		x -= canvas_text_width(canvas, text) / (align == CANVAS_CENTER ? 2 : 1);
	cairo_move_to(canvas->cr, x, y);
	cairo_show_text(canvas->cr, text);
	check_status(cairo_status(canvas->cr));
}

void
canvas_image(Canvas *canvas, int x, int y, int width, int height, uint32 *pixel)
{
	cairo_surface_t *image;

	/* nothing between creation and destruction can throw */
	image = cairo_image_surface_create_for_data((unsigned char *) pixel, CAIRO_FORMAT_ARGB32,
												width, height, width * 4);
	cairo_set_source_surface(canvas->cr, image, x, y);
	cairo_paint(canvas->cr);
	cairo_set_source_rgb(canvas->cr, 0, 0, 0);
	cairo_surface_destroy(image);
	check_status(cairo_status(canvas->cr));
}

/*
 * Called from within libpng, through which no error may jump: hence malloc,
 * and a status where the query is to be cancelled.
 */
static cairo_status_t
collect_png(void *arg, const unsigned char *data, unsigned int length)
{
	Canvas	   *canvas = arg;

	if (canvas->png_stops && (QueryCancelPending || ProcDiePending))
		return CAIRO_STATUS_WRITE_ERROR;
	if (canvas->png_capacity - canvas->png_len < length)
	{
		Size		capacity = Max(2 * canvas->png_capacity, 65536);
		unsigned char *grown;

		while (capacity - canvas->png_len < length)
			capacity *= 2;
		grown = realloc(canvas->png, capacity);
		if (grown == NULL)
			return CAIRO_STATUS_NO_MEMORY;
		canvas->png = grown;
		canvas->png_capacity = capacity;
	}
	memcpy(canvas->png + canvas->png_len, data, length);
	canvas->png_len += length;
	return CAIRO_STATUS_SUCCESS;
}

bytea *
canvas_png(Canvas *canvas)
{
	bytea	   *result;
	cairo_status_t status;

	cairo_surface_flush(canvas->surface);
	check_status(cairo_status(canvas->cr));
	canvas->png_stops = true;
	status = cairo_surface_write_to_png_stream(canvas->surface, collect_png, canvas);
	CHECK_FOR_INTERRUPTS();
	if (status == CAIRO_STATUS_WRITE_ERROR)
	{
		/* the cancel was held off: once more, to the end */
		canvas->png_stops = false;
		canvas->png_len = 0;
		status = cairo_surface_write_to_png_stream(canvas->surface, collect_png, canvas);
	}
	check_status(status);
	result = palloc(VARHDRSZ + canvas->png_len);
	SET_VARSIZE(result, VARHDRSZ + canvas->png_len);
	memcpy(VARDATA(result), canvas->png, canvas->png_len);
	return result;
}

char *
canvas_utf8(text *value)
{
	char	   *string = text_to_cstring(value);

	return pg_server_to_any(string, strlen(string), PG_UTF8);
}
