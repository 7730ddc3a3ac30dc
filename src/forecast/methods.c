/*
 * methods.c
 *		The forecasters there are, and what all of them have besides their own
 *		options.
 */
#include "forecast/methods.h"

#include "arguments.h"

static const Forecaster *const forecasters[] = {
	&auto_forecaster,
	&level_forecaster,
	&ets_forecaster,
	&arima_forecaster,
	&lstm_forecaster,
	&theta_forecaster,
	&trend_forecaster,
	&naive_forecaster,
	&mean_forecaster
};

const Forecaster *
forecaster_by_code(uint16 code)
{
	for (int i = 0; i < lengthof(forecasters); i++)
		if (forecasters[i]->base.code == code)
			return forecasters[i];
	return NULL;
}

const Forecaster *
forecaster_by_name(const char *name, const char *argument)
{
	const char *names[lengthof(forecasters)];

	for (int i = 0; i < lengthof(forecasters); i++)
		names[i] = forecasters[i]->base.name;
	return forecasters[word_of_list(name, argument, names, lengthof(forecasters))];
}

enum
{
	FORECASTER_BUCKET,
	FORECASTER_TIME_ZONE,
	FORECASTER_GAPS,
	FORECASTER_OPTIONS
};

static const char *const gaps_choices[] = {"missing", "zero", NULL};

static const OptionSpec forecaster_spec[] = {
	[FORECASTER_BUCKET] = {"bucket", OPTION_INTERVAL, 0, "the shortest step between two times", 0, 0, NULL,
		"length of a bucket: whole minutes that divide a day, 1 day, 7 days, or months that divide a year"},
	[FORECASTER_TIME_ZONE] = {"time_zone", OPTION_TIME_ZONE, 0, "the session's TimeZone", 0, 0, NULL,
		"time zone on whose clocks the buckets are; it is kept in the model"},
	[FORECASTER_GAPS] = {"gaps", OPTION_CHOICE, 0, NULL, 0, 0, gaps_choices,
		"what a bucket without a row is, between the first and the last one: a missing value, or 0"},
};

const OptionTable forecaster_options = {
	NULL, forecaster_spec, FORECASTER_OPTIONS, NULL, NULL
};

ForecasterSettings
forecaster_settings(const Options *options)
{
	const OptionValue *shared = options->value + options->table->n;
	int			seed = option_find(options->table, "seed");
	ForecasterSettings settings;

	settings.bucket = shared[FORECASTER_BUCKET].interval;
	settings.zone = shared[FORECASTER_TIME_ZONE].text == NULL ? session_timezone :
		pg_tzset(shared[FORECASTER_TIME_ZONE].text);
	settings.zeros = shared[FORECASTER_GAPS].number != 0;
	settings.seed = seed < 0 || seed >= options->table->n ? 0 : (uint64) options->value[seed].number;
	return settings;
}

ForecasterSettings
forecaster_settings_of_counts(const Options *options, const char *function)
{
	static const int about_rows[] = {FORECASTER_BUCKET, FORECASTER_GAPS};

	for (int i = 0; i < lengthof(about_rows); i++)
		if (options->value[options->table->n + about_rows[i]].given)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s takes no option \"%s\"", function, forecaster_spec[about_rows[i]].name),
					 errdetail("It counts in the buckets of its argument \"bucket\", and those without a row are 0.")));
	return forecaster_settings(options);
}
