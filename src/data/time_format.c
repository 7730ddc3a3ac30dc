/*
 * time_format.c
 *		Dates and times by a format of to_timestamp().  See time_format.h.
 */
#include "data/time_format.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

/*
 * Put behind format and text, where it reads as an era and says nothing new, but
 * fails on whatever is left of the text or the format.
 */
#define END_MARK " AD"

#define FIRST_YEAR 1000
#define LAST_YEAR 9999

typedef enum Unit
{
	UNIT_NONE,					/* may come twice, and orders nothing */
	UNIT_YEAR,
	UNIT_MONTH,
	UNIT_DAY,
	UNIT_HOUR,
	UNIT_MINUTE,
	UNIT_SECOND,
	UNIT_FRACTION,
	UNIT_HALF_DAY,
	UNIT_ERA,
	UNIT_WEEK,					/* with its day, in the place of month and day */
	UNIT_DAY_OF_YEAR,			/* in the place of month and day */
	UNIT_DATE,					/* in the place of year, month and day */
	UNIT_CLOCK,					/* in the place of hour, minute and second */
	UNIT_COUNT
} Unit;

static const char *const unit_names[UNIT_COUNT] = {
	[UNIT_YEAR] = "year",
	[UNIT_MONTH] = "month",
	[UNIT_DAY] = "day",
	[UNIT_HOUR] = "hour",
	[UNIT_MINUTE] = "minute",
	[UNIT_SECOND] = "second",
	[UNIT_FRACTION] = "fraction of a second",
	[UNIT_HALF_DAY] = "half of the day",
	[UNIT_ERA] = "era",
	[UNIT_WEEK] = "week",
	[UNIT_DAY_OF_YEAR] = "day of the year",
	[UNIT_DATE] = "date",
	[UNIT_CLOCK] = "time of the day"
};

typedef struct Pattern
{
	const char *name;
	Unit		unit;
} Pattern;

/* PostgreSQL's, in upper case; of two that begin alike the longer is first. */
static const Pattern patterns[] = {
	{"A.D.", UNIT_ERA}, {"A.M.", UNIT_HALF_DAY}, {"AD", UNIT_ERA}, {"AM", UNIT_HALF_DAY},
	{"B.C.", UNIT_ERA}, {"BC", UNIT_ERA}, {"CC", UNIT_NONE},
	{"DAY", UNIT_NONE}, {"DDD", UNIT_DAY_OF_YEAR}, {"DD", UNIT_DAY}, {"DY", UNIT_NONE}, {"D", UNIT_NONE},
	{"FF1", UNIT_FRACTION}, {"FF2", UNIT_FRACTION}, {"FF3", UNIT_FRACTION},
	{"FF4", UNIT_FRACTION}, {"FF5", UNIT_FRACTION}, {"FF6", UNIT_FRACTION},
	{"HH24", UNIT_HOUR}, {"HH12", UNIT_HOUR}, {"HH", UNIT_HOUR},
	{"IDDD", UNIT_DAY_OF_YEAR}, {"ID", UNIT_NONE}, {"IW", UNIT_WEEK},
	{"IYYY", UNIT_YEAR}, {"IYY", UNIT_YEAR}, {"IY", UNIT_YEAR}, {"I", UNIT_YEAR},
	{"J", UNIT_DATE}, {"MI", UNIT_MINUTE}, {"MM", UNIT_MONTH}, {"MONTH", UNIT_MONTH}, {"MON", UNIT_MONTH},
	{"MS", UNIT_FRACTION}, {"OF", UNIT_NONE}, {"P.M.", UNIT_HALF_DAY}, {"PM", UNIT_HALF_DAY},
	{"Q", UNIT_NONE}, {"RM", UNIT_MONTH}, {"SSSSS", UNIT_CLOCK}, {"SSSS", UNIT_CLOCK}, {"SS", UNIT_SECOND},
	{"TZH", UNIT_NONE}, {"TZM", UNIT_NONE}, {"TZ", UNIT_NONE}, {"US", UNIT_FRACTION},
	{"WW", UNIT_WEEK}, {"W", UNIT_WEEK},
	{"Y,YYY", UNIT_YEAR}, {"YYYY", UNIT_YEAR}, {"YYY", UNIT_YEAR}, {"YY", UNIT_YEAR}, {"Y", UNIT_YEAR}
};

/* ----------
 * Formats
 * ----------
 */

/* Does the format go on with a word, all in upper or all in lower case? */
static bool
goes_on_with(const char *at, const char *upper)
{
	bool		is_upper = true;
	bool		is_lower = true;

	for (; *upper != '\0'; upper++, at++)
	{
		is_upper &= *at == *upper;
		is_lower &= *at == pg_ascii_tolower((unsigned char) *upper);
		if (!is_upper && !is_lower)
			return false;
	}
	return true;
}

static const Pattern *
find_pattern(const char *at)
{
	/* names of days and months may be capitalized, too */
	static const Pattern capitalized[] = {
		{"Day", UNIT_NONE}, {"Dy", UNIT_NONE}, {"Month", UNIT_MONTH}, {"Mon", UNIT_MONTH}
	};

	for (int i = 0; i < lengthof(capitalized); i++)
		if (strncmp(at, capitalized[i].name, strlen(capitalized[i].name)) == 0)
			return &capitalized[i];
	for (int i = 0; i < lengthof(patterns); i++)
		if (goes_on_with(at, patterns[i].name))
			return &patterns[i];
	return NULL;
}

pg_noreturn static void
bad_format(const char *column, const char *format, const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"columns\": \"%s\" has format \"%s\", %s", column, format, problem),
			 errhint("%s", hint)));
}

/* A smaller unit says nothing without the larger one. */
static void
require_larger(const char *column, const char *format, const int *count, Unit smaller, Unit larger)
{
	if (count[smaller] > 0 && count[larger] == 0)
		bad_format(column, format,
				   psprintf("with a %s and without its %s", unit_names[smaller], unit_names[larger]),
				   "Months are MM, and minutes MI.");
}

TimeFormat *
time_format_parse(const char *column, const char *format)
{
	TimeFormat *result = palloc0(sizeof(TimeFormat));
	int			count[UNIT_COUNT] = {0};
	bool		half_clock = false;
	bool		quoted = false;
	StringInfoData plain;

	initStringInfo(&plain);
	for (const char *at = format; *at != '\0';)
	{
		const Pattern *pattern;

		if (*at == '\\' && at[1] != '\0')
		{
			appendBinaryStringInfo(&plain, at, 2);
			at += 2;
			continue;
		}
		if (*at == '"')
			quoted = !quoted;
		if (quoted || (!isalpha((unsigned char) *at) && *at != '%'))
		{
			appendStringInfoChar(&plain, *at++);
			continue;
		}
		while (goes_on_with(at, "FM") || goes_on_with(at, "FX") || goes_on_with(at, "TM"))
		{
			appendBinaryStringInfo(&plain, at, 2);
			at += 2;
		}
		pattern = find_pattern(at);
		if (pattern == NULL)
			bad_format(column, format,
					   psprintf("in which \"%.*s\" is no pattern",
								*at == '%' ? pg_mblen(at) + (at[1] != '\0') : pg_mblen(at), at),
					   "Patterns are those of to_timestamp(), as in YYYY-MM-DD\"T\"HH24:MI:SS or MM/DD/YYYY HH12:MI AM; other text stands in double quotes.");
		count[pattern->unit]++;
		half_clock |= pattern->unit == UNIT_HOUR && strcmp(pattern->name, "HH24") != 0;
		if (pattern->unit == UNIT_HALF_DAY)
			appendStringInfoString(&plain, "AM");
		else
			appendBinaryStringInfo(&plain, at, strlen(pattern->name));
		at += strlen(pattern->name);
		while (goes_on_with(at, "TH") || goes_on_with(at, "SP"))
		{
			appendBinaryStringInfo(&plain, at, 2);
			at += 2;
		}
	}
	for (Unit unit = UNIT_YEAR; unit < UNIT_COUNT; unit++)
		if (count[unit] > 1)
			bad_format(column, format, psprintf("with the %s twice", unit_names[unit]),
					   "Months are MM, and minutes MI.");
	if (half_clock && count[UNIT_HALF_DAY] == 0)
		bad_format(column, format, "with hours to 12 and without AM",
				   "Hours to 24 are HH24; AM stands for either half of the day.");
	if (count[UNIT_DATE] == 0)
		require_larger(column, format, count, UNIT_DAY, UNIT_MONTH);
	require_larger(column, format, count, UNIT_SECOND, UNIT_MINUTE);
	require_larger(column, format, count, UNIT_MINUTE, UNIT_HOUR);

	result->given = pstrdup(format);
	result->open = cstring_to_text(plain.data);
	if (count[UNIT_ERA] == 0)
		result->closed = cstring_to_text(psprintf("%s" END_MARK, plain.data));
	result->year = count[UNIT_YEAR] + count[UNIT_DATE] > 0;
	result->hour = count[UNIT_HOUR] + count[UNIT_CLOCK] > 0;
	result->second = count[UNIT_SECOND] > 0;
	result->fraction = count[UNIT_FRACTION] > 0;
	result->half_day = count[UNIT_HALF_DAY] > 0;
	return result;
}

void
time_format_require(const char *column, const TimeFormat *format, Oid type)
{
	if (type == TIMEOID && !format->hour)
		bad_format(column, format->given, "without an hour", "Hours are HH24, or HH12 with AM.");
	if (type != TIMEOID && !format->year)
		bad_format(column, format->given, "without a year",
				   "Years are YYYY, or YY for two digits.");
}

/* ----------
 * Texts
 * ----------
 */

/* What follows a digit and blanks and is AM or PM; how many bytes in all, or 0. */
static int
half_day_at(const char *at, char *letter)
{
	const char *start = at;

	*letter = pg_toupper((unsigned char) *at);
	if (*letter != 'A' && *letter != 'P')
		return 0;
	at++;
	if (*at == '.')
		at++;
	while (*at == ' ')
		at++;
	if (*at != 'm' && *at != 'M')
		return 0;
	at++;
	if (*at == '.')
		at++;
	return isalpha((unsigned char) *at) ? 0 : at - start;
}

char *
plain_half_day(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
	{
		char		letter;
		int			length;

		if (!isdigit((unsigned char) *at))
			continue;
		while (at[1] == ' ')
			at++;
		length = half_day_at(at + 1, &letter);
		if (length > 0)
			return psprintf("%.*s%cM%s", (int) (at + 1 - text), text, letter, at + 1 + length);
	}
	return NULL;
}

bool
looks_day_first(const char *text)
{
	int			first,
				second,
				year,
				length = 0;
	char		separator,
				again;

	/* most texts are no such date, which is told without sscanf() */
	while (isspace((unsigned char) *text))
		text++;
	if (!isdigit((unsigned char) text[0]) || !isdigit((unsigned char) text[1]) ||
		strchr("/.-", text[2]) == NULL)
		return false;
	return sscanf(text, "%2d%c%2d%c%4d%n", &first, &separator, &second, &again, &year, &length) == 5 &&
		length > 0 && separator == again && strchr("/.-", separator) != NULL &&
		first > 12 && first <= 31 && second >= 1 && second <= 12 && year >= FIRST_YEAR;
}

/* Where the text goes on with the time of the day, or NULL. */
static char *
find_clock(char *text)
{
	char	   *at = strchr(text, ':');

	if (at == NULL)
		return NULL;
	while (at > text && isdigit((unsigned char) at[-1]))
		at--;
	return at > text && (at[-1] == ' ' || at[-1] == 'T') ? at - 1 : NULL;
}

/* Where the parts of a second are, with their point, and how many bytes, or NULL. */
static char *
find_fraction(char *text, int *length)
{
	for (char *at = text; *at != '\0'; at++)
		if (at - text >= 3 && at[-3] == ':' && isdigit((unsigned char) at[-2]) &&
			isdigit((unsigned char) at[-1]) && (*at == '.' || *at == ','))
		{
			*length = 1 + strspn(at + 1, "0123456789");
			return at;
		}
	return NULL;
}

/* What of the text the format has to read, without blanks at its end. */
static char *
part_to_read(const TimeFormat *format, const char *text, Oid type)
{
	char	   *half = plain_half_day(text);
	char	   *result = half != NULL ? half : pstrdup(text);
	char	   *at;
	int			length;

	if (type == DATEOID && !format->hour && (at = find_clock(result)) != NULL)
		*at = '\0';
	else if (half != NULL && !format->half_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("\"%s\" has AM or PM, and format \"%s\" has no AM", text, format->given)));
	else if (half == NULL && format->half_day && strpbrk(text, "aApP") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("\"%s\" has neither AM nor PM, and format \"%s\" has AM", text,
						format->given)));
	if (format->second && !format->fraction && (at = find_fraction(result, &length)) != NULL)
		memmove(at, at + length, strlen(at + length) + 1);
	length = strlen(result);
	while (length > 0 && isspace((unsigned char) result[length - 1]))
		result[--length] = '\0';
	return result;
}

static Datum
call_to_timestamp(text *format, const char *text)
{
	return DirectFunctionCall2Coll(to_timestamp, DEFAULT_COLLATION_OID, CStringGetTextDatum(text),
								   PointerGetDatum(format));
}

/* Read text and format to the end of both; false where they do not end together. */
static pg_noinline bool
read_to_end(const TimeFormat *format, const char *text, Datum *result)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool fits = true;

	PG_TRY();
	{
		*result = call_to_timestamp(format->closed, psprintf("%s" END_MARK, text));
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
		fits = false;
	}
	PG_END_TRY();
	return fits;
}

Datum
time_format_read(const TimeFormat *format, const char *text, Oid type)
{
	char	   *part = part_to_read(format, text, type);
	Datum		result;

	if (format->closed == NULL)
		return call_to_timestamp(format->open, part);
	if (!read_to_end(format, part, &result))
	{
		/* its own error speaks of the text as it is */
		(void) call_to_timestamp(format->open, part);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("\"%s\" is longer or shorter than format \"%s\"", text, format->given)));
	}
	return result;
}

void
time_check_year(const char *text, Oid type, Datum value)
{
	int64		day;
	int			year,
				month,
				day_of_month;

	if (type == DATEOID)
		day = DatumGetDateADT(value);
	else
		day = DatumGetTimestamp(value) / USECS_PER_DAY -
			(DatumGetTimestamp(value) % USECS_PER_DAY < 0);
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	if (year < FIRST_YEAR || year > LAST_YEAR)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("\"%s\" is read as a day of the year %d%s, in which no incident was", text,
						year > 0 ? year : 1 - year, year > 0 ? "" : " BC")));
}
