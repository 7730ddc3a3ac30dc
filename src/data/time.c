/*
 * time.c
 *		time_features(): what of a time a model can learn from.
 */
#include "crimeml.h"

#include <math.h>

#include "pgtime.h"
#include "utils/datetime.h"

#include "arguments.h"

#define TIME_FEATURES 11

PG_FUNCTION_INFO_V1(crimeml_time_features);

/* The row type, described once for all rows of a query. */
static TupleDesc
features_desc(FunctionCallInfo fcinfo)
{
	TupleDesc	desc = fcinfo->flinfo->fn_extra;

	if (desc == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
			desc->natts != TIME_FEATURES)
			elog(ERROR, "return type must be crimeml.time_features");
		desc = BlessTupleDesc(CreateTupleDescCopy(desc));
		MemoryContextSwitchTo(old);
		fcinfo->flinfo->fn_extra = desc;
	}
	return desc;
}

/* time_features(at, time_zone) */
Datum
crimeml_time_features(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	pg_tz	   *zone = arg_time_zone(fcinfo, 1);
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;
	int			weekday;
	int			day_of_year;
	double		day;			/* parts of a turn */
	double		week;
	double		year;
	Datum		values[TIME_FEATURES];
	bool		nulls[TIME_FEATURES] = {false};

	if (TIMESTAMP_NOT_FINITE(at) ||
		timestamp2tm(at, &offset, &tm, &fsec, NULL, zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("argument \"at\" is infinite or out of range"),
				 errhint("Leave such rows out: WHERE isfinite(at).")));

	weekday = j2day(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday));
	weekday = weekday == 0 ? 7 : weekday;
	day_of_year = date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - date2j(tm.tm_year, 1, 1) + 1;
	day = (tm.tm_hour * 3600.0 + tm.tm_min * 60.0 + tm.tm_sec + fsec / 1e6) / 86400.0;
	week = (weekday - 1) / 7.0;
	year = (day_of_year - 1.0) / (date2j(tm.tm_year + 1, 1, 1) - date2j(tm.tm_year, 1, 1));

	values[0] = Int32GetDatum(tm.tm_hour);
	values[1] = Int32GetDatum(weekday);
	values[2] = Int32GetDatum(tm.tm_mon);
	values[3] = Int32GetDatum(day_of_year);
	values[4] = BoolGetDatum(weekday >= 6);
	values[5] = Float8GetDatum(sin(2 * M_PI * day));
	values[6] = Float8GetDatum(cos(2 * M_PI * day));
	values[7] = Float8GetDatum(sin(2 * M_PI * week));
	values[8] = Float8GetDatum(cos(2 * M_PI * week));
	values[9] = Float8GetDatum(sin(2 * M_PI * year));
	values[10] = Float8GetDatum(cos(2 * M_PI * year));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(features_desc(fcinfo), values, nulls)));
}
