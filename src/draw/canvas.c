/*
 * canvas.c
 *		Drawing with cairo, in a way that an error or a cancel leaks nothing.
 */
#include "draw/canvas.h"

#include <math.h>

#include "draw/png.h"
#include "mb/pg_wchar.h"

/* Rows of pixels that are painted at once, so that a cancel is heeded. */
#define BAND 128

/* Runs when the memory context goes, after an error too. */
static void
canvas_free(void *arg)
{
	Canvas	   *canvas = arg;

	if (canvas->cr != NULL)
		cairo_destroy(canvas->cr);
	if (canvas->surface != NULL)
		cairo_surface_destroy(canvas->surface);
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
	initStringInfo(&canvas->words);
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
	double		end = y + height;

	/* bands end where pixels do, so that they meet without a seam */
	while (y < end)
	{
		double		next = Min(floor(y) + BAND, end);

		CHECK_FOR_INTERRUPTS();
		cairo_rectangle(canvas->cr, x, y, width, next - y);
		cairo_fill(canvas->cr);
		y = next;
	}
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
	appendStringInfo(&canvas->words, "%s%s", canvas->words.len > 0 ? "\n" : "", text);
}

void
canvas_image(Canvas *canvas, int x, int y, int width, int height, uint32 *pixel)
{
	for (int first = 0; first < height; first += BAND)
	{
		cairo_surface_t *image;

		/* nothing between creation and destruction can throw */
		CHECK_FOR_INTERRUPTS();
		image = cairo_image_surface_create_for_data((unsigned char *) (pixel + (Size) first * width),
													CAIRO_FORMAT_ARGB32, width,
													Min(BAND, height - first), width * 4);
		cairo_set_source_surface(canvas->cr, image, x, y + first);
		cairo_paint(canvas->cr);
		cairo_set_source_rgb(canvas->cr, 0, 0, 0);
		cairo_surface_destroy(image);
		check_status(cairo_status(canvas->cr));
	}
}

bytea *
canvas_png(Canvas *canvas)
{
	PngText		text[2];
	int			texts = 0;

	cairo_surface_flush(canvas->surface);
	check_status(cairo_status(canvas->cr));
	if (canvas->title != NULL)
		text[texts++] = (PngText) {"Title", canvas->title};
	if (canvas->words.len > 0)
		text[texts++] = (PngText) {"Description", canvas->words.data};
	return png_file((const uint32 *) cairo_image_surface_get_data(canvas->surface),
					canvas->width, canvas->height,
					cairo_image_surface_get_stride(canvas->surface) / (int) sizeof(uint32),
					text, texts);
}

/*
 * Text in UTF-8.  Fonts have no sign for control characters, and files of PNG
 * may not hold all of them: they become spaces.
 */
char *
canvas_utf8(char *string)
{
	char	   *from = pg_server_to_any(string, strlen(string), PG_UTF8);
	char	   *to = from;
	char	   *result = from;

	for (; *from != '\0'; from++)
	{
		unsigned char first = (unsigned char) from[0];
		unsigned char second = (unsigned char) from[1];

		/* U+0080 to U+009F are two bytes */
		if (first == 0xc2 && second < 0xa0)
			from++;
		*to++ = first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0) ? ' ' : first;
	}
	*to = '\0';
	return result;
}
