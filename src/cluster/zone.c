/*
 * zone.c
 *		risk_level(), and the window function risk_zone().
 */
#include "crimeml.h"

#include <math.h>

#include "utils/lsyscache.h"
#include "windowapi.h"

#include "stat/natural_breaks.h"
#include "cluster/risk.h"

PG_FUNCTION_INFO_V1(crimeml_risk_level);
PG_FUNCTION_INFO_V1(crimeml_risk_zone);

/* In the memory of the partition, which begins zeroed. */
typedef struct Zones
{
	bool		done;
	int			classes;
	double		lowest[RISK_LEVELS];
} Zones;

/* A value of the enum that the function returns. */
static Datum
risk_datum(FunctionCallInfo fcinfo, RiskLevel level)
{
	Datum	   *values = fcinfo->flinfo->fn_extra;

	if (values == NULL)
	{
		values = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, RISK_LEVELS * sizeof(Datum));
		risk_values(get_func_rettype(fcinfo->flinfo->fn_oid), values);
		fcinfo->flinfo->fn_extra = values;
	}
	return values[level];
}

/* risk_level(value, medium_from, high_from) */
Datum
crimeml_risk_level(PG_FUNCTION_ARGS)
{
	double		value = PG_GETARG_FLOAT8(0);
	double		medium_from = PG_GETARG_FLOAT8(1);
	double		high_from = PG_GETARG_FLOAT8(2);

	if (!(medium_from <= high_from))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"medium_from\" (%g) must not be above \"high_from\" (%g)",
						medium_from, high_from),
				 errhint("Give the bounds in the order low, medium, high.")));
	if (isnan(value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(risk_datum(fcinfo, value >= high_from ? RISK_HIGH :
							   value >= medium_from ? RISK_MEDIUM : RISK_LOW));
}

/* The breaks of the partition's values. */
static void
find_zones(WindowObject winobj, Zones *zones)
{
	int64		nrows = WinGetPartitionRowCount(winobj);
	MemoryContext work;
	MemoryContext caller;
	double	   *value;
	int			n = 0;

	if (nrows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("risk_zone cannot take a partition of %lld rows, above %d",
						(long long) nrows, PG_INT32_MAX),
				 errhint("PARTITION BY district or month.")));
	crimeml_check_memory(add_size(mul_size(nrows, sizeof(double)),
								  natural_breaks_memory(nrows, RISK_LEVELS)),
						 "risk_zone", "the number of rows in a partition (PARTITION BY district or month)");

	work = AllocSetContextCreate(GetMemoryChunkContext(zones), "crimeml risk_zone",
								 ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(work);
	value = crimeml_array(double, nrows);
	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		bool		isout;
		Datum		datum = WinGetFuncArgInPartition(winobj, 0, i, WINDOW_SEEK_HEAD, false,
													 &isnull, &isout);

		if ((i & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnull || isnan(DatumGetFloat8(datum)))
			continue;
		value[n++] = DatumGetFloat8(datum);
		if (isinf(value[n - 1]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("argument \"value\" of risk_zone is infinite"),
					 errhint("Leave such rows out, or make them NULL.")));
	}
	zones->classes = natural_breaks(value, n, RISK_LEVELS, zones->lowest);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
	zones->done = true;
}

/* risk_zone(value) OVER (...) */
Datum
crimeml_risk_zone(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	Zones	   *zones = WinGetPartitionLocalMemory(winobj, sizeof(Zones));
	Datum		value;
	bool		isnull;

	if (!zones->done)
		find_zones(winobj, zones);
	value = WinGetFuncArgCurrent(winobj, 0, &isnull);
	if (isnull || isnan(DatumGetFloat8(value)))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(risk_datum(fcinfo, risk_of_class(DatumGetFloat8(value), zones->lowest,
													 zones->classes)));
}
