/*
 * cache.h
 *		The grids that a call site has used, for functions called row by row.
 */
#ifndef CRIMEML_GRID_CACHE_H
#define CRIMEML_GRID_CACHE_H

#include "grid/grid.h"

typedef struct GridCache GridCache;

/* In the context of the call site (fn_mcxt). */
extern GridCache *grid_cache_create(MemoryContext context);

/*
 * The grid of a datum, checked.  What is on disk or compressed is read once for
 * as long as it is among the few used last; the grid is valid until the next
 * call.
 */
extern const Grid *grid_cache_get(GridCache *cache, Datum datum);

#endif							/* CRIMEML_GRID_CACHE_H */
