/*
 * incidents.c
 *		The incidents of a source.
 */
#include "data/incidents.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "data/points.h"
#include "data/source.h"
#include "stat/order.h"

#define FIRST_CAPACITY 16384

/* Bytes a row that sorting takes for a moment: an order, and points of 16 bytes. */
#define SORT_BYTES 20

typedef struct Reading
{
	Incidents  *incidents;
	int			what;
	MemoryContext context;
	PointReader *reader;
	int			geom;			/* columns, or -1 */
	int			at;
	Oid			at_type;
	pg_tz	   *zone;
	int			key;
	FmgrInfo	key_output;
	int			weight;
	Oid			weight_type;
	int			past;
	Size		capacity;		/* rows */
	Size		text_length;
	Size		text_capacity;
} Reading;

static void
check_memory(const Reading *reading)
{
	const Incidents *incidents = reading->incidents;
	Size		bytes = 2 * sizeof(double) + SORT_BYTES;

	if (incidents->at != NULL)
		bytes += sizeof(TimestampTz);
	if (incidents->key != NULL)
		bytes += sizeof(Size);
	if (incidents->weight != NULL)
		bytes += sizeof(double);
	if (incidents->past != NULL)
		bytes += sizeof(bool);
	crimeml_check_memory(add_size(mul_size(reading->capacity, bytes), reading->text_capacity),
						 "reading the incidents", "the number of rows of the source");
}

double
incident_weight(double weight)
{
	if (!isfinite(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g cannot be used", weight),
				 errhint("Weights are finite numbers; a row whose weight is null is left out.")));
	return weight;
}

/* Look up the columns, and make room. */
static void
start_reading(void *arg, TupleDesc desc)
{
	Reading    *reading = arg;
	Incidents  *incidents = reading->incidents;
	MemoryContext old = MemoryContextSwitchTo(reading->context);

	reading->geom = source_geometry_column(desc, "geom", true);
	reading->at = -1;
	reading->key = -1;
	reading->weight = -1;
	reading->past = -1;
	if (reading->what & (INCIDENTS_AT | INCIDENTS_AT_REQUIRED))
		reading->at = source_time_column(desc, "at", (reading->what & INCIDENTS_AT_REQUIRED) != 0,
										 &reading->at_type);
	if (reading->what & INCIDENTS_KEY)
		reading->key = source_text_column(desc, "key", false, &reading->key_output, reading->context);
	if (reading->what & INCIDENTS_WEIGHT)
		reading->weight = source_number_column(desc, "weight", false, &reading->weight_type);
	if (reading->what & INCIDENTS_PAST)
		reading->past = source_column_of(desc, "past", BOOLOID, false);

	reading->capacity = FIRST_CAPACITY;
	incidents->x = scratch_array(double, reading->capacity);
	incidents->y = scratch_array(double, reading->capacity);
	if (reading->at >= 0)
		incidents->at = scratch_array(TimestampTz, reading->capacity);
	if (reading->key >= 0)
	{
		incidents->key = scratch_array(Size, reading->capacity);
		reading->text_capacity = FIRST_CAPACITY;
		incidents->text = scratch_array(char, reading->text_capacity);
	}
	if (reading->weight >= 0)
		incidents->weight = scratch_array(double, reading->capacity);
	if (reading->past >= 0)
		incidents->past = scratch_array(bool, reading->capacity);
	MemoryContextSwitchTo(old);
}

/* Twice the rows. */
static void
grow(Reading *reading)
{
	Incidents  *incidents = reading->incidents;
	Size		used;

	if (reading->capacity > PG_INT32_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source has more than %zu rows", reading->capacity),
				 errhint("Take a part of it: WHERE district = ... or at >= ...")));
	used = reading->capacity;
	reading->capacity *= 2;
	check_memory(reading);
	incidents->x = crimeml_realloc(incidents->x, used, reading->capacity, sizeof(double));
	incidents->y = crimeml_realloc(incidents->y, used, reading->capacity, sizeof(double));
	if (incidents->at != NULL)
		incidents->at = crimeml_realloc(incidents->at, used, reading->capacity, sizeof(TimestampTz));
	if (incidents->key != NULL)
		incidents->key = crimeml_realloc(incidents->key, used, reading->capacity, sizeof(Size));
	if (incidents->weight != NULL)
		incidents->weight = crimeml_realloc(incidents->weight, used, reading->capacity, sizeof(double));
	if (incidents->past != NULL)
		incidents->past = crimeml_realloc(incidents->past, used, reading->capacity, sizeof(bool));
}

/* Keep the text of a key; where it begins is the result. */
static Size
keep_key(Reading *reading, Datum value)
{
	char	   *text = OutputFunctionCall(&reading->key_output, value);
	Size		size = strlen(text) + 1;
	Size		begin = reading->text_length;

	if (size > reading->text_capacity - begin)
	{
		reading->text_capacity = Max(add_size(reading->text_capacity, reading->text_capacity),
									 add_size(begin, size));
		check_memory(reading);
		reading->incidents->text = crimeml_realloc(reading->incidents->text, begin,
												   reading->text_capacity, 1);
	}
	memcpy(reading->incidents->text + begin, text, size);
	reading->text_length += size;
	return begin;
}

/* One row of the source. */
static void
read_incident(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	Reading    *reading = arg;
	Incidents  *incidents = reading->incidents;
	int			i = incidents->n;
	TimestampTz at = AT_UNKNOWN;
	double		x;
	double		y;

	incidents->rows++;
	if (reading->at >= 0 && !isnull[reading->at])
		at = source_time(values[reading->at], reading->at_type, reading->zone);
	if (at != AT_UNKNOWN)
	{
		incidents->first = incidents->first == AT_UNKNOWN ? at : Min(incidents->first, at);
		incidents->last = Max(incidents->last, at);
	}
	if (isnull[reading->geom] || !point_read(reading->reader, values[reading->geom], &x, &y))
	{
		incidents->no_place++;
		return;
	}
	point_check_range(x, y);
	if (reading->weight >= 0 && isnull[reading->weight])
	{
		incidents->no_weight++;
		return;
	}
	if (i == reading->capacity)
		grow(reading);
	incidents->x[i] = x;
	incidents->y[i] = y;
	if (reading->at >= 0)
	{
		incidents->at[i] = at;
		incidents->no_time += at == AT_UNKNOWN;
	}
	if (reading->key >= 0)
		incidents->key[i] = isnull[reading->key] ? KEY_UNKNOWN :
			keep_key(reading, values[reading->key]);
	if (reading->weight >= 0)
		incidents->weight[i] = incident_weight(source_number(values[reading->weight],
															 reading->weight_type));
	if (reading->past >= 0)
		incidents->past[i] = !isnull[reading->past] && DatumGetBool(values[reading->past]);
	incidents->n++;
}

/* An array in the order given, by way of room for n values of 8 bytes. */
#define REORDER(type, array) \
	do { \
		type	   *sorted = room; \
		for (int i = 0; i < n; i++) \
		{ \
			if (i % CHECK_ROWS == 0) \
				CHECK_FOR_INTERRUPTS(); \
			sorted[i] = (array)[order[i]]; \
		} \
		crimeml_copy((array), sorted, sizeof(type) * n); \
	} while (0)

/* Bring them into the order of (x, y). */
static void
sort_incidents(Incidents *incidents)
{
	int			n = incidents->n;
	int32	   *order = scratch_array(int32, Max(n, 1));
	void	   *room;

	order_points(incidents->x, incidents->y, n, order);
	room = scratch_array(double, Max(n, 1));
	REORDER(double, incidents->x);
	REORDER(double, incidents->y);
	if (incidents->at != NULL)
		REORDER(TimestampTz, incidents->at);
	if (incidents->key != NULL)
		REORDER(Size, incidents->key);
	if (incidents->weight != NULL)
		REORDER(double, incidents->weight);
	if (incidents->past != NULL)
		REORDER(bool, incidents->past);
	pfree(order);
	pfree(room);
}

Incidents *
incidents_read(const char *function, const char *source, int what, pg_tz *zone)
{
	Reading		reading = {0};
	Incidents  *incidents = palloc0(sizeof(Incidents));

	incidents->function = function;
	incidents->first = incidents->last = AT_UNKNOWN;
	reading.incidents = incidents;
	reading.what = what;
	reading.zone = zone;
	reading.context = CurrentMemoryContext;
	reading.reader = point_reader_create(CurrentMemoryContext);
	source_read(function, source, start_reading, read_incident, &reading);
	if (incidents->n > 0)
	{
		incidents->srid = reading.reader->srid;
		if (what & INCIDENTS_GEOGRAPHIC)
			incidents->geographic = srid_info(incidents->srid).geographic;
		else
			srid_require_planar(incidents->srid, function);
	}
	sort_incidents(incidents);
	return incidents;
}

/* The i-th of one becomes the n-th of another that has room for it. */
static void
copy_incident(Incidents *to, int n, const Incidents *from, int i)
{
	to->x[n] = from->x[i];
	to->y[n] = from->y[i];
	if (from->at != NULL)
	{
		to->at[n] = from->at[i];
		to->no_time += from->at[i] == AT_UNKNOWN;
	}
	if (from->key != NULL)
		to->key[n] = from->key[i];
	if (from->weight != NULL)
		to->weight[n] = from->weight[i];
	if (from->past != NULL)
		to->past[n] = from->past[i];
}

void
incidents_keep(Incidents *incidents, const bool *keep)
{
	int			n = 0;

	incidents->no_time = 0;
	for (int i = 0; i < incidents->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (keep[i])
			copy_incident(incidents, n++, incidents, i);
	}
	incidents->n = n;
}

Incidents *
incidents_between(const Incidents *incidents, TimestampTz from, TimestampTz to)
{
	Incidents  *part = palloc(sizeof(Incidents));
	int			n = 0;

	for (int i = 0; i < incidents->n; i++)
		n += incidents->at[i] >= from && incidents->at[i] < to;
	CHECK_FOR_INTERRUPTS();
	*part = *incidents;
	part->n = 0;
	part->no_time = 0;
	part->x = crimeml_array(double, Max(n, 1));
	part->y = crimeml_array(double, Max(n, 1));
	part->at = crimeml_array(TimestampTz, Max(n, 1));
	if (incidents->key != NULL)
		part->key = crimeml_array(Size, Max(n, 1));
	if (incidents->weight != NULL)
		part->weight = crimeml_array(double, Max(n, 1));
	if (incidents->past != NULL)
		part->past = crimeml_array(bool, Max(n, 1));
	for (int i = 0; i < incidents->n; i++)
	{
		if (incidents->at[i] >= from && incidents->at[i] < to)
			copy_incident(part, part->n++, incidents, i);
	}
	CHECK_FOR_INTERRUPTS();
	return part;
}

/*
 * Oldest first, those without a time last; then by key, shorter ones first, so
 * that numbers stand in their order.
 */
static int
compare_members(const void *a, const void *b, void *arg)
{
	const Incidents *incidents = arg;
	int32		one = *(const int32 *) a;
	int32		two = *(const int32 *) b;

	CHECK_FOR_INTERRUPTS();
	if (incidents->at != NULL && incidents->at[one] != incidents->at[two])
	{
		if (incidents->at[one] == AT_UNKNOWN || incidents->at[two] == AT_UNKNOWN)
			return incidents->at[one] == AT_UNKNOWN ? 1 : -1;
		return incidents->at[one] < incidents->at[two] ? -1 : 1;
	}
	else
	{
		const char *key_one = incident_key(incidents, one);
		const char *key_two = incident_key(incidents, two);
		Size		size_one = strlen(key_one);
		Size		size_two = strlen(key_two);

		if (size_one != size_two)
			return size_one < size_two ? -1 : 1;
		return strcmp(key_one, key_two);
	}
}

Datum
incidents_keys(const Incidents *incidents, const int32 *which, int n)
{
	int32	   *member = scratch_array(int32, n);
	Datum	   *key = scratch_array(Datum, n);
	int			known = 0;

	for (int i = 0; i < n; i++)
	{
		if (incidents->key[which[i]] != KEY_UNKNOWN)
			member[known++] = which[i];
	}
	qsort_arg(member, known, sizeof(int32), compare_members, unconstify(Incidents *, incidents));
	for (int i = 0; i < known; i++)
	{
		key[i] = CStringGetTextDatum(incident_key(incidents, member[i]));
		if ((i & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return PointerGetDatum(construct_array(key, known, TEXTOID, -1, false, TYPALIGN_INT));
}
