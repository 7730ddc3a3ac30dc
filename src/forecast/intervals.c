/*
 * intervals.c
 *		The arguments horizon and levels of functions that forecast.
 */
#include "forecast/intervals.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#define MAX_LEVELS 20

int
forecast_horizon(FunctionCallInfo fcinfo, int argno)
{
	int			horizon = PG_ARGISNULL(argno) ? 0 : PG_GETARG_INT32(argno);

	if (horizon < 1 || horizon > FORECAST_MAX_HORIZON)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 PG_ARGISNULL(argno) ? errmsg("argument \"%s\" must not be null", "horizon") :
				 errmsg("argument \"%s\" cannot be %d", "horizon", horizon),
				 errhint("It is a number of buckets: 1 to %d.", FORECAST_MAX_HORIZON)));
	return horizon;
}

double *
forecast_levels(FunctionCallInfo fcinfo, int argno, int *n)
{
	Datum	   *element;
	bool	   *isnull;
	double	   *level;

	*n = 0;
	if (PG_ARGISNULL(argno))
		return NULL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &element, &isnull, n);
	if (*n > MAX_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" has %d elements, above %d", "levels", *n, MAX_LEVELS)));
	level = crimeml_array(double, Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		level[i] = isnull[i] ? 0 : DatumGetFloat8(element[i]);
		if (!(level[i] > 0 && level[i] < 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 isnull[i] ? errmsg("argument \"%s\" must not hold a null", "levels") :
					 errmsg("argument \"%s\" cannot hold %g", "levels", level[i]),
					 errhint("A level is a probability above 0 and below 1, such as 0.95.")));
	}
	return level;
}
