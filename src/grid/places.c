/*
 * places.c
 *		Distinct places and the weight at each.
 */
#include "grid/places.h"

#include <math.h>

#define FIRST_CAPACITY 64

void
places_init(Places *places, MemoryContext context)
{
	places->context = context;
	places->slot = NULL;
	places->capacity = 0;
	places->n = 0;
}

void
places_clear(Places *places)
{
	for (uint32 i = 0; i < places->capacity; i++)
		places->slot[i].x = NAN;
	places->n = 0;
}

/* The slot of the place, or the free one where it belongs. */
static inline Place *
find_slot(const Places *places, double x, double y)
{
	uint32		mask = places->capacity - 1;
	uint64		bits[2];
	uint32		at;

	memcpy(&bits[0], &x, sizeof(double));
	memcpy(&bits[1], &y, sizeof(double));
	at = (uint32) crimeml_mix64(bits[0] ^ crimeml_mix64(bits[1])) & mask;
	for (;;)
	{
		Place	   *slot = &places->slot[at];

		if (isnan(slot->x) || (slot->x == x && slot->y == y))
			return slot;
		at = (at + 1) & mask;
	}
}

static void
resize(Places *places, uint32 capacity)
{
	Place	   *old = places->slot;
	uint32		old_capacity = places->capacity;

	places->capacity = capacity;
	crimeml_check_memory(mul_size(places->capacity, sizeof(Place)), "the distinct points",
						 "the number of points");
	places->slot = crimeml_alloc(places->context, places->capacity, sizeof(Place));
	for (uint32 i = 0; i < places->capacity; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		places->slot[i].x = NAN;
	}
	for (uint32 i = 0; i < old_capacity; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isnan(old[i].x))
			*find_slot(places, old[i].x, old[i].y) = old[i];
	}
	if (old != NULL)
		pfree(old);
}

void
places_reserve(Places *places, uint32 n)
{
	uint32		capacity = Max(places->capacity, FIRST_CAPACITY);

	while (capacity / 2 < n)
	{
		if (capacity >= (1U << 30))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("more than %u distinct points", capacity / 2)));
		capacity *= 2;
	}
	if (capacity > places->capacity)
		resize(places, capacity);
}

void
places_add(Places *places, double x, double y, double weight)
{
	Place	   *slot;

	if (places->n >= places->capacity / 2)
		places_reserve(places, places->n + 1);
	/* one zero: -0.0 has other bits, and would hash elsewhere */
	x += 0.0;
	y += 0.0;
	slot = find_slot(places, x, y);
	if (isnan(slot->x))
	{
		slot->x = x;
		slot->y = y;
		slot->weight = 0;
		places->n++;
	}
	slot->weight += weight;
}

static inline int
place_compare(const Place *a, const Place *b)
{
	if (a->y != b->y)
		return a->y < b->y ? -1 : 1;
	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return 0;
}

#define ST_SORT sort_places
#define ST_ELEMENT_TYPE Place
#define ST_COMPARE(a, b) place_compare(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

Place *
places_listed(const Places *places)
{
	Place	   *list = crimeml_array(Place, Max(places->n, 1));
	uint32		n = 0;

	for (uint32 i = 0; i < places->capacity; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isnan(places->slot[i].x))
			list[n++] = places->slot[i];
	}
	return list;
}

Place *
places_sorted(const Places *places)
{
	Place	   *list = places_listed(places);

	sort_places(list, places->n);
	return list;
}

Place *
places_of_points(const double *x, const double *y, const double *weight, int n, uint32 *places)
{
	Place	   *place = scratch_array(Place, Max(n, 1));
	uint32		last = 0;

	for (int i = 0; i < n; i++)
	{
		double		w = weight == NULL ? 1 : weight[i];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (i > 0 && x[i] == x[i - 1] && y[i] == y[i - 1])
			place[last].weight += w;
		else
		{
			last = i == 0 ? 0 : last + 1;
			place[last] = (Place) {x[i], y[i], w};
		}
	}
	*places = n == 0 ? 0 : last + 1;
	return place;
}
