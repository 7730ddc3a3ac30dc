/*
 * methods.h
 *		The forecasters there are, and what all of them have besides their own
 *		options.
 */
#ifndef CRIMEML_FORECAST_METHODS_H
#define CRIMEML_FORECAST_METHODS_H

#include "forecast/forecaster.h"

/* By stored code; NULL when there is none. */
extern const Forecaster *forecaster_by_code(uint16 code);

/*
 * By name, where it may be given in a list; an error of the SQL function names
 * the nearest.
 */
extern const Forecaster *forecaster_by_name(const char *name, const char *argument);

/* What the options that all forecasters share say. */
typedef struct ForecasterSettings
{
	const Interval *bucket;		/* NULL: what the times say */
	pg_tz	   *zone;
	bool		zeros;			/* what is missing is 0 */
	uint64		seed;			/* its own option, or 0 */
} ForecasterSettings;

extern ForecasterSettings forecaster_settings(const Options *options);

/* Those of a function that counts rows itself: what is about rows is an error. */
extern ForecasterSettings forecaster_settings_of_counts(const Options *options, const char *function);

#endif							/* CRIMEML_FORECAST_METHODS_H */
