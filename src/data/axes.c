/*
 * axes.c
 *		The axes along which a tree may cut a place: x and y, and turned ones.
 */
#include "data/axes.h"

#include <float.h>
#include <math.h>

#include "data/kinds.h"

#define LATITUDE_STEP 5.0

/* From the plainest turn on, and each beside the one across it. */
static const struct
{
	const char *suffix;
	int			x;
	int			y;
}			point_axis[POINT_AXES_MAX] = {
	{"_x", 1, 0}, {"_y", 0, 1},
	{"_x+y", 1, 1}, {"_x-y", 1, -1},
	{"_2x+y", 2, 1}, {"_x-2y", 1, -2},
	{"_x+2y", 1, 2}, {"_2x-y", 2, -1},
};

const char *
point_axis_suffix(int i)
{
	return point_axis[i].suffix;
}

void
point_turn_axes(double *axis, int axes, int x_length)
{
	double		x = axis[0] * x_length / X_LENGTH_UNIT;
	double		y = axis[1];

	for (int i = POINT_AXES_MIN; i < axes; i++)
	{
		double		value = x * point_axis[i].x + y * point_axis[i].y;

		if (isnan(axis[0]))
			axis[i] = missing_number();
		else if (value == 0)
			axis[i] = 0;		/* never -0 */
		else
			axis[i] = Min(Max(value, -DBL_MAX), DBL_MAX);
	}
}

int
degree_x_length(double latitude)
{
	double		nearest = rint(latitude / LATITUDE_STEP) * LATITUDE_STEP;

	nearest = Min(fabs(nearest), 90 - LATITUDE_STEP);
	return (int) rint(cos(nearest * M_PI / 180) * X_LENGTH_UNIT);
}
