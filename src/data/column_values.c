/*
 * column_values.c
 *		The value of a column from the fields of a record.
 */
#include "data/column_values.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

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

static bool
is_time(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID || type == TIMEOID ||
		type == TIMETZOID;
}

/* A date or time, read with the column's zone in the place of the session's. */
static Datum
read_time(Column *column, const char *field)
{
	pg_tz	   *session = session_timezone;
	char	   *half = column->format == NULL ? plain_half_day(field) : NULL;
	char	   *const text = half != NULL ? half : unconstify(char *, field);
	Datum		result = 0;

	refuse_relative_time(text);
	if (column->format == NULL && looks_day_first(text) && column->day_first++ == 0)
		column->day_first_text = MemoryContextStrdup(column->context, text);

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
			result = time_format_read(column->format, text, column->base_type);
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
	if (column->base_type != TIMEOID && column->base_type != TIMETZOID)
		time_check_year(field, column->base_type, result);
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

/* An error for a place that is none or outside of the bounds; another is counted. */
static void
check_place(Column *column, double xmin, double ymin, double xmax, double ymax)
{
	const double *bounds = column->bounds;
	double		x = xmin < -180 ? xmin : xmax;
	double		y = ymin < -90 ? ymin : ymax;

	if (column->degrees && (fabs(x) > 180 || fabs(y) > 90))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("longitude %.10g, latitude %.10g is no place on earth%s", x, y,
						fabs(x) <= 90 && fabs(y) <= 180 ? ", but would be one exchanged" : "")));

	if (bounds != NULL && (xmax < bounds[0] || xmin > bounds[2] || ymax < bounds[1] || ymin > bounds[3]))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("place (%.10g %.10g) is out of bounds", (xmin + xmax) / 2, (ymin + ymax) / 2)));
	if (column->places != NULL)
		load_places_add(column->places, (xmin + xmax) / 2, (ymin + ymax) / 2);
}

/* The same of a shape, by its box. */
static void
check_shape(Column *column, Datum shape)
{
	LOCAL_FCINFO(fcinfo, 1);
	Datum		box;
	double		side[4];

	/* NULL for what is EMPTY */
	InitFunctionCallInfoData(*fcinfo, &column->box3d, 1, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = shape;
	fcinfo->args[0].isnull = false;
	box = FunctionCallInvoke(fcinfo);
	if (fcinfo->isnull)
		return;
	for (int i = 0; i < lengthof(side); i++)
		side[i] = DatumGetFloat8(FunctionCall1(&column->side[i], box));
	check_place(column, side[0], side[1], side[2], side[3]);
}

/* From the SRID that a text has by itself: PostGIS may not know it yet. */
static Datum
transform_own(Column *column, Datum shape, int32 srid)
{
	int			path = postgis_path_begin();

	shape = FunctionCall2(&column->st_transform, shape, Int32GetDatum(srid));
	postgis_path_end(path);
	return shape;
}

static bool
read_point(Column *column, const CsvNulls *nulls, const char *text, const int *starts, Datum *value)
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
	check_place(column, x, y, x, y);
	*value = point_make(column->maker, x, y, column->srid);
	return true;
}

static bool
read_shape(Column *column, const CsvNulls *nulls, const char *text, const int *starts, Datum *value)
{
	const char *shape = column_text(column->spec, nulls, text, starts);
	int32		own;

	if (shape == NULL)
		return false;
	*value = InputFunctionCall(&column->input, unconstify(char *, shape), column->io_param, -1);
	own = DatumGetInt32(FunctionCall1(&column->st_srid, *value));
	if (column->srid > 0 && own == 0)
		*value = FunctionCall2(&column->maker->st_setsrid, *value, Int32GetDatum(column->srid));
	if (column->bounds != NULL || column->places != NULL || column->degrees)
		check_shape(column, own == 0 || own == column->srid || column->srid == 0 ? *value :
					transform_own(column, *value, column->srid));
	return true;
}

/* A place, in the SRID and of the form that the column wants. */
static bool
read_place(Column *column, const CsvNulls *nulls, const char *text, const int *starts, Datum *value)
{
	if (!(column->kind == COLUMN_POINT ? read_point : read_shape) (column, nulls, text, starts, value))
		return false;
	if (column->transform > 0 &&
		DatumGetInt32(FunctionCall1(&column->st_srid, *value)) == column->srid)
		*value = FunctionCall2(&column->st_transform, *value, Int32GetDatum(column->transform));
	else if (column->transform > 0)
		*value = transform_own(column, *value, column->transform);
	if (column->multi)
		*value = FunctionCall1(&column->st_multi, *value);
	if (column->geography)
		*value = FunctionCall1(&column->to_geography, *value);
	else if (column->typmod >= 0)
		*value = FunctionCall3(&column->with_typmod, *value, Int32GetDatum(column->typmod),
							   BoolGetDatum(false));
	return true;
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
	if (is_time(column->base_type))
		*value = read_time(column, field);
	else
		*value = InputFunctionCall(&column->input, unconstify(char *, field), column->io_param,
								   column->typmod);
	return true;
}

void
columns_tell(Column *columns, int n)
{
	for (int i = 0; i < n; i++)
	{
		Column	   *column = &columns[i];

		if (column->day_first > 0)
			ereport(NOTICE,
					(errmsg("column \"%s\": dates in which the day comes first, as in \"%s\": %lld; all others were read with the month first",
							column->name, column->day_first_text, (long long) column->day_first),
					 errhint("Delete what was loaded and load it with a \"format\" in argument \"columns\", such as DD/MM/YYYY HH24:MI.")));
		if (column->places != NULL)
			load_places_tell(column->places);
	}
}
