/*
 * calendar.c
 *		Buckets of time on the clocks of a zone.
 *
 * "Local" times are what the clocks show, as a Timestamp.
 */
#include "data/calendar.h"

#include <math.h>

#include "datatype/timestamp.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#define MONTHS_A_YEAR 12
#define DAYS_A_WEEK 7
#define DAYS_A_MONTH 30.4375

/* How far ahead of what is asked for the clocks are looked up. */
#define CLOCK_AHEAD (USECS_PER_DAY * 400)

/* From "from[i]" on, until the next one, clocks show UTC plus offset[i]. */
struct Clock
{
	pg_tz	   *zone;
	int			n;				/* 0: nothing is looked up */
	int			capacity;
	TimestampTz *from;
	int64	   *offset;
	TimestampTz until;			/* what is looked up ends here */
	int			last;			/* the stretch that the last question met */
};

static inline int64
floor_div(int64 a, int64 b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* ----------
 * What a bucket is
 * ----------
 */

bool
bucket_is_valid(const Bucket *bucket)
{
	if (bucket->months > 0)
		return bucket->days == 0 && bucket->microseconds == 0 &&
			MONTHS_A_YEAR % bucket->months == 0;
	if (bucket->days != 0)
		return bucket->months == 0 && bucket->microseconds == 0 &&
			(bucket->days == 1 || bucket->days == DAYS_A_WEEK);
	return bucket->months == 0 && bucket->microseconds > 0 &&
		bucket->microseconds < USECS_PER_DAY && bucket->microseconds % USECS_PER_MINUTE == 0 &&
		USECS_PER_DAY % bucket->microseconds == 0;
}

bool
bucket_of_step(int64 microseconds, Bucket *bucket)
{
	int64		days = (microseconds + USECS_PER_DAY / 2) / USECS_PER_DAY;
	int64		rest = llabs(microseconds - days * USECS_PER_DAY);

	/* an hour, or half of one, more or less is the clocks' */
	bool		whole = rest == 0 || rest == USECS_PER_HOUR || rest == USECS_PER_HOUR / 2;

	/* days that months in a row have */
	static const struct
	{
		int			least;
		int			most;
		int			months;
	}			run[] = {{28, 31, 1}, {59, 62, 2}, {89, 92, 3}, {120, 123, 4}, {181, 184, 6}, {365, 366, 12}};

	*bucket = (Bucket) {0};
	if (!whole || days == 0)
		bucket->microseconds = microseconds;
	else if (days == 1 || days == DAYS_A_WEEK)
		bucket->days = (int32) days;
	else
		for (int i = 0; i < lengthof(run); i++)
			if (days >= run[i].least && days <= run[i].most)
				bucket->months = run[i].months;
	return bucket_is_valid(bucket);
}

Bucket
bucket_from_interval(const Interval *interval, const char *argument)
{
	Bucket		bucket = {interval->month, interval->day, interval->time};

	/* 24 hours are a day; it is not told from one that has 23 */
	if (bucket.months == 0 && bucket.days == 0 && bucket.microseconds == USECS_PER_DAY)
		bucket = (Bucket) {.days = 1};
	if (bucket_is_valid(&bucket))
		return bucket;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" cannot be \"%s\"", argument,
					DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(interval)))),
			 errhint("It is a part of a day in whole minutes, such as 15 minutes, 1 hour or 8 hours; 1 day; 7 days; or a part of a year in months, such as 1 month, 3 months or 1 year.")));
}

char *
bucket_to_text(const Bucket *bucket)
{
	int64		n = bucket->microseconds / USECS_PER_MINUTE;
	const char *unit = "minute";

	if (bucket->months > 0)
	{
		n = bucket->months % MONTHS_A_YEAR == 0 ? bucket->months / MONTHS_A_YEAR : bucket->months;
		unit = bucket->months % MONTHS_A_YEAR == 0 ? "year" : "month";
	}
	else if (bucket->days > 0)
	{
		n = bucket->days;
		unit = "day";
	}
	else if (bucket->microseconds % USECS_PER_HOUR == 0)
	{
		n = bucket->microseconds / USECS_PER_HOUR;
		unit = "hour";
	}
	return psprintf("%d %s%s", (int) n, unit, n == 1 ? "" : "s");
}

/* The number of the bucket that a local time lies in. */
static int64
local_number(const Bucket *bucket, Timestamp local)
{
	int64		day;
	int			year;
	int			month;
	int			day_of_month;

	if (bucket->microseconds > 0)
		return floor_div(local, bucket->microseconds);
	day = floor_div(local, USECS_PER_DAY);
	if (bucket->days == 1)
		return day;
	/* Julian days that 7 divides are Mondays */
	if (bucket->days > 1)
		return (day + POSTGRES_EPOCH_JDATE) / bucket->days;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	return floor_div((int64) year * MONTHS_A_YEAR + month - 1, bucket->months);
}

pg_noreturn static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("the buckets reach beyond the times that timestamptz has")));
}

/* The Julian day on which the month of that number begins. */
static int64
month_begin(int64 months)
{
	int64		year = floor_div(months, MONTHS_A_YEAR);

	if (year < JULIAN_MINYEAR || year > JULIAN_MAXYEAR)
		out_of_range();
	return date2j(year, months - year * MONTHS_A_YEAR + 1, 1);
}

/* The local time at which the bucket of a number begins. */
static Timestamp
local_begin(const Bucket *bucket, int64 number)
{
	int64		unit = bucket->microseconds > 0 ? bucket->microseconds : USECS_PER_DAY;
	int64		count = number;

	if (bucket->months > 0)
		count = month_begin(number * bucket->months) - POSTGRES_EPOCH_JDATE;
	else if (bucket->days > 1)
		count = number * bucket->days - POSTGRES_EPOCH_JDATE;
	if (count < MIN_TIMESTAMP / unit || count >= END_TIMESTAMP / unit)
		out_of_range();
	return count * unit;
}

/* ----------
 * The clocks of a zone
 * ----------
 */

Clock *
clock_make(pg_tz *zone)
{
	Clock	   *clock = palloc0(sizeof(Clock));

	clock->zone = zone;
	clock->capacity = 64;
	clock->from = scratch_array(TimestampTz, clock->capacity);
	clock->offset = scratch_array(int64, clock->capacity);
	return clock;
}

static void
add_stretch(Clock *clock, TimestampTz from, int64 offset)
{
	if (clock->n > 0 && clock->offset[clock->n - 1] == offset)
		return;
	if (clock->n == clock->capacity)
	{
		clock->capacity *= 2;
		clock->from = crimeml_realloc(clock->from, clock->n, clock->capacity, sizeof(TimestampTz));
		clock->offset = crimeml_realloc(clock->offset, clock->n, clock->capacity, sizeof(int64));
	}
	clock->from[clock->n] = from;
	clock->offset[clock->n++] = offset;
}

/* Look up all that holds from one instant to another. */
static void
look_up(Clock *clock, TimestampTz from, TimestampTz to)
{
	pg_time_t	at;

	if (clock->n == 0 || from < clock->from[0])
	{
		clock->n = 0;
		clock->last = 0;
		clock->until = Max(from - CLOCK_AHEAD, MIN_TIMESTAMP);
	}
	to = to < END_TIMESTAMP - CLOCK_AHEAD ? to + CLOCK_AHEAD : END_TIMESTAMP;
	at = timestamptz_to_time_t(clock->until);
	while (clock->until < to)
	{
		pg_time_t	boundary;
		long		before;
		long		after;
		int			before_dst;
		int			after_dst;
		int			found = pg_next_dst_boundary(&at, &before, &before_dst, &boundary,
												 &after, &after_dst, clock->zone);

		CHECK_FOR_INTERRUPTS();
		if (found < 0)
			out_of_range();
		if (clock->n == 0)
			add_stretch(clock, clock->until, before * USECS_PER_SEC);
		if (found == 0)
			clock->until = END_TIMESTAMP;
		else
		{
			at = boundary;
			if (boundary >= timestamptz_to_time_t(END_TIMESTAMP))
				clock->until = END_TIMESTAMP;
			else
			{
				clock->until = time_t_to_timestamptz(boundary);
				add_stretch(clock, clock->until, after * USECS_PER_SEC);
			}
		}
	}
}

/* When the i-th stretch ends. */
static inline TimestampTz
stretch_end(const Clock *clock, int i)
{
	return i + 1 < clock->n ? clock->from[i + 1] : clock->until;
}

/* The stretch that holds an instant. */
static int
stretch_of(Clock *clock, TimestampTz at)
{
	int			i = clock->last;
	int			low = 0;
	int			high;

	if (clock->n == 0 || at < clock->from[0] || at >= clock->until)
		look_up(clock, at, at);
	else if (at >= clock->from[i] && at < stretch_end(clock, i))
		return i;
	high = clock->n;
	while (high - low > 1)
	{
		int			middle = (low + high) / 2;

		if (clock->from[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return clock->last = low;
}

int64
clock_offset(Clock *clock, TimestampTz at)
{
	int			i = stretch_of(clock, at);

	return clock->offset[i];
}

/*
 * The stretch in which the clocks first show a local time or a later one; the
 * stretches are looked up a day to both sides.
 */
static int
first_stretch(Clock *clock, Timestamp local)
{
	TimestampTz from = Max(local - USECS_PER_DAY, MIN_TIMESTAMP);
	TimestampTz to = Min(local + USECS_PER_DAY, END_TIMESTAMP - 1);
	int			i;

	if (clock->n == 0 || from < clock->from[0] || to >= clock->until)
		look_up(clock, from, to);
	i = stretch_of(clock, from);
	while (i + 1 < clock->n && clock->from[i + 1] + clock->offset[i] <= local)
		i++;
	return i;
}

/* The instant at which a stretch shows a local time, or its beginning. */
static inline TimestampTz
instant_in(const Clock *clock, int i, Timestamp local)
{
	return Max(clock->from[i], local - clock->offset[i]);
}

int64
bucket_number(const Bucket *bucket, Clock *clock, TimestampTz at)
{
	return local_number(bucket, at + clock_offset(clock, at));
}

TimestampTz
bucket_begin(const Bucket *bucket, Clock *clock, int64 number)
{
	Timestamp	local = local_begin(bucket, number);

	return instant_in(clock, first_stretch(clock, local), local);
}

bool
local_to_instant(Timestamp local, pg_tz *zone, TimestampTz *at)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			offset;

	if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	offset = DetermineTimeZoneOffset(&tm, zone);
	return tm2timestamp(&tm, fsec, &offset, at) == 0;
}

/* For how long the clocks show the time from "begin" to "end". */
static int64
shown(Clock *clock, Timestamp begin, Timestamp end)
{
	int64		sum = 0;

	for (int i = first_stretch(clock, begin); i < clock->n; i++)
	{
		Timestamp	first = clock->from[i] + clock->offset[i];
		Timestamp	last = stretch_end(clock, i) + clock->offset[i];

		/* clocks are never set by more than a day */
		if (first >= end + USECS_PER_DAY)
			break;
		if (Min(last, end) > Max(first, begin))
			sum += Min(last, end) - Max(first, begin);
	}
	return sum;
}

/* ----------
 * The calendar
 * ----------
 */

static bool
is_holiday(const Holidays *holidays, int64 day)
{
	int			low = 0;
	int			high = holidays->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (holidays->day[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low < holidays->n && holidays->day[low] == day;
}

/* The phase of a local time in its year. */
static double
year_phase(Timestamp local)
{
	int64		day = floor_div(local, USECS_PER_DAY);
	int			year;
	int			month;
	int			day_of_month;
	int			begin;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	begin = date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE;
	return ((double) local / USECS_PER_DAY - begin) /
		(date2j(year + 1, 1, 1) - date2j(year, 1, 1));
}

/* What is known of the i-th bucket, which begins where the one before ends. */
static void
fill_bucket(Calendar *calendar, int i)
{
	const Bucket *bucket = &calendar->bucket;
	int64		number = calendar->number + i;
	Timestamp	begin = local_begin(bucket, number);
	Timestamp	end = local_begin(bucket, number + 1);
	int64		day = floor_div(begin, USECS_PER_DAY);
	int			weekday = (day + POSTGRES_EPOCH_JDATE) % DAYS_A_WEEK;

	calendar->at[i + 1] = instant_in(calendar->clock, first_stretch(calendar->clock, end), end);
	calendar->year[i] = year_phase(begin + (end - begin) / 2);
	calendar->holiday[i] = calendar->holidays != NULL && bucket_is_short(bucket) &&
		is_holiday(calendar->holidays, day);
	calendar->slot[i] = 0;
	if (bucket->months > 0)
	{
		calendar->slot[i] = number - floor_div(number, calendar->slots) * calendar->slots;
		calendar->exposure[i] = (double) ((end - begin) / USECS_PER_DAY) /
			(DAYS_A_MONTH * bucket->months);
		return;
	}
	if (bucket->days == 1)
		calendar->slot[i] = weekday;
	else if (bucket->days == 0)
		calendar->slot[i] = weekday * (USECS_PER_DAY / bucket->microseconds) +
			(begin - day * USECS_PER_DAY) / bucket->microseconds;
	calendar->exposure[i] = (double) shown(calendar->clock, begin, end) / (end - begin);
}

void
calendar_extend(Calendar *calendar, int n)
{
	int			old = calendar->n;

	if (n <= old)
		return;
	calendar->at = crimeml_realloc(calendar->at, (Size) old + 1, (Size) n + 1, sizeof(TimestampTz));
	calendar->slot = crimeml_realloc(calendar->slot, old, n, sizeof(int16));
	calendar->year = crimeml_realloc(calendar->year, old, n, sizeof(double));
	calendar->exposure = crimeml_realloc(calendar->exposure, old, n, sizeof(double));
	calendar->holiday = crimeml_realloc(calendar->holiday, old, n, sizeof(bool));
	for (int i = old; i < n; i++)
	{
		if ((i & 0xfff) == 0)
			CHECK_FOR_INTERRUPTS();
		fill_bucket(calendar, i);
	}
	calendar->n = n;
}

Calendar *
calendar_make(const Bucket *bucket, Clock *clock, const Holidays *holidays, TimestampTz first, int n)
{
	Calendar   *calendar = palloc0(sizeof(Calendar));

	calendar->bucket = *bucket;
	calendar->clock = clock;
	calendar->holidays = holidays;
	calendar->number = bucket_number(bucket, clock, first);
	if (bucket->months > 0)
		calendar->season = calendar->slots = MONTHS_A_YEAR / bucket->months;
	else if (bucket->days > 1)
	{
		calendar->season = 52;
		calendar->slots = 1;
	}
	else
		calendar->season = calendar->slots = DAYS_A_WEEK *
			(bucket->days == 1 ? 1 : USECS_PER_DAY / bucket->microseconds);
	calendar->at = scratch_array(TimestampTz, 1);
	calendar->slot = scratch_array(int16, 1);
	calendar->year = scratch_array(double, 1);
	calendar->exposure = scratch_array(double, 1);
	calendar->holiday = scratch_array(bool, 1);
	calendar->at[0] = bucket_begin(bucket, clock, calendar->number);
	calendar_extend(calendar, n);
	return calendar;
}

int64
calendar_find(const Calendar *calendar, TimestampTz at)
{
	return bucket_number(&calendar->bucket, calendar->clock, at) - calendar->number;
}
