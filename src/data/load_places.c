/*
 * load_places.c
 *		What is odd about the places of a file.  See load_places.h.
 */
#include "data/load_places.h"

#include "common/hashfn.h"
#include "data/doubts.h"

/* More cells than a country has; what lies in others is not judged. */
#define MOST_CELLS 65536

/* Cells beside a cell that are its region. */
#define REGION_CELLS 5

/* South of that there are no incidents, but longitudes of America. */
#define LEAST_LATITUDE (-60.0)

typedef struct CellKey
{
	int32		column;
	int32		row;
} CellKey;

typedef struct FileCell
{
	CellKey		key;
	double		x;				/* the first place */
	double		y;
	int64		count;
	char		status;			/* for simplehash */
} FileCell;

#define SH_PREFIX cells
#define SH_ELEMENT_TYPE FileCell
#define SH_KEY_TYPE CellKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) &(key), sizeof(CellKey))
#define SH_EQUAL(table, a, b) ((a).column == (b).column && (a).row == (b).row)
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

struct LoadPlaces
{
	const char *column;
	int32		srid;
	int32		stored;
	SridInfo	info;			/* of the file's SRID */
	double		side;			/* of a cell */
	struct cells_hash *cells;
	int64		n;
	int64		zero;
	int64		degrees;
	bool		origin_used;	/* near (0,0) there are places which are no degrees */
};

LoadPlaces *
load_places_create(const char *column, int32 srid, int32 stored)
{
	LoadPlaces *places = palloc0(sizeof(LoadPlaces));

	places->column = column;
	places->srid = srid;
	places->stored = stored;
	places->info = srid_info(srid);
	places->side = STRAY_METRES /
		(places->info.geographic ? METRES_A_DEGREE : places->info.metres);
	places->cells = cells_create(CurrentMemoryContext, 64, NULL);
	return places;
}

/* The cell of a place; false where it is too far out to have one. */
static bool
find_key(const LoadPlaces *places, double x, double y, CellKey *key)
{
	double		column = floor(x / places->side);
	double		row = floor(y / places->side);

	if (!(fabs(column) < 1e9 && fabs(row) < 1e9))
		return false;
	key->column = (int32) column;
	key->row = (int32) row;
	return true;
}

void
load_places_add(LoadPlaces *places, double x, double y)
{
	CellKey		key;
	FileCell   *cell;
	bool		found = false;

	places->n++;
	if (x == 0 && y == 0)
	{
		places->zero++;
		return;
	}
	if (!places->info.geographic && looks_like_degrees(x, y))
	{
		places->degrees++;
		return;
	}
	if (!find_key(places, x, y, &key))
		return;
	places->origin_used |= key.column >= -1 && key.column <= 1 && key.row >= -1 && key.row <= 1;
	cell = cells_lookup(places->cells, key);
	if (cell == NULL)
	{
		if (places->cells->members >= MOST_CELLS)
			return;
		cell = cells_insert(places->cells, key, &found);
		cell->count = 0;
	}
	if (cell->count++ == 0)
	{
		cell->x = x;
		cell->y = y;
	}
}

/* Is a cell in the region of another? */
static bool
in_region(const CellKey *a, const CellKey *b)
{
	return Max(fabs((double) a->column - b->column), fabs((double) a->row - b->row)) <= REGION_CELLS;
}

/* The cell in whose region more than half of the places lie; false when there is none. */
static bool
find_home(LoadPlaces *places, CellKey *home)
{
	cells_iterator it;
	FileCell   *largest = NULL;
	FileCell   *cell;
	int64		all = 0;
	int64		near = 0;

	cells_start_iterate(places->cells, &it);
	while ((cell = cells_iterate(places->cells, &it)) != NULL)
	{
		all += cell->count;
		if (largest == NULL || cell->count > largest->count)
			largest = cell;
	}
	if (largest == NULL)
		return false;
	*home = largest->key;
	cells_start_iterate(places->cells, &it);
	while ((cell = cells_iterate(places->cells, &it)) != NULL)
		if (in_region(&cell->key, home))
			near += cell->count;
	return near > all / 2;
}

/* Does the first place of a cell seem to be exchanged?  home may be NULL. */
static bool
is_exchanged(const LoadPlaces *places, const FileCell *cell, const CellKey *home,
			 const SridInfo *stored, PointExchanger *exchanger)
{
	double		x = cell->x;
	double		y = cell->y;
	CellKey		key;

	if (places->info.geographic)
	{
		if (out_of_range_exchanged(stored, x, y) || (y < LEAST_LATITUDE && fabs(x) <= 90))
			return true;
	}
	else if (point_degrees(exchanger, x, y, &x, &y) && out_of_range_exchanged(&places->info, x, y))
		return true;
	if (home == NULL || in_region(&cell->key, home))
		return false;
	if (find_key(places, cell->y, cell->x, &key) && in_region(&key, home))
		return true;
	x = cell->x;
	y = cell->y;
	return !places->info.geographic && point_exchange(exchanger, &x, &y) &&
		find_key(places, x, y, &key) && in_region(&key, home);
}

static int64
count_exchanged(LoadPlaces *places)
{
	SridInfo	stored = srid_info(places->stored);
	CellKey		home;
	bool		has_home = find_home(places, &home);
	PointExchanger *exchanger = NULL;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml exchange",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller;
	cells_iterator it;
	FileCell   *cell;
	int64		count = 0;

	if (!places->info.geographic)
		exchanger = point_exchanger_create(CurrentMemoryContext, places->srid);
	caller = MemoryContextSwitchTo(scratch);
	cells_start_iterate(places->cells, &it);
	while ((cell = cells_iterate(places->cells, &it)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_exchanged(places, cell, has_home ? &home : NULL, &stored, exchanger))
			count += cell->count;
		MemoryContextReset(scratch);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return count;
}

void
load_places_tell(LoadPlaces *places)
{
	int64		exchanged = count_exchanged(places);

	if (places->zero > 0)
		ereport(NOTICE,
				(errmsg("column \"%s\": places at (0 0): %lld of %lld", places->column,
						(long long) places->zero, (long long) places->n),
				 errhint("Where (0 0) stands for a missing place, give \"bounds\", which rejects it, or make it NULL.")));
	/* of a city about the origin some are near it */
	if (places->degrees > 0 && !places->origin_used)
		ereport(NOTICE,
				(errmsg("column \"%s\": places with coordinates that look like degrees, which SRID %d has not: %lld of %lld",
						places->column, places->srid, (long long) places->degrees,
						(long long) places->n),
				 errhint("Say what the file has, and to what it is projected: \"srid\": 4326, \"transform\": %d.",
						 places->stored)));
	if (exchanged > 0)
		ereport(NOTICE,
				(errmsg("column \"%s\": places where longitude and latitude seem to be exchanged: %lld of %lld",
						places->column, (long long) exchanged, (long long) places->n),
				 errhint("\"from\" takes x first, which is the longitude.")));
}
