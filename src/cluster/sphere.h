/*
 * sphere.h
 *		Places on the earth, taken as a sphere, as unit vectors.
 *
 * Chords replace arcs: two places are within a distance exactly when the chord
 * between their unit vectors is within the chord of that distance, so that what
 * searches in space finds neighbours across the antimeridian and the poles.
 * The radius is the mean radius (2a + b) / 3 of WGS 84, which PostGIS takes for
 * use_spheroid => false.
 */
#ifndef CRIMEML_SPHERE_H
#define CRIMEML_SPHERE_H

#include "cluster/dbscan_extents.h"

#define SPHERE_RADIUS 6371008.771415059	/* m */

/* How far chords by unit vectors may be off, in units of the radius. */
#define SPHERE_SLACK 1e-9

/* One way to write a place: the antimeridian is -180, and a pole has longitude 0. */
extern void sphere_normalize(double *longitude, double *latitude);

/* The unit vector of a place, in degrees. */
extern void sphere_vector(double longitude, double latitude, double vector[3]);

/* The chord of a distance in metres; above 2 where that is half round or more. */
extern double sphere_chord(double metres);

/*
 * The box in space of whatever has its vertices between these degrees, its edges
 * being arcs of great circles.
 */
extern void sphere_extent(double west, double south, double east, double north,
						  Extent *extent);

#endif							/* CRIMEML_SPHERE_H */
