/*
 * cache.c
 *		The grids that a call site has used, for functions called row by row.
 *
 * A grid is known by the bytes of its datum: the TOAST pointer of what is on
 * disk, the compressed bytes of what is in the row.  A plain datum is used as it
 * is.
 */
#include "grid/cache.h"

#include "access/detoast.h"

/* At most so many grids, and so many bytes of all but the last. */
#define MOST_GRIDS 16
#define MOST_BYTES ((Size) 64 * 1024 * 1024)

typedef struct CachedGrid
{
	MemoryContext context;		/* of key and grid; NULL: free */
	struct varlena *key;
	Size		key_size;
	Grid	   *grid;
	uint64		used;			/* the larger the later */
} CachedGrid;

struct GridCache
{
	MemoryContext context;
	uint64		uses;
	CachedGrid *last;			/* found most recently; or NULL */
	CachedGrid	slot[MOST_GRIDS];
};

GridCache *
grid_cache_create(MemoryContext context)
{
	GridCache  *cache = MemoryContextAllocZero(context, sizeof(GridCache));

	cache->context = context;
	return cache;
}

static inline bool
is_key(const CachedGrid *entry, const struct varlena *datum, Size size)
{
	return entry->context != NULL && entry->key_size == size &&
		memcmp(entry->key, datum, size) == 0;
}

static void
drop(CachedGrid *entry)
{
	MemoryContextDelete(entry->context);
	memset(entry, 0, sizeof(CachedGrid));
}

/* A free slot: the grids used longest ago go while they are too many or too large. */
static CachedGrid *
make_room(GridCache *cache)
{
	for (;;)
	{
		CachedGrid *oldest = NULL;
		CachedGrid *free = NULL;
		Size		bytes = 0;

		for (int i = 0; i < MOST_GRIDS; i++)
		{
			CachedGrid *entry = &cache->slot[i];

			if (entry->context == NULL)
			{
				free = entry;
				continue;
			}
			bytes += VARSIZE(entry->grid);
			if (oldest == NULL || entry->used < oldest->used)
				oldest = entry;
		}
		if (free != NULL && bytes <= MOST_BYTES)
			return free;
		drop(oldest);
	}
}

static CachedGrid *
read_grid(GridCache *cache, struct varlena *datum, Size size)
{
	CachedGrid *entry;
	CachedGrid	read = {0};
	MemoryContext old;

	cache->last = NULL;
	entry = make_room(cache);
	/* first below the caller's context, so that an error leaves nothing */
	read.context = AllocSetContextCreate(CurrentMemoryContext, "crimeml grid",
										 ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(read.context);
	read.key = memcpy(palloc(size), datum, size);
	read.key_size = size;
	read.grid = grid_of_datum(PointerGetDatum(datum));
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(read.context, cache->context);
	*entry = read;
	return entry;
}

const Grid *
grid_cache_get(GridCache *cache, Datum value)
{
	struct varlena *datum = (struct varlena *) DatumGetPointer(value);
	Size		size;

	if (!VARATT_IS_EXTERNAL_ONDISK(datum) && !VARATT_IS_COMPRESSED(datum))
		return grid_of_datum(value);
	size = VARSIZE_ANY(datum);
	if (cache->last == NULL || !is_key(cache->last, datum, size))
	{
		CachedGrid *found = NULL;

		for (int i = 0; i < MOST_GRIDS && found == NULL; i++)
		{
			if (is_key(&cache->slot[i], datum, size))
				found = &cache->slot[i];
		}
		cache->last = found != NULL ? found : read_grid(cache, datum, size);
	}
	cache->last->used = ++cache->uses;
	return cache->last->grid;
}
