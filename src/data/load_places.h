/*
 * load_places.h
 *		What is odd about the places of a file, said when it is loaded.
 *
 * Places at (0,0), degrees in an SRID that has none, and longitude and latitude
 * exchanged are loaded as they are, counted, and told by NOTICE; "bounds" would
 * reject them.  A file may be of any length, so places are counted by cells of
 * some 20 km, and at the end a cell is judged by its first place: exchanged is
 * one that lies far from most of the others and near them with its coordinates
 * exchanged, or that is out of the SRID's range and in it when exchanged.
 */
#ifndef CRIMEML_LOAD_PLACES_H
#define CRIMEML_LOAD_PLACES_H

#include "crimeml.h"

typedef struct LoadPlaces LoadPlaces;

/*
 * For a column whose places are given in an SRID, and stored in another or the same.
 * In the current context.
 */
extern LoadPlaces *load_places_create(const char *column, int32 srid, int32 stored);

/* A place as the file gives it. */
extern void load_places_add(LoadPlaces *places, double x, double y);

extern void load_places_tell(LoadPlaces *places);

#endif							/* CRIMEML_LOAD_PLACES_H */
