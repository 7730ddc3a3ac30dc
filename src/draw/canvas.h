/*
 * canvas.h
 *		Drawing with cairo, in a way that an error or a cancel leaks nothing.
 *
 * Coordinates are pixels from the top left.  Cairo's objects are freed when
 * the memory context in which the canvas was made goes.  Text is UTF-8; fonts
 * come through fontconfig, whose Debian package depends on one.  Work on many
 * pixels looks for interrupts.
 */
#ifndef CRIMEML_CANVAS_H
#define CRIMEML_CANVAS_H

#include "crimeml.h"

#include <cairo.h>

#include "lib/stringinfo.h"

#define CANVAS_MIN_SIDE 16
#define CANVAS_MAX_SIDE 16384

typedef struct Canvas
{
	cairo_surface_t *surface;
	cairo_t    *cr;				/* for what the functions below do not do */
	int			width;
	int			height;
	const char *title;			/* of the file; NULL: none */
	StringInfoData words;		/* all text that was drawn, a line each */
	MemoryContextCallback callback;
} Canvas;

typedef enum CanvasAlign
{
	CANVAS_LEFT,
	CANVAS_CENTER,
	CANVAS_RIGHT
} CanvasAlign;

/* A transparent canvas in CurrentMemoryContext. */
extern Canvas *canvas_create(int width, int height);

extern void canvas_color(Canvas *canvas, uint32 rgb, double alpha);
extern void canvas_rectangle(Canvas *canvas, double x, double y, double width, double height);
extern void canvas_line(Canvas *canvas, double x1, double y1, double x2, double y2, double width);

/* Text with its base line at y; canvas_font() sets what both use. */
extern void canvas_font(Canvas *canvas, double size, bool bold);
extern double canvas_text_width(Canvas *canvas, const char *text);
extern void canvas_text(Canvas *canvas, const char *text, double x, double y, CanvasAlign align);

/* Premultiplied ARGB pixels, rows from the top, drawn one to one. */
extern void canvas_image(Canvas *canvas, int x, int y, int width, int height, uint32 *pixel);

/* The file, which holds the title and the text that was drawn in words, too. */
extern bytea *canvas_png(Canvas *canvas);

/* Text of the server in UTF-8, control characters as spaces. */
extern char *canvas_utf8(char *string);

#endif							/* CRIMEML_CANVAS_H */
