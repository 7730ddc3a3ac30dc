/*
 * simulate.c
 *		simulate_incidents() and simulate_truth(): the synthetic city in SQL.
 */
#include "crimeml.h"

#include "data/city.h"
#include "data/points.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(crimeml_simulate_incidents);
PG_FUNCTION_INFO_V1(crimeml_simulate_truth);

/* The city's local minute of the year as a point in time. */
static TimestampTz
city_time(int32 minute, pg_tz *zone)
{
	struct pg_tm tm;
	fsec_t		fsec;
	TimestampTz result;
	Timestamp	local = (date2j(CITY_YEAR, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY +
		minute * USECS_PER_MINUTE;
	int			offset;

	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	offset = DetermineTimeZoneOffset(&tm, zone);
	if (tm2timestamp(&tm, fsec, &offset, &result) != 0)
		elog(ERROR, "timestamp out of range");
	return result;
}

/* simulate_incidents(n, seed) */
Datum
crimeml_simulate_incidents(PG_FUNCTION_ARGS)
{
	int32		n;
	int64		seed;
	Tuplestorestate *store;
	TupleDesc	desc;
	PointMaker *maker;
	MemoryContext row_context;
	MemoryContext old;
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

	crimeml_begin_rows(fcinfo, &store, &desc);
	maker = point_maker_create(CurrentMemoryContext);
	incidents = city_incidents(n, seed);
	for (int i = 0; i < CITY_OFFENCES; i++)
		offences[i] = CStringGetTextDatum(city_offences[i]);
	for (int i = 1; i <= CITY_DISTRICTS; i++)
		districts[i] = CStringGetTextDatum(psprintf("%02d", i));

	row_context = AllocSetContextCreate(CurrentMemoryContext, "crimeml simulated row",
										ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(row_context);
	for (int i = 0; i < n; i++)
	{
		CityIncident *incident = &incidents[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = Int64GetDatum(i + 1);
		values[1] = TimestampTzGetDatum(city_time(incident->minute, zone));
		values[2] = offences[incident->offence];
		values[3] = districts[incident->district];
		values[4] = point_make(maker, incident->x, incident->y, CITY_SRID);
		tuplestore_putvalues(store, desc, values, nulls);
		if (i % 256 == 255)
		{
			MemoryContextReset(row_context);
			CHECK_FOR_INTERRUPTS();
		}
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(row_context);
	pfree(incidents);
	return (Datum) 0;
}

/* simulate_truth(seed): the hotspots that simulate_incidents(n, seed) draws from */
Datum
crimeml_simulate_truth(PG_FUNCTION_ARGS)
{
	Tuplestorestate *store;
	TupleDesc	desc;
	PointMaker *maker;
	CityHotspot hotspots[CITY_HOTSPOTS];

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"seed\" must not be null")));
	crimeml_begin_rows(fcinfo, &store, &desc);
	maker = point_maker_create(CurrentMemoryContext);
	city_hotspots(PG_GETARG_INT64(0), hotspots);
	for (int i = 0; i < CITY_HOTSPOTS; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(i);
		values[1] = point_make(maker, hotspots[i].x, hotspots[i].y, CITY_SRID);
		values[2] = Float8GetDatum(hotspots[i].share);
		values[3] = Float8GetDatum(hotspots[i].radius);
		tuplestore_putvalues(store, desc, values, nulls);
	}
	return (Datum) 0;
}
