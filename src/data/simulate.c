/*
 * simulate.c
 *		simulate_incidents() and simulate_truth(): the synthetic city in SQL.
 */
#include "crimeml.h"

#include "data/calendar.h"
#include "data/city.h"
#include "data/points.h"
#include "rows.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(crimeml_simulate_incidents);
PG_FUNCTION_INFO_V1(crimeml_simulate_truth);

/* The city's local minute of the year as a point in time. */
static TimestampTz
city_time(int32 minute, pg_tz *zone)
{
	TimestampTz result;
	Timestamp	local = (date2j(CITY_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY +
		minute * USECS_PER_MINUTE;

	if (!local_to_instant(local, zone, &result))
		elog(ERROR, "timestamp out of range");
	return result;
}

static void
put_point(Rows *rows, PointMaker *maker, double x, double y)
{
	MemoryContext old = MemoryContextSwitchTo(rows->row);

	rows_put(rows, point_make(maker, x, y, CITY_SRID));
	MemoryContextSwitchTo(old);
}

/* simulate_incidents(n, seed) */
Datum
crimeml_simulate_incidents(PG_FUNCTION_ARGS)
{
	int32		n;
	int64		seed;
	Rows		rows;
	PointMaker *maker;
	CityIncident *incidents;
	Datum		offences[CITY_OFFENCES];
	Datum		districts[CITY_DISTRICTS + 1];
	pg_tz	   *zone = pg_tzset(CITY_TIME_ZONE);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", PG_ARGISNULL(0) ? "n" : "seed")));
	n = PG_GETARG_INT32(0);
	seed = PG_GETARG_INT64(1);
	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"n\" is %d, and must not be negative", n),
				 errhint("It is the number of incidents to simulate.")));
	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the server does not know time zone \"%s\"", CITY_TIME_ZONE),
				 errhint("Install the time zone data (package tzdata).")));

	rows_begin(&rows, fcinfo);
	maker = point_maker_create(CurrentMemoryContext);
	incidents = city_incidents(n, seed);
	for (int i = 0; i < CITY_OFFENCES; i++)
		offences[i] = CStringGetTextDatum(city_offences[i]);
	for (int i = 1; i <= CITY_DISTRICTS; i++)
		districts[i] = CStringGetTextDatum(psprintf("%02d", i));

	for (int i = 0; i < n; i++)
	{
		CityIncident *incident = &incidents[i];

		rows_int64(&rows, i + 1);
		rows_timestamptz(&rows, city_time(incident->minute, zone));
		rows_put(&rows, offences[incident->offence]);
		rows_put(&rows, districts[incident->district]);
		put_point(&rows, maker, incident->x, incident->y);
		rows_end(&rows);
	}
	pfree(incidents);
	return (Datum) 0;
}

/* simulate_truth(seed): the hotspots that simulate_incidents(n, seed) draws from */
Datum
crimeml_simulate_truth(PG_FUNCTION_ARGS)
{
	Rows		rows;
	PointMaker *maker;
	CityHotspot hotspots[CITY_HOTSPOTS];

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"seed\" must not be null")));
	rows_begin(&rows, fcinfo);
	maker = point_maker_create(CurrentMemoryContext);
	city_hotspots(PG_GETARG_INT64(0), hotspots);
	for (int i = 0; i < CITY_HOTSPOTS; i++)
	{
		rows_int32(&rows, i);
		put_point(&rows, maker, hotspots[i].x, hotspots[i].y);
		rows_float8(&rows, hotspots[i].share);
		rows_float8(&rows, hotspots[i].radius);
		rows_end(&rows);
	}
	return (Datum) 0;
}
