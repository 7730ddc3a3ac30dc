/*
 * axes.h
 *		The axes along which a tree may cut a place: x and y, and turned ones.
 *
 * A tree cuts along its features only, and a street that runs slantwise takes
 * many steps of x and y.  A turned axis is a sum of both, with whole factors: its
 * cuts are slanting lines.  Where x and y are degrees, x is first made as long as
 * y is, by the cosine of the latitude.
 */
#ifndef CRIMEML_AXES_H
#define CRIMEML_AXES_H

#include "crimeml.h"

#define POINT_AXES_MIN	2		/* x and y */
#define POINT_AXES_MAX	8

/* The length of x in units of y is that of so many parts. */
#define X_LENGTH_UNIT	1024

/* What is put after the name of a point for its i-th axis. */
extern const char *point_axis_suffix(int i);

/*
 * The turned axes of a place, from the third one on: axis[0] and axis[1] are its x
 * and y, or missing.
 */
extern void point_turn_axes(double *axis, int axes, int x_length);

/*
 * How long a degree of longitude is at a latitude.  The latitude is taken to the
 * nearest five degrees, so that parts of one city agree.
 */
extern int	degree_x_length(double latitude);

#endif							/* CRIMEML_AXES_H */
