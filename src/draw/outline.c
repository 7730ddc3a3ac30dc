/*
 * outline.c
 *		Lines on a map: the edge of a study area, a river, districts.
 *
 * The geometry comes from PostGIS as little-endian WKB in two dimensions, of
 * which nothing is believed that was not checked.
 */
#include "draw/outline.h"

#include <math.h>

#include "bytes.h"
#include "catalog/pg_type.h"
#include "data/points.h"
#include "utils/builtins.h"

/* Types of WKB. */
#define WKB_LINESTRING 2
#define WKB_POLYGON 3
#define WKB_MULTILINESTRING 5
#define WKB_MULTIPOLYGON 6
#define WKB_COLLECTION 7

/* Points nearer than this to the one before are not seen, in pixels. */
#define UNSEEN 0.25
/*
 * So many points, and so many pixels of their length, are drawn at once, so
 * that a cancel is heeded: lines that cross each other all over the map take
 * cairo longer the more there are.
 */
#define AT_ONCE 4096
#define LENGTH_AT_ONCE 50000.0

/* A line on its way to the canvas. */
typedef struct Pen
{
	Canvas	   *canvas;
	const MapFrame *frame;
	double		margin;			/* lines are cut off there, in pixels */
	uint32		rgb;
	double		alpha;
	double		width;
	bool		down;			/* the path ends at x, y */
	double		x;
	double		y;
	int			drawn;			/* points of the path */
	double		length;			/* and its pixels */
} Pen;

/* Draw the path so far; it goes on from where it ended. */
static void
pen_stroke(Pen *pen)
{
	CHECK_FOR_INTERRUPTS();
	if (pen->drawn > 0)
	{
		canvas_color(pen->canvas, pen->rgb, pen->alpha);
		cairo_set_line_width(pen->canvas->cr, pen->width);
		cairo_stroke(pen->canvas->cr);
	}
	cairo_new_path(pen->canvas->cr);
	pen->drawn = 0;
	pen->length = 0;
	pen->down = false;
}

/* Shorten a segment to the side of a box; false when it lies outside. */
static bool
clip_side(double p, double q, double *from, double *to)
{
	double		t = q / p;

	if (p == 0)
		return q >= 0;
	if (p < 0)
		*from = Max(*from, t);
	else
		*to = Min(*to, t);
	return *from <= *to;
}

/* A segment, cut off beyond the frame (Liang and Barsky 1984). */
static void
pen_segment(Pen *pen, double x1, double y1, double x2, double y2)
{
	const MapFrame *frame = pen->frame;
	double		left = frame->left - pen->margin;
	double		top = frame->top - pen->margin;
	double		right = frame->left + frame->width + pen->margin;
	double		bottom = frame->top + frame->height + pen->margin;
	double		dx = x2 - x1;
	double		dy = y2 - y1;
	double		from = 0;
	double		to = 1;

	if (!clip_side(-dx, x1 - left, &from, &to) || !clip_side(dx, right - x1, &from, &to) ||
		!clip_side(-dy, y1 - top, &from, &to) || !clip_side(dy, bottom - y1, &from, &to))
	{
		pen->down = false;
		return;
	}
	if (!pen->down || from > 0 || pen->x != x1 || pen->y != y1)
		cairo_move_to(pen->canvas->cr, x1 + from * dx, y1 + from * dy);
	cairo_line_to(pen->canvas->cr, x1 + to * dx, y1 + to * dy);
	pen->down = to == 1;
	pen->x = x2;
	pen->y = y2;
	pen->length += (to - from) * hypot(dx, dy);
	if (++pen->drawn >= AT_ONCE || pen->length >= LENGTH_AT_ONCE)
		pen_stroke(pen);
}

/* A number of things of at least that many bytes each, which must be there. */
static uint32
wkb_count(ByteReader *r, Size least)
{
	uint32		n = read_u32(r);

	if (n > (r->len - r->at) / least)
		reader_damaged(r, "a count is larger than what is left");
	return n;
}

/* The points of a line or ring. */
static void
draw_line(Pen *pen, ByteReader *r)
{
	const MapFrame *frame = pen->frame;
	uint32		n = wkb_count(r, 2 * sizeof(double));
	double		last_x = 0;
	double		last_y = 0;

	for (uint32 i = 0; i < n; i++)
	{
		double		x = frame->left + (read_f64(r) - frame->xmin) / frame->per_pixel_x;
		double		y = frame->top + (frame->ymax - read_f64(r)) / frame->per_pixel_y;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isfinite(x) || !isfinite(y))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"outline\" has a coordinate that is not finite")));
		if (i > 0 && i < n - 1 && fabs(x - last_x) < UNSEEN && fabs(y - last_y) < UNSEEN)
			continue;
		if (i > 0)
			pen_segment(pen, last_x, last_y, x, y);
		last_x = x;
		last_y = y;
	}
	pen_stroke(pen);
}

/* One geometry of WKB, and what is in it. */
static void
draw_wkb(Pen *pen, ByteReader *r)
{
	uint32		type;
	uint32		n;

	check_stack_depth();
	if (read_u8(r) != 1)
		reader_damaged(r, "it is not little endian");
	type = read_u32(r);
	switch (type)
	{
		case WKB_LINESTRING:
			draw_line(pen, r);
			break;
		case WKB_POLYGON:
			n = wkb_count(r, sizeof(uint32));
			for (uint32 i = 0; i < n; i++)
			{
				CHECK_FOR_INTERRUPTS();
				draw_line(pen, r);
			}
			break;
		case WKB_MULTILINESTRING:
		case WKB_MULTIPOLYGON:
		case WKB_COLLECTION:
			n = wkb_count(r, 1 + sizeof(uint32));
			for (uint32 i = 0; i < n; i++)
			{
				CHECK_FOR_INTERRUPTS();
				draw_wkb(pen, r);
			}
			break;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"outline\" must be made of lines and polygons"),
					 errhint("Of points, take ST_ConcaveHull(ST_Collect(geom), 0.3); of curves, ST_CurveToLine(geom).")));
	}
}

/* The geometry as WKB, by PostGIS. */
static bytea *
outline_wkb(Datum geometry, int32 srid)
{
	Oid			type = postgis_type("geometry");
	Oid			type_text[2] = {type, TEXTOID};
	int32		own = DatumGetInt32(OidFunctionCall1(postgis_function("st_srid", 1, &type),
													 geometry));

	if (own != srid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the outline is of SRID %d, and the grid of SRID %d", own, srid),
				 errhint("Bring it to the grid's: ST_Transform(outline, %d).", srid)));
	geometry = OidFunctionCall1(postgis_function("st_force2d", 1, &type), geometry);
	return DatumGetByteaPP(OidFunctionCall2(postgis_function("st_asbinary", 2, type_text),
											geometry, CStringGetTextDatum("NDR")));
}

void
draw_outline(Canvas *canvas, Datum geometry, const MapFrame *frame, double width)
{
	bytea	   *wkb = outline_wkb(geometry, frame->srid);
	Pen			pen = {canvas, frame, 4 * width};

	cairo_save(canvas->cr);
	cairo_rectangle(canvas->cr, frame->left, frame->top, frame->width, frame->height);
	cairo_clip(canvas->cr);
	cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
	cairo_set_line_cap(canvas->cr, CAIRO_LINE_CAP_ROUND);
	for (int pass = 0; pass < 2; pass++)
	{
		ByteReader	r;

		pen.rgb = pass == 0 ? 0xffffff : 0x24292f;
		pen.alpha = pass == 0 ? 0.75 : 0.85;
		pen.width = pass == 0 ? 2.8 * width : width;
		reader_init(&r, VARDATA_ANY(wkb), VARSIZE_ANY_EXHDR(wkb), "outline");
		draw_wkb(&pen, &r);
		read_end(&r);
	}
	cairo_restore(canvas->cr);
}
