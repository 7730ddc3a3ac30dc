/*
 * kinds.c
 *		What values of SQL types are to a model.
 */
#include "data/kinds.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "parser/parse_coerce.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

ValueForm
value_form(Oid base_type)
{
	switch (base_type)
	{
		case INT2OID:
			return FORM_INT2;
		case INT4OID:
			return FORM_INT4;
		case INT8OID:
			return FORM_INT8;
		case FLOAT4OID:
			return FORM_FLOAT4;
		case FLOAT8OID:
			return FORM_FLOAT8;
		case NUMERICOID:
			return FORM_NUMERIC;
		case BOOLOID:
			return FORM_BOOL;
		case TEXTOID:
		case VARCHAROID:
			return FORM_TEXT;
		case BPCHAROID:
			return FORM_BPCHAR;
		case NAMEOID:
			return FORM_NAME;
		case CHAROID:
			return FORM_CHAR;
		case UNKNOWNOID:
			return FORM_LITERAL;
		case TIMESTAMPTZOID:
			return FORM_TIMESTAMPTZ;
		case TIMESTAMPOID:
			return FORM_TIMESTAMP;
		case DATEOID:
			return FORM_DATE;
		default:
			break;
	}
	if (type_is_enum(base_type))
		return FORM_ENUM;
	/* citext and its like */
	if (get_typlen(base_type) == -1 && IsBinaryCoercible(base_type, TEXTOID))
		return FORM_TEXT;
	if (base_type == postgis_type("geometry"))
		return FORM_POINT;
	return FORM_NONE;
}

InputKind
input_kind(ValueForm form)
{
	switch (form)
	{
		case FORM_INT2:
		case FORM_INT4:
		case FORM_INT8:
		case FORM_FLOAT4:
		case FORM_FLOAT8:
		case FORM_NUMERIC:
			return INPUT_NUMBER;
		case FORM_BOOL:
			return INPUT_BOOLEAN;
		case FORM_TEXT:
		case FORM_BPCHAR:
		case FORM_NAME:
		case FORM_CHAR:
		case FORM_LITERAL:
		case FORM_ENUM:
			return INPUT_CATEGORY;
		case FORM_POINT:
			return INPUT_POINT;
		case FORM_TIMESTAMPTZ:
			return INPUT_TIMESTAMPTZ;
		case FORM_TIMESTAMP:
			return INPUT_TIMESTAMP;
		case FORM_DATE:
			return INPUT_DATE;
		case FORM_NONE:
			break;
	}
	return 0;
}

const char *
input_kind_word(InputKind kind)
{
	switch (kind)
	{
		case INPUT_NUMBER:
			return "number";
		case INPUT_BOOLEAN:
			return "boolean";
		case INPUT_CATEGORY:
			return "category";
		case INPUT_POINT:
			return "point";
		case INPUT_TIMESTAMPTZ:
			return "timestamptz";
		case INPUT_TIMESTAMP:
			return "timestamp";
		case INPUT_DATE:
			break;
	}
	return "date";
}

const char *
input_kind_name(InputKind kind)
{
	switch (kind)
	{
		case INPUT_NUMBER:
			return "a number";
		case INPUT_BOOLEAN:
			return "boolean";
		case INPUT_CATEGORY:
			return "text or enum";
		case INPUT_POINT:
			return "a point geometry";
		case INPUT_TIMESTAMPTZ:
			return "timestamp with time zone";
		case INPUT_TIMESTAMP:
			return "timestamp without time zone";
		case INPUT_DATE:
			return "date";
	}
	return NULL;
}

bool
input_kind_is_time(InputKind kind)
{
	return kind == INPUT_TIMESTAMPTZ || kind == INPUT_TIMESTAMP || kind == INPUT_DATE;
}

int
input_kind_parts(InputKind kind)
{
	if (!input_kind_is_time(kind))
		return 0;
	return kind == INPUT_DATE ? TIME_WEEKDAY | TIME_DOY : TIME_HOUR | TIME_WEEKDAY | TIME_DOY;
}

const char *
time_part_suffix(int i)
{
	static const char *const suffix[TIME_PARTS] = {"_hour", "_weekday", "_doy"};

	return suffix[i];
}

double
missing_number(void)
{
	return get_float8_nan();
}

double
value_number(ValueForm form, Datum value, const char *name)
{
	double		number;

	switch (form)
	{
		case FORM_INT2:
			return DatumGetInt16(value);
		case FORM_INT4:
			return DatumGetInt32(value);
		case FORM_INT8:
			return (double) DatumGetInt64(value);
		case FORM_BOOL:
			return DatumGetBool(value) ? 1 : 0;
		case FORM_FLOAT4:
			number = DatumGetFloat4(value);
			break;
		case FORM_FLOAT8:
			number = DatumGetFloat8(value);
			break;
		case FORM_NUMERIC:
			/* what is too large becomes infinite, and is named below */
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
			break;
		default:
			elog(ERROR, "value of form %d is no number", form);
	}
	if (isnan(number))
		return missing_number();
	if (isinf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 (void) (name != NULL ?
						 errmsg("feature \"%s\" has an infinite value", text_from_utf8(name)) :
						 errmsg("the label has an infinite value")),
				 errhint("Make it null, or a number within the range of double precision.")));
	return number == 0 ? 0 : number;
}

void
value_time(InputKind kind, int parts, Datum value, const pg_tz *zone, double *out)
{
	pg_time_t	seconds;
	struct pg_tm *tm;
	bool		finite;

	if (kind == INPUT_DATE)
	{
		DateADT		date = DatumGetDateADT(value);

		finite = !DATE_NOT_FINITE(date);
		seconds = (pg_time_t) date * SECS_PER_DAY;
	}
	else
	{
		Timestamp	at = DatumGetTimestamp(value);

		finite = !TIMESTAMP_NOT_FINITE(at);
		seconds = at / USECS_PER_SEC - (at % USECS_PER_SEC < 0);
	}
	tm = NULL;
	if (finite)
	{
		seconds += (pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
		tm = kind == INPUT_TIMESTAMPTZ ? pg_localtime(&seconds, zone) : pg_gmtime(&seconds);
	}
	if (parts & TIME_HOUR)
		*out++ = tm != NULL ? tm->tm_hour : missing_number();
	if (parts & TIME_WEEKDAY)
		*out++ = tm != NULL ? (tm->tm_wday + 6) % 7 + 1 : missing_number();
	if (parts & TIME_DOY)
		*out++ = tm != NULL ? tm->tm_yday + 1 : missing_number();
}

/* Which column an error of point_read() is about. */
static void
value_point_context(void *name)
{
	errcontext("column \"%s\"", text_from_utf8(name));
}

void
value_point(PointReader *reader, Datum value, const char *name, double *out)
{
	ErrorContextCallback callback;

	callback.callback = value_point_context;
	callback.arg = unconstify(char *, name);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	if (!point_read(reader, value, &out[0], &out[1]))
		out[0] = out[1] = missing_number();
	error_context_stack = callback.previous;
	for (int i = 0; i < 2; i++)
		if (out[i] == 0)
			out[i] = 0;
}
