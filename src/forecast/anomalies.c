/*
 * anomalies.c
 *		anomalies(): buckets of a source in which there was more, or less, than
 *		what was before them lets expect.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "forecast/anomaly.h"
#include "forecast/counts_set.h"
#include "forecast/series_task.h"
#include "options.h"
#include "rows.h"

#define DAYS_A_YEAR 365.2425
#define MONTHS_A_YEAR 12

/* Of the arguments: alarms a year at least, and the largest share of buckets. */
#define LEAST_ALARMS 0.001
#define LARGEST_TAIL 0.25

enum
{
	SHARED_DIRECTION,
	SHARED_TIME_ZONE,
	SHARED_OPTIONS
};

enum
{
	DIRECTION_HIGH,
	DIRECTION_LOW,
	DIRECTION_BOTH
};

static const char *const directions[] = {"high", "low", "both", NULL};

static const OptionSpec shared_spec[] = {
	[SHARED_DIRECTION] = {"direction", OPTION_CHOICE, DIRECTION_HIGH, NULL, 0, 0, directions,
	"what is an anomaly: too many, too few, or both, which share the false alarms"},
	[SHARED_TIME_ZONE] = {"time_zone", OPTION_TIME_ZONE, 0, "the session's TimeZone", 0, 0, NULL,
	"time zone on whose clocks the buckets are"},
};

static const OptionTable shared_options = {NULL, shared_spec, SHARED_OPTIONS, NULL, NULL};

enum
{
	LEVEL_SEASON,
	LEVEL_HOLIDAYS,
	LEVEL_REFIT,
	LEVEL_OUTLIER,
	LEVEL_OPTIONS
};

static const OptionSpec level_spec[] = {
	[LEVEL_SEASON] = {"season", OPTION_BOOLEAN, 1, NULL, 0, 1, NULL,
	"is there a profile of month, weekday or hour, and year?"},
	[LEVEL_HOLIDAYS] = {"holidays", OPTION_BOOLEAN, 1, NULL, 0, 1, NULL,
	"do days of crimeml.holidays have an effect of their own?"},
	[LEVEL_REFIT] = {"refit", OPTION_INTEGER, OPTION_AUTO, "a quarter of a year", 1, 1000000, NULL,
	"buckets after which the model is fitted again; in between its level follows the counts"},
	[LEVEL_OUTLIER] = {"outlier", OPTION_NUMBER, 0.001, NULL, 0, 0.01, NULL,
	"what lies so far out (probability of the tail) weighs less, the less the farther; 0: all alike"},
};

const OptionTable anomalies_options = {
	"anomalies", level_spec, LEVEL_OPTIONS, &shared_options, "{\"direction\": \"both\"}"
};

enum
{
	FARRINGTON_YEARS,
	FARRINGTON_HALF_WINDOW,
	FARRINGTON_PERIODS,
	FARRINGTON_LEFT_OUT,
	FARRINGTON_REWEIGHT,
	FARRINGTON_TREND_P,
	FARRINGTON_BOUND,
	FARRINGTON_LEAST,
	FARRINGTON_AMONG,
	FARRINGTON_OPTIONS
};

static const char *const bounds[] = {"power", "counts", NULL};

static const OptionSpec farrington_spec[] = {
	[FARRINGTON_YEARS] = {"years", OPTION_INTEGER, 5, NULL, 2, 20, NULL,
	"years before that are learned from, as far as there are, 2 at least"},
	[FARRINGTON_HALF_WINDOW] = {"half_window", OPTION_INTEGER, OPTION_AUTO, "3 weeks, or 1 month", 0, 20, NULL,
	"buckets on both sides of the same date of earlier years that are its season"},
	[FARRINGTON_PERIODS] = {"periods", OPTION_INTEGER, OPTION_AUTO, "10 of weeks, 4 of months", 1, 46, NULL,
	"seasons of a year, that of the date among them; 1: no others are learned from"},
	[FARRINGTON_LEFT_OUT] = {"left_out", OPTION_INTEGER, OPTION_AUTO, "26 weeks, or 6 months", 1, 52, NULL,
	"buckets just before that are not learned from, so that an outbreak does not hide itself"},
	[FARRINGTON_REWEIGHT] = {"reweight", OPTION_NUMBER, 2.58, NULL, 0, 100, NULL,
	"counts whose Anscombe residual is above it weigh less; 0: all alike"},
	[FARRINGTON_TREND_P] = {"trend_p", OPTION_NUMBER, 1, NULL, 0, 1, NULL,
	"a line in time is kept where its p is below it (1: always), of 3 years or more, and where it leads no higher than what was seen"},
	[FARRINGTON_BOUND] = {"bound", OPTION_CHOICE, 0, NULL, 0, 0, bounds,
	"power: normal distribution of the power 2/3, with the error of the expected count; counts: negative binomial without it"},
	[FARRINGTON_LEAST] = {"least", OPTION_INTEGER, 5, NULL, 0, 1000000, NULL,
	"incidents in the last \"among\" buckets without which a high count is no anomaly"},
	[FARRINGTON_AMONG] = {"among", OPTION_INTEGER, 4, NULL, 1, 1000, NULL,
	"buckets, with the one that is judged, that hold \"least\" incidents"},
};

const OptionTable farrington_options = {
	"farrington", farrington_spec, FARRINGTON_OPTIONS, &shared_options, "{\"direction\": \"both\"}"
};

typedef struct Anomalies
{
	Rows		rows;
	const CountsSet *set;
	const SeriesSet *judged;
	const int  *which;
	const AnomalyRule *rule;
	int64		n;
	int64		unjudged;
	int64		few_years;
} Anomalies;

/* ----------
 * Arguments
 * ----------
 */

static double
buckets_a_year(const Bucket *bucket)
{
	if (bucket->months > 0)
		return MONTHS_A_YEAR / bucket->months;
	if (bucket->days > 0)
		return DAYS_A_YEAR / bucket->days;
	return DAYS_A_YEAR * (USECS_PER_DAY / bucket->microseconds);
}

/* The buckets that are judged: those of "during", or the last year, of what there is the later half at most. */
static void
find_judged(FunctionCallInfo fcinfo, const SeriesCounts *counts, int *begin, int *end)
{
	const Calendar *calendar = counts->calendar;
	TimestampTz from;
	TimestampTz to;

	*end = counts->buckets;
	*begin = Max(*end - (int) rint(Min(buckets_a_year(&calendar->bucket), PG_INT32_MAX / 2)), *end / 2);
	if (PG_ARGISNULL(2))
		return;
	if (!range_instants(PG_GETARG_RANGE_P(2), &from, &to))
		*end = 0;
	*begin = 0;
	if (from != DT_NOBEGIN && *end > 0)
	{
		int64		at = calendar_find(calendar, from);

		at = Min(Max(at, 0), *end);
		*begin = (int) at + (at < *end && calendar->at[at] < from);
	}
	if (to != DT_NOEND && *end > 0)
		*end = (int) Min(Max(calendar_find(calendar, to), 0), *end);
	if (*begin >= *end)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" holds no bucket that was counted", "during"),
				 errdetail("They reach from %s to %s.",
						   pstrdup(timestamptz_to_str(calendar->at[0])),
						   pstrdup(timestamptz_to_str(calendar->at[counts->buckets])))));
}

static int
integer_or(const OptionValue *value, int other)
{
	return value->number == OPTION_AUTO ? other : (int) value->number;
}

static AnomalyRule
level_rule(const OptionValue *option, const Bucket *bucket)
{
	AnomalyRule rule = {.method = ANOMALY_LEVEL};

	rule.season = option[LEVEL_SEASON].number != 0;
	rule.holidays = option[LEVEL_HOLIDAYS].number != 0;
	rule.refit = integer_or(&option[LEVEL_REFIT], Max((int) (buckets_a_year(bucket) / 4), 1));
	rule.outlier = option[LEVEL_OUTLIER].number;
	return rule;
}

static AnomalyRule
farrington_rule(const OptionValue *option, const Bucket *bucket)
{
	AnomalyRule rule = {.method = ANOMALY_FARRINGTON};
	bool		weeks = bucket->days > 0;
	int			year = weeks ? 52 : MONTHS_A_YEAR;

	if (!farrington_takes(bucket))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("anomalies: method \"%s\" takes no buckets of %s", "farrington", bucket_to_text(bucket)),
				 errhint("It judges weeks (7 days) or months; method \"level\" takes all buckets.")));
	rule.years = option[FARRINGTON_YEARS].number;
	rule.half_window = integer_or(&option[FARRINGTON_HALF_WINDOW], weeks ? 3 : 1);
	rule.periods = integer_or(&option[FARRINGTON_PERIODS], weeks ? 10 : 4);
	rule.left_out = integer_or(&option[FARRINGTON_LEFT_OUT], weeks ? 26 : 6);
	rule.reweight = option[FARRINGTON_REWEIGHT].number;
	rule.trend_p = option[FARRINGTON_TREND_P].number;
	rule.counts = option[FARRINGTON_BOUND].number != 0;
	rule.least = option[FARRINGTON_LEAST].number;
	rule.among = option[FARRINGTON_AMONG].number;
	if (rule.periods - 1 > year - 2 * rule.half_window - 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"%s\" %d and \"%s\" %d leave no room in a year of %d buckets",
						"half_window", rule.half_window, "periods", rule.periods, year),
				 errhint("Take fewer periods, or a smaller window.")));
	if (rule.left_out < rule.half_window || rule.left_out > year)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" cannot be %d", "left_out", rule.left_out),
				 errhint("It lies between \"half_window\" and a year: %d to %d.", rule.half_window, year)));
	return rule;
}

/* What the options and the number of false alarms say. */
static AnomalyRule
make_rule(AnomalyMethod method, const Options *options, const Bucket *bucket, double alarms)
{
	const OptionValue *shared = options->value + options->table->n;
	AnomalyRule rule = method == ANOMALY_FARRINGTON ? farrington_rule(options->value, bucket) :
		level_rule(options->value, bucket);
	double		year = buckets_a_year(bucket);
	int			direction = shared[SHARED_DIRECTION].number;

	if (!(alarms >= LEAST_ALARMS && alarms <= LARGEST_TAIL * year))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" cannot be %g", "false_alarms", alarms),
				 errhint("It is the number a year of each series, of %g buckets: %g to %g.",
						 rint(year), LEAST_ALARMS, LARGEST_TAIL * year)));
	rule.high = direction != DIRECTION_LOW;
	rule.low = direction != DIRECTION_HIGH;
	rule.tail = alarms / year / (rule.high + rule.low);
	return rule;
}

/* ----------
 * Results
 * ----------
 */

static const char *
note_text(const AnomalyRule *rule, const Judgement *judgement)
{
	switch (judgement->note)
	{
		case NOTE_NONE:
			return NULL;
		case NOTE_SHORT:
			return psprintf(rule->method == ANOMALY_LEVEL ? "fewer than %d buckets before it" :
							"fewer than %d years before it", judgement->detail);
		case NOTE_NO_COUNTS:
			return "the values are no counts";
		case NOTE_NO_FIT:
			return "the regression does not converge";
		case NOTE_FEW_YEARS:
			return psprintf("by %d years", judgement->detail);
		case NOTE_SMALL:
			return psprintf("fewer than %d in %d buckets", rule->least, rule->among);
	}
	pg_unreachable();
}

static void
put_series(void *arg, int i, const SeriesResult *result)
{
	Anomalies  *a = arg;
	const Series *series = &a->judged->series[i];
	const SeriesCounts *counts = a->set->counts;
	int			begin = Max(a->rule->from - series->first, 0);

	for (int t = begin; t < series->n; t++)
	{
		const Judgement *judgement = &result->judgement[t - begin];

		/* the hour that the clocks leave out */
		if (isnan(series->value[t]))
			continue;
		rows_text(&a->rows, counts->series[a->which[i]].name);
		rows_timestamptz(&a->rows, counts->calendar->at[series->first + t]);
		rows_float8(&a->rows, series->value[t]);
		rows_float8(&a->rows, judgement->expected);
		rows_float8(&a->rows, judgement->lower);
		rows_float8(&a->rows, judgement->upper);
		rows_float8(&a->rows, judgement->p);
		if (judgement->judged)
			rows_bool(&a->rows, judgement->anomaly);
		else
			rows_null(&a->rows);
		rows_text(&a->rows, note_text(a->rule, judgement));
		rows_end(&a->rows);
		a->n++;
		a->unjudged += !judgement->judged;
		a->few_years += judgement->note == NOTE_FEW_YEARS;
	}
}

static void
tell(const Anomalies *a, double alarms)
{
	int			n = a->judged->n;

	if (n > 1)
		ereport(NOTICE,
				(errmsg("anomalies: of %d series together about %g false alarms a year are to be expected", n, n * alarms),
				 errhint("Argument \"%s\" is of each series.", "false_alarms")));
	if (a->unjudged > 0)
		ereport(NOTICE,
				(errmsg("anomalies: %lld of %lld buckets are not judged", (long long) a->unjudged, (long long) a->n),
				 errhint("Column \"%s\" says why.", "note")));
	if (a->few_years > 0)
		ereport(NOTICE,
				(errmsg("anomalies: %lld of %lld buckets are judged by fewer than %d years",
						(long long) a->few_years, (long long) a->n, a->rule->years)));
}

PG_FUNCTION_INFO_V1(crimeml_anomalies);

/* anomalies(source, bucket, during, false_alarms, method, options) */
Datum
crimeml_anomalies(PG_FUNCTION_ARGS)
{
	static const char *const methods[] = {"level", "farrington"};
	static const SeriesSet nothing = {0};
	char	   *source = arg_text(fcinfo, 0, "source");
	Anomalies	a = {0};
	const Interval *interval;
	Bucket		bucket;
	double		alarms;
	AnomalyMethod method;
	Options    *options;
	const OptionValue *shared;
	AnomalyRule rule;
	SeriesWork	work = {0};
	int			end;
	int		   *which;

	interval = arg_interval(fcinfo, 1, "bucket");
	bucket = bucket_from_interval(interval, "bucket");
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "false_alarms")));
	alarms = PG_GETARG_FLOAT8(3);
	method = arg_choice(fcinfo, 4, "method", methods, lengthof(methods)) == 0 ? ANOMALY_LEVEL :
		ANOMALY_FARRINGTON;
	options = options_parse(method == ANOMALY_LEVEL ? &anomalies_options : &farrington_options,
							PG_ARGISNULL(5) ? NULL : PG_GETARG_JSONB_P(5));
	rule = make_rule(method, options, &bucket, alarms);
	shared = options->value + options->table->n;
	rows_begin(&a.rows, fcinfo);
	a.set = counts_set_read("anomalies", source, interval,
							shared[SHARED_TIME_ZONE].text == NULL ? session_timezone :
							pg_tzset(shared[SHARED_TIME_ZONE].text));
	find_judged(fcinfo, a.set->counts, &rule.from, &end);
	a.rule = &rule;
	a.judged = counts_set_until(a.set, end, &which);
	a.which = which;

	work.forecaster = &level_forecaster;
	work.option = options_parse(level_forecaster.base.options, NULL)->value;
	work.set = a.judged;
	work.time_zone = a.set->time_zone;
	work.rule = &rule;
	work.learn = &nothing;
	/* the profile of all series is that of what was before */
	if (method == ANOMALY_LEVEL && rule.season && bucket.months == 0 && bucket.days <= 1)
		work.learn = counts_set_until(a.set, rule.from, &which);
	(void) series_work(&work, put_series, &a);
	tell(&a, alarms);
	return (Datum) 0;
}
