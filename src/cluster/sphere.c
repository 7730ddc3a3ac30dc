/*
 * sphere.c
 *		Places on the earth as unit vectors.
 */
#include "cluster/sphere.h"

#include <math.h>

#define RADIANS(degrees) ((degrees) * (M_PI / 180))

void
sphere_normalize(double *longitude, double *latitude)
{
	if (fabs(*latitude) >= 90)
		*longitude = 0;
	else if (*longitude == 180)
		*longitude = -180;
}

void
sphere_vector(double longitude, double latitude, double vector[3])
{
	double		across;

	sphere_normalize(&longitude, &latitude);
	across = fabs(latitude) >= 90 ? 0 : cos(RADIANS(latitude));
	vector[0] = across * cos(RADIANS(longitude));
	vector[1] = across * sin(RADIANS(longitude));
	vector[2] = sin(RADIANS(latitude));
}

double
sphere_chord(double metres)
{
	double		angle = metres / SPHERE_RADIUS;

	return angle < M_PI ? 2 * sin(angle / 2) : 3;
}

/*
 * A cap smaller than half the sphere holds the arcs between its points, and
 * what they enclose.  The way from the middle to a corner, first along the
 * meridian and then along a parallel, bounds the cap's radius.
 */
void
sphere_extent(double west, double south, double east, double north, Extent *extent)
{
	double		widest = south <= 0 && north >= 0 ? 1 :
		cos(RADIANS(Min(fabs(south), fabs(north))));
	double		angle = RADIANS(north - south) / 2 + RADIANS(east - west) / 2 * widest;
	double		middle[3];
	double		reach;

	if (west == east && south == north)
	{
		sphere_vector(west, south, extent->low);
		memcpy(extent->high, extent->low, sizeof(extent->high));
		return;
	}
	sphere_vector((west + east) / 2, (south + north) / 2, middle);
	reach = angle < M_PI_2 ? 2 * sin(angle / 2) : 2;
	for (int d = 0; d < 3; d++)
	{
		extent->low[d] = Max(middle[d] - reach, -1);
		extent->high[d] = Min(middle[d] + reach, 1);
	}
}
