/*
 * incidents.c
 *		The incidents of a source.
 */
#include "cluster/incidents.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "cluster/sites.h"
#include "data/points.h"
#include "data/source.h"
#include "stat/order.h"

#define FIRST_CAPACITY 1024

/* Bytes a row that sorting takes for a moment: pairs twice, and an order. */
#define SORT_BYTES 36

typedef struct Reading
{
	Incidents  *incidents;
	int			what;
	MemoryContext context;
	PointReader *reader;
	int			geom;			/* columns, or -1 */
	int			at;
	int			key;
	FmgrInfo	key_output;
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
	crimeml_check_memory(add_size(mul_size(reading->capacity, bytes), reading->text_capacity),
						 "reading the incidents", "the number of rows of the source");
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
	if (reading->what & (INCIDENTS_AT | INCIDENTS_AT_REQUIRED))
		reading->at = source_column_of(desc, "at", TIMESTAMPTZOID,
									   (reading->what & INCIDENTS_AT_REQUIRED) != 0);
	if (reading->what & INCIDENTS_KEY)
		reading->key = source_column(desc, "key", false);

	reading->capacity = FIRST_CAPACITY;
	incidents->x = crimeml_array(double, reading->capacity);
	incidents->y = crimeml_array(double, reading->capacity);
	if (reading->at >= 0)
		incidents->at = crimeml_array(TimestampTz, reading->capacity);
	if (reading->key >= 0)
	{
		Oid			output;
		bool		varlena;

		getTypeOutputInfo(TupleDescAttr(desc, reading->key)->atttypid, &output, &varlena);
		fmgr_info_cxt(output, &reading->key_output, reading->context);
		incidents->key = crimeml_array(Size, reading->capacity);
		reading->text_capacity = FIRST_CAPACITY;
		incidents->text = crimeml_array(char, reading->text_capacity);
	}
	MemoryContextSwitchTo(old);
}

/* Twice the rows. */
static void
grow(Reading *reading)
{
	Incidents  *incidents = reading->incidents;

	if (reading->capacity > PG_INT32_MAX / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source has more than %zu rows", reading->capacity),
				 errhint("Take a part of it: WHERE district = ... or at >= ...")));
	reading->capacity *= 2;
	check_memory(reading);
	incidents->x = crimeml_realloc(incidents->x, reading->capacity, sizeof(double));
	incidents->y = crimeml_realloc(incidents->y, reading->capacity, sizeof(double));
	if (incidents->at != NULL)
		incidents->at = crimeml_realloc(incidents->at, reading->capacity, sizeof(TimestampTz));
	if (incidents->key != NULL)
		incidents->key = crimeml_realloc(incidents->key, reading->capacity, sizeof(Size));
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
		reading->incidents->text = crimeml_realloc(reading->incidents->text,
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
	double		x;
	double		y;

	if (isnull[reading->geom] || !point_read(reading->reader, values[reading->geom], &x, &y))
		return;
	if (fabs(x) > COORDINATE_LIMIT || fabs(y) > COORDINATE_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("point with coordinates (%g %g) is out of range", x, y),
				 errhint("Leave such rows out: WHERE ST_X(geom) BETWEEN ... AND ...")));
	if (i == reading->capacity)
		grow(reading);
	incidents->x[i] = x;
	incidents->y[i] = y;
	if (reading->at >= 0)
	{
		TimestampTz at = isnull[reading->at] ? AT_UNKNOWN :
			DatumGetTimestampTz(values[reading->at]);

		incidents->at[i] = TIMESTAMP_NOT_FINITE(at) ? AT_UNKNOWN : at;
	}
	if (reading->key >= 0)
		incidents->key[i] = isnull[reading->key] ? KEY_UNKNOWN :
			keep_key(reading, values[reading->key]);
	incidents->n++;
}

/* An array in the order given; the old one is freed. */
#define REORDER(type, array) \
	do { \
		type	   *sorted = crimeml_array(type, Max(n, 1)); \
		for (int i = 0; i < n; i++) \
			sorted[i] = (array)[order[i]]; \
		pfree(array); \
		(array) = sorted; \
		CHECK_FOR_INTERRUPTS(); \
	} while (0)

/* Bring them into the order of (x, y). */
static void
sort_incidents(Incidents *incidents)
{
	int			n = incidents->n;
	int32	   *order = crimeml_array(int32, Max(n, 1));

	order_by(incidents->y, n, order, false);
	order_by(incidents->x, n, order, true);
	REORDER(double, incidents->x);
	REORDER(double, incidents->y);
	if (incidents->at != NULL)
		REORDER(TimestampTz, incidents->at);
	if (incidents->key != NULL)
		REORDER(Size, incidents->key);
	pfree(order);
}

Incidents *
incidents_read(const char *function, const char *source, int what)
{
	Reading		reading = {0};

	reading.incidents = palloc0(sizeof(Incidents));
	reading.what = what;
	reading.context = CurrentMemoryContext;
	reading.reader = point_reader_create(CurrentMemoryContext);
	source_read(function, source, start_reading, read_incident, &reading);
	if (reading.incidents->n > 0)
	{
		reading.incidents->srid = reading.reader->srid;
		srid_require_planar(reading.reader->srid, function);
	}
	sort_incidents(reading.incidents);
	return reading.incidents;
}

Incidents *
incidents_between(const Incidents *incidents, TimestampTz from, TimestampTz to)
{
	Incidents  *part = palloc0(sizeof(Incidents));
	int			n = 0;

	for (int i = 0; i < incidents->n; i++)
		n += incidents->at[i] >= from && incidents->at[i] < to;
	CHECK_FOR_INTERRUPTS();
	part->x = crimeml_array(double, Max(n, 1));
	part->y = crimeml_array(double, Max(n, 1));
	part->at = crimeml_array(TimestampTz, Max(n, 1));
	part->srid = incidents->srid;
	for (int i = 0; i < incidents->n; i++)
	{
		if (incidents->at[i] < from || incidents->at[i] >= to)
			continue;
		part->x[part->n] = incidents->x[i];
		part->y[part->n] = incidents->y[i];
		part->at[part->n++] = incidents->at[i];
	}
	CHECK_FOR_INTERRUPTS();
	return part;
}
