/*
 * hotspots.c
 *		hotspots(): where incidents crowd, with outline, density and rhythm.
 */
#include "crimeml.h"

#include "pgtime.h"
#include "utils/datetime.h"

#include "arguments.h"
#include "cluster/risk.h"
#include "cluster/find_hotspots.h"
#include "data/doubts.h"
#include "rows.h"
#include "stat/natural_breaks.h"

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
rhythm_of(const Hotspot *hotspot, const Incidents *incidents, pg_tz *zone)
{
	Rhythm		rhythm = {0};
	int64		weekday[7] = {0};
	int64		hour[HOURS_PER_DAY] = {0};

	for (int i = 0; incidents->at != NULL && i < hotspot->n; i++)
	{
		TimestampTz at = incidents->at[hotspot->member[i]];
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

/* One row, whose risk is known already. */
static void
put_hotspot(Rows *rows, HotspotShaper *maker, const Hotspot *hotspot, int number,
			const Incidents *incidents, pg_tz *zone, Datum risk)
{
	Rhythm		rhythm = rhythm_of(hotspot, incidents, zone);

	rows_int32(rows, number);
	rows_int64(rows, hotspot->n);
	rows_put(rows, hotspot->geom);
	rows_put(rows, point_make(maker->point, hotspot->center_x, hotspot->center_y, incidents->srid));
	rows_float8(rows, hotspot->area_km2);
	rows_float8(rows, hotspot->n / hotspot->area_km2);
	rows_put(rows, risk);
	if (incidents->key != NULL)
		rows_put(rows, incidents_keys(incidents, hotspot->member, hotspot->n));
	else
		rows_null(rows);
	if (rhythm.known)
	{
		rows_timestamptz(rows, rhythm.first);
		rows_timestamptz(rows, rhythm.last);
		rows_int32(rows, rhythm.weekday);
		rows_int32(rows, rhythm.hour);
	}
	else
		for (int i = 0; i < 4; i++)
			rows_null(rows);
	rows_int32(rows, hotspot->places);
	rows_end(rows);
}

/* hotspots(source, eps, minpoints, buffer, outline, time_zone) */
Datum
crimeml_hotspots(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	HotspotRule rule = hotspot_rule(fcinfo, "hotspots", 1, 3);
	pg_tz	   *zone = arg_time_zone(fcinfo, 5);
	HotspotShaper *maker = hotspot_shaper_create(CurrentMemoryContext);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext row;
	Rows		rows;
	Incidents  *incidents;
	Hotspots   *hotspots;
	double	   *density;
	double		lowest[RISK_LEVELS];
	int			classes;
	Datum		risk[RISK_LEVELS];

	rows_begin(&rows, fcinfo);
	risk_values(TupleDescAttr(rows.desc, COLUMN_RISK)->atttypid, risk);
	incidents = incidents_read("hotspots", source, INCIDENTS_AT | INCIDENTS_KEY, zone);
	doubts_leave_out(incidents, NULL);
	hotspots = hotspots_find(maker, "hotspots", incidents, &rule);

	density = crimeml_array(double, Max(hotspots->n, 1));
	for (int s = 0; s < hotspots->n; s++)
		density[s] = hotspots->hotspot[s].n / hotspots->hotspot[s].area_km2;
	classes = natural_breaks(density, hotspots->n, RISK_LEVELS, lowest);

	row = AllocSetContextCreate(caller, "crimeml hotspot", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(row);
	for (int s = 0; s < hotspots->n; s++)
	{
		const Hotspot *hotspot = &hotspots->hotspot[s];

		put_hotspot(&rows, maker, hotspot, s + 1, incidents, zone,
					risk[risk_of_class(hotspot->n / hotspot->area_km2, lowest, classes)]);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_NULL();
}
