/*
 * hotspots.c
 *		hotspots(): where incidents crowd, with outline, density and rhythm.
 */
#include "crimeml.h"

#include "catalog/pg_type.h"
#include "pgtime.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "cluster/incidents.h"
#include "stat/natural_breaks.h"
#include "cluster/risk.h"
#include "cluster/spots.h"

#define HOTSPOT_COLUMNS 13
#define COLUMN_RISK 6

PG_FUNCTION_INFO_V1(crimeml_hotspots);

/* When the members of a hotspot happened. */
typedef struct Rhythm
{
	bool		known;
	TimestampTz first;
	TimestampTz last;
	int			weekday;		/* ISO: 1 Monday .. 7 */
	int			hour;
} Rhythm;

/* The time zone of the argument, or the session's. */
static pg_tz *
time_zone_arg(FunctionCallInfo fcinfo, int argno)
{
	pg_tz	   *zone;
	char	   *name;

	if (PG_ARGISNULL(argno))
		return session_timezone;
	name = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	zone = pg_tzset(name);
	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("SELECT name FROM pg_timezone_names lists them.")));
	return zone;
}

/* The most frequent of n, the first of equal ones. */
static int
busiest(const int64 *count, int n)
{
	int			best = 0;

	for (int i = 1; i < n; i++)
	{
		if (count[i] > count[best])
			best = i;
	}
	return best;
}

static Rhythm
rhythm_of(const Spot *spot, const Incidents *incidents, pg_tz *zone)
{
	Rhythm		rhythm = {0};
	int64		weekday[7] = {0};
	int64		hour[HOURS_PER_DAY] = {0};

	for (int i = 0; incidents->at != NULL && i < spot->n; i++)
	{
		TimestampTz at = incidents->at[spot->member[i]];
		struct pg_tm tm;
		fsec_t		fsec;
		int			offset;

		if ((i & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (at == AT_UNKNOWN || timestamp2tm(at, &offset, &tm, &fsec, NULL, zone) != 0)
			continue;
		rhythm.first = rhythm.known ? Min(rhythm.first, at) : at;
		rhythm.last = rhythm.known ? Max(rhythm.last, at) : at;
		rhythm.known = true;
		/* j2day: 0 is Sunday */
		weekday[(j2day(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday)) + 6) % 7]++;
		hour[tm.tm_hour]++;
	}
	rhythm.weekday = busiest(weekday, 7) + 1;
	rhythm.hour = busiest(hour, HOURS_PER_DAY);
	return rhythm;
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

/* text[] of the keys of the members that have one. */
static Datum
keys_of(const Spot *spot, Incidents *incidents)
{
	int32	   *member = crimeml_array(int32, spot->n);
	Datum	   *key = crimeml_array(Datum, spot->n);
	int			n = 0;

	for (int i = 0; i < spot->n; i++)
	{
		if (incidents->key[spot->member[i]] != KEY_UNKNOWN)
			member[n++] = spot->member[i];
	}
	qsort_arg(member, n, sizeof(int32), compare_members, incidents);
	for (int i = 0; i < n; i++)
	{
		key[i] = CStringGetTextDatum(incident_key(incidents, member[i]));
		if ((i & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return PointerGetDatum(construct_array(key, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/* One row, whose risk is known already. */
static void
put_spot(Tuplestorestate *store, TupleDesc desc, SpotMaker *maker, const Spot *spot, int number,
		 Incidents *incidents, pg_tz *zone, Datum risk)
{
	Rhythm		rhythm = rhythm_of(spot, incidents, zone);
	Datum		values[HOTSPOT_COLUMNS];
	bool		nulls[HOTSPOT_COLUMNS] = {false};

	values[0] = Int32GetDatum(number);
	values[1] = Int64GetDatum(spot->n);
	values[2] = spot->geom;
	values[3] = point_make(maker->point, spot->center_x, spot->center_y, incidents->srid);
	values[4] = Float8GetDatum(spot->area_km2);
	values[5] = Float8GetDatum(spot->n / spot->area_km2);
	values[COLUMN_RISK] = risk;
	nulls[7] = incidents->key == NULL;
	if (!nulls[7])
		values[7] = keys_of(spot, incidents);
	values[8] = TimestampTzGetDatum(rhythm.first);
	values[9] = TimestampTzGetDatum(rhythm.last);
	values[10] = Int32GetDatum(rhythm.weekday);
	values[11] = Int32GetDatum(rhythm.hour);
	nulls[8] = nulls[9] = nulls[10] = nulls[11] = !rhythm.known;
	values[12] = Int32GetDatum(spot->places);
	tuplestore_putvalues(store, desc, values, nulls);
}

/* hotspots(source, eps, minpoints, buffer, outline, time_zone) */
Datum
crimeml_hotspots(PG_FUNCTION_ARGS)
{
	char	   *source = crimeml_text_arg(fcinfo, 0, "source");
	SpotRule	rule = spot_rule(fcinfo, "hotspots", 1, 3);
	pg_tz	   *zone = time_zone_arg(fcinfo, 5);
	SpotMaker  *maker = spot_maker_create(CurrentMemoryContext);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext row;
	Tuplestorestate *store;
	TupleDesc	desc;
	Incidents  *incidents;
	Spots	   *spots;
	double	   *density;
	double		lowest[RISK_LEVELS];
	int			classes;
	Datum		risk[RISK_LEVELS];

	crimeml_begin_rows(fcinfo, &store, &desc);
	risk_values(TupleDescAttr(desc, COLUMN_RISK)->atttypid, risk);
	incidents = incidents_read("hotspots", source, INCIDENTS_AT | INCIDENTS_KEY);
	spots = spots_find(maker, "hotspots", incidents, &rule);

	density = crimeml_array(double, Max(spots->n, 1));
	for (int s = 0; s < spots->n; s++)
		density[s] = spots->spot[s].n / spots->spot[s].area_km2;
	classes = natural_breaks(density, spots->n, RISK_LEVELS, lowest);

	row = AllocSetContextCreate(caller, "crimeml hotspot", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(row);
	for (int s = 0; s < spots->n; s++)
	{
		const Spot *spot = &spots->spot[s];

		put_spot(store, desc, maker, spot, s + 1, incidents, zone,
				 risk[risk_of_class(spot->n / spot->area_km2, lowest, classes)]);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_NULL();
}
