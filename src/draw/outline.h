/*
 * outline.h
 *		Lines on a map: the edge of a study area, a river, districts.
 */
#ifndef CRIMEML_DRAW_OUTLINE_H
#define CRIMEML_DRAW_OUTLINE_H

#include "draw/canvas.h"

/* A box of the map, in units, as a rectangle of the canvas, in pixels. */
typedef struct MapFrame
{
	int32		srid;
	double		xmin;
	double		ymax;
	double		per_pixel_x;
	double		per_pixel_y;
	double		left;			/* pixels */
	double		top;
	double		width;
	double		height;
} MapFrame;

/*
 * Draw the lines and rings of a geometry, cut off at the frame, as a dark line
 * of the given width on a light one.  Its SRID must be the map's; points and
 * curves are an error with a hint, EMPTY is nothing.
 */
extern void draw_outline(Canvas *canvas, Datum geometry, const MapFrame *frame, double width);

#endif							/* CRIMEML_DRAW_OUTLINE_H */
