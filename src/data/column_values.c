/*
 * column_values.c
 *		The value of a column from the fields of a record.
 */
#include "data/column_values.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"

/* ----------
 * The values
 * ----------
 */
bool
csv_is_null(const CsvNulls *nulls, const char *field)
{
	for (int i = 0; i < nulls->n; i++)
		if (nulls->texts[i][0] == field[0] && strcmp(nulls->texts[i], field) == 0)
			return true;
	return false;
}

const char *
column_text(const ColumnSpec *spec, const CsvNulls *nulls, const char *text, const int *starts)
{
	StringInfoData result;
	bool		any = false;

	if (spec->nfields == 1)
	{
		const char *field = text + starts[spec->fields[0].position];

		return csv_is_null(nulls, field) ? NULL : field;
	}
	initStringInfo(&result);
	for (int f = 0; f < spec->nfields; f++)
	{
		const char *field = text + starts[spec->fields[f].position];

		if (csv_is_null(nulls, field))
			continue;
		if (any)
			appendStringInfoChar(&result, ' ');
		appendStringInfoString(&result, field);
		any = true;
	}
	return any ? result.data : NULL;
}

/* Does the text of a time say by itself in which zone it is? */
static bool
says_zone(const char *text)
{
	const char *time = strchr(text, ':');
	const char *c = time;

	if (time == NULL)
		return false;
	for (; *c != '\0'; c++)
	{
		if (*c == '+' || *c == '-')
			return true;
		if (isalpha((unsigned char) *c))
		{
			if (pg_strncasecmp(c, "am", 2) != 0 && pg_strncasecmp(c, "pm", 2) != 0)
				return true;
			c++;
		}
	}
	return false;
}

/* A time read with the column's zone in the place of the session's. */
static Datum
read_time(Column *column, char *text)
{
	pg_tz	   *session = session_timezone;
	Datum		result = 0;

	if (column->format != NULL && !column->format_has_half_day)
	{
		int			len = strlen(text);

		if (len > 2 && (pg_strcasecmp(text + len - 2, "am") == 0 ||
						pg_strcasecmp(text + len - 2, "pm") == 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
					 errmsg("\"%s\" ends in AM or PM, and format \"%s\" has no AM",
							text, column->spec->format)));
	}
	if (column->base_type == TIMESTAMPTZOID && column->zone == NULL && !column->told &&
		!(column->format == NULL && says_zone(text)))
	{
		column->told = true;
		ereport(NOTICE,
				(errmsg("column \"%s\": times without an offset are read in the session's time zone, %s",
						column->name, pg_get_timezone_name(session_timezone)),
				 errhint("Give \"time_zone\" in argument \"columns\".")));
	}

	PG_TRY();
	{
		if (column->zone != NULL)
			session_timezone = column->zone;
		if (column->format == NULL)
			result = InputFunctionCall(&column->input, text, column->io_param, column->typmod);
		else
		{
			result = DirectFunctionCall2Coll(to_timestamp, DEFAULT_COLLATION_OID,
											 CStringGetTextDatum(text),
											 PointerGetDatum(column->format));
			switch (column->base_type)
			{
				case TIMESTAMPOID:
					result = DirectFunctionCall1(timestamptz_timestamp, result);
					break;
				case DATEOID:
					result = DirectFunctionCall1(timestamptz_date, result);
					break;
				case TIMEOID:
					result = DirectFunctionCall1(timestamptz_time, result);
					break;
			}
		}
	}
	PG_FINALLY();
	{
		session_timezone = session;
	}
	PG_END_TRY();
	return result;
}

static double
read_coordinate(const char *text)
{
	double		value = DatumGetFloat8(DirectFunctionCall1(float8in, CStringGetDatum(text)));

	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("coordinate \"%s\" is not a finite number", text)));
	return value;
}

/* A place, in the SRID and of the form that the column wants. */
static bool
read_place(Column *column, const CsvNulls *nulls, const char *text, const int *starts, Datum *value)
{
	if (column->kind == COLUMN_POINT)
	{
		const char *x_text = text + starts[column->spec->fields[0].position];
		const char *y_text = text + starts[column->spec->fields[1].position];
		bool		no_x = csv_is_null(nulls, x_text),
					no_y = csv_is_null(nulls, y_text);
		double		x,
					y;

		if (no_x && no_y)
			return false;
		if (no_x || no_y)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("one of two coordinates is missing")));
		x = read_coordinate(x_text);
		y = read_coordinate(y_text);
		if (column->srid == 4326 && (fabs(x) > 180 || fabs(y) > 90))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("longitude %s, latitude %s is no place on earth", x_text, y_text)));
		*value = point_make(column->maker, x, y, column->srid);
	}
	else
	{
		const char *shape = column_text(column->spec, nulls, text, starts);

		if (shape == NULL)
			return false;
		*value = InputFunctionCall(&column->input, unconstify(char *, shape), column->io_param, -1);
		if (column->srid > 0 && DatumGetInt32(FunctionCall1(&column->st_srid, *value)) == 0)
			*value = FunctionCall2(&column->maker->st_setsrid, *value, Int32GetDatum(column->srid));
	}
	if (column->transform > 0)
		*value = FunctionCall2(&column->st_transform, *value, Int32GetDatum(column->transform));
	if (column->geography)
		*value = FunctionCall1(&column->to_geography, *value);
	else if (column->typmod >= 0)
		*value = FunctionCall3(&column->with_typmod, *value, Int32GetDatum(column->typmod),
							   BoolGetDatum(false));
	return true;
}

/*
 * PostgreSQL reads "yesterday", "now" and "infinity" as times; in a file they
 * are somebody's remark, and would change with the day of loading.
 */
static void
refuse_relative_time(const char *text)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};
	bool		digits = false;
	bool		relative = false;

	for (const char *c = text; *c != '\0';)
	{
		const char *start = c;

		while (isalpha((unsigned char) *c))
			c++;
		for (int i = 0; i < lengthof(words) && c > start; i++)
			relative |= c - start == strlen(words[i]) &&
				pg_strncasecmp(start, words[i], c - start) == 0;
		if (c == start)
			digits |= isdigit((unsigned char) *c++) != 0;
	}
	if (relative || !digits)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("\"%s\" is not the date or time of an incident", text)));
}

bool
column_value(Column *column, const CsvNulls *nulls, const char *text, const int *starts, Datum *value)
{
	const char *field;

	*value = 0;
	if (column->kind == COLUMN_POINT || column->kind == COLUMN_SHAPE)
		return read_place(column, nulls, text, starts, value);

	field = column_text(column->spec, nulls, text, starts);
	if (field == NULL)
	{
		/* a domain may refuse it */
		if (column->batch_type != column->base_type)
			(void) InputFunctionCall(&column->input, NULL, column->io_param, column->typmod);
		return false;
	}
	if (column->base_type == DATEOID || column->base_type == TIMESTAMPOID ||
		column->base_type == TIMESTAMPTZOID || column->base_type == TIMEOID ||
		column->base_type == TIMETZOID)
		refuse_relative_time(field);
	if (column->base_type == TIMESTAMPTZOID || column->kind == COLUMN_TIME)
		*value = read_time(column, unconstify(char *, field));
	else
		*value = InputFunctionCall(&column->input, unconstify(char *, field), column->io_param,
								   column->typmod);
	return true;
}
