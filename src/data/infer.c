/*
 * infer.c
 *		infer_csv() and create_table_for_csv(): which types a CSV holds.
 *
 * The texts are looked at by their form, as strictly as load_csv() can rely
 * on: what is called a date here is one that it reads.
 */
#include "crimeml.h"

#include "arguments.h"
#include "catalog/namespace.h"
#include "data/column_values.h"
#include "rows.h"
#include "data/csv.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

PG_FUNCTION_INFO_V1(crimeml_infer_csv);
PG_FUNCTION_INFO_V1(crimeml_create_table_for_csv);

/* What the values seen so far have in common. */
typedef enum Form
{
	FORM_NONE,					/* no value yet */
	FORM_BIGINT,
	FORM_FLOAT,
	FORM_BOOLEAN,
	FORM_DATE,
	FORM_TIMESTAMP,
	FORM_TIMESTAMPTZ,
	FORM_TIME,
	FORM_TEXT
} Form;

static const char *const form_types[] = {
	[FORM_NONE] = "text",
	[FORM_BIGINT] = "bigint",
	[FORM_FLOAT] = "double precision",
	[FORM_BOOLEAN] = "boolean",
	[FORM_DATE] = "date",
	[FORM_TIMESTAMP] = "timestamp",
	[FORM_TIMESTAMPTZ] = "timestamptz",
	[FORM_TIME] = "time",
	[FORM_TEXT] = "text"
};

typedef struct InferredColumn
{
	ColumnSpec *spec;
	const char *given;			/* type that the specification says, or NULL */
	Form		form;
	char		letters;		/* single letters seen: 1 yes or true, 2 no or false */
	bool		words;			/* whole words for true and false seen */
	int64		nulls;
	char	   *example;
	bool		day_first;		/* dates seen that begin with the day */
} InferredColumn;

typedef struct Inferred
{
	int			n;
	InferredColumn *columns;
} Inferred;

/* ----------
 * Forms of texts
 * ----------
 */

/* A run of digits: how many, and their value; moves on. */
static int
digits(const char **text, int *value)
{
	int			n = 0;

	*value = 0;
	for (; **text >= '0' && **text <= '9' && n < 9; (*text)++, n++)
		*value = *value * 10 + (**text - '0');
	return n;
}

/* Year, month and day, or (in the order of the United States) month, day, year. */
static bool
read_date(const char **text)
{
	int			value[3];
	int			n[3];
	char		separator = '\0';
	int			year,
				month,
				day;

	for (int i = 0; i < 3; i++)
	{
		n[i] = digits(text, &value[i]);
		if (n[i] == 0)
			return false;
		if (i == 2)
			break;
		if ((**text != '-' && **text != '/') || (i == 1 && **text != separator))
			return false;
		separator = *(*text)++;
	}
	if (n[0] == 4)
	{
		year = value[0];
		month = value[1];
		day = value[2];
		if (n[1] > 2 || n[2] > 2)
			return false;
	}
	else
	{
		month = value[0];
		day = value[1];
		year = value[2];
		if (n[0] > 2 || n[1] > 2 || n[2] != 4)
			return false;
	}
	return year > 0 && month >= 1 && month <= 12 &&
		day >= 1 && day <= day_tab[isleap(year)][month - 1];
}

/* Hour and minute, with seconds and AM or PM if they are there. */
static bool
read_clock(const char **text)
{
	int			hour,
				minute,
				second,
				fraction;
	const char *half;

	if (digits(text, &hour) > 2 || hour > 23 || *(*text)++ != ':' ||
		digits(text, &minute) != 2 || minute > 59)
		return false;
	if (**text == ':')
	{
		(*text)++;
		if (digits(text, &second) != 2 || second > 59)
			return false;
		if (**text == '.')
		{
			(*text)++;
			if (digits(text, &fraction) == 0)
				return false;
		}
	}
	half = **text == ' ' ? *text + 1 : *text;
	if (pg_strncasecmp(half, "am", 2) == 0 || pg_strncasecmp(half, "pm", 2) == 0)
	{
		if (hour < 1 || hour > 12)
			return false;
		*text = half + 2;
	}
	return true;
}

/* Z, +00, -05:00, +0530 */
static bool
read_offset(const char **text)
{
	int			value;
	int			n;

	if (**text == 'Z' || **text == 'z')
	{
		(*text)++;
		return true;
	}
	if (**text != '+' && **text != '-')
		return false;
	(*text)++;
	n = digits(text, &value);
	if (n == 4)
		return value <= 1459;
	if (n != 2 || value > 14)
		return false;
	if (**text != ':')
		return true;
	(*text)++;
	return digits(text, &value) == 2 && value <= 59;
}

static Form
time_form(const char *text)
{
	const char *at = text;
	bool		dated = read_date(&at);

	if (dated && *at == '\0')
		return FORM_DATE;
	if (dated)
	{
		if (*at != ' ' && *at != 'T')
			return FORM_TEXT;
		at++;
	}
	else
		at = text;
	if (!read_clock(&at))
		return FORM_TEXT;
	if (*at == '\0')
		return dated ? FORM_TIMESTAMP : FORM_TIME;
	if (*at == ' ')
		at++;
	return dated && read_offset(&at) && *at == '\0' ? FORM_TIMESTAMPTZ : FORM_TEXT;
}

/* Leading zeros are part of a code, and no number. */
static Form
number_form(const char *text)
{
	const char *at = *text == '-' || *text == '+' ? text + 1 : text;
	int			whole = strspn(at, "0123456789");
	int			part = 0;

	if (whole > 1 && at[0] == '0')
		return FORM_TEXT;
	if (at[whole] == '\0')
		/* 18 digits always fit; a longer one is a code of some kind */
		return whole == 0 ? FORM_TEXT : whole <= 18 ? FORM_BIGINT : FORM_TEXT;
	at += whole;
	if (*at == '.')
	{
		part = strspn(++at, "0123456789");
		at += part;
	}
	if (whole + part == 0)
		return FORM_TEXT;
	if (*at == 'e' || *at == 'E')
	{
		int			exponent;

		at++;
		if (*at == '-' || *at == '+')
			at++;
		/* 17E10 is a code: numbers are written with a point, or a sign of the exponent */
		if (digits(&at, &exponent) == 0 || exponent > 300 ||
			strpbrk(text + (*text == '-' || *text == '+'), ".+-") == NULL)
			return FORM_TEXT;
	}
	return *at == '\0' && whole <= 300 ? FORM_FLOAT : FORM_TEXT;
}

static Form
text_form(InferredColumn *column, const char *text)
{
	static const char *const words[] = {"true", "false", "yes", "no", "t", "f", "y", "n"};
	Form		form;

	for (int i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(text, words[i]) == 0)
		{
			if (words[i][1] == '\0')
				column->letters |= i % 2 == 0 ? 1 : 2;
			else
				column->words = true;
			return FORM_BOOLEAN;
		}
	form = number_form(text);
	return form != FORM_TEXT ? form : time_form(text);
}

/* The form that both have. */
static Form
common_form(Form a, Form b)
{
	if (a == b || b == FORM_NONE)
		return a;
	if (a == FORM_NONE)
		return b;
	if ((a == FORM_BIGINT || a == FORM_FLOAT) && (b == FORM_BIGINT || b == FORM_FLOAT))
		return FORM_FLOAT;
	if (a >= FORM_DATE && a <= FORM_TIMESTAMPTZ && b >= FORM_DATE && b <= FORM_TIMESTAMPTZ)
		return Max(a, b);
	return FORM_TEXT;
}

/* ----------
 * Columns
 * ----------
 */

/* The type that a specification fixes; NULL when the values have to say. */
static const char *
given_type(const ColumnSpec *spec)
{
	if (spec->srid > 0 || spec->transform > 0)
		return psprintf("geometry(%s,%d)", spec->nfields == 2 ? "Point" : "Geometry",
						spec->transform > 0 ? spec->transform : spec->srid);
	if (spec->bounds != NULL)
		return spec->nfields == 2 ? "geometry(Point)" : "geometry";
	if (spec->time_zone != NULL)
		return form_types[FORM_TIMESTAMPTZ];
	if (spec->format != NULL)
		return form_types[!spec->format->hour ? FORM_DATE :
						  spec->format->year ? FORM_TIMESTAMP : FORM_TIME];
	return NULL;
}

static const char *
column_type(const InferredColumn *column)
{
	if (column->given != NULL)
		return column->given;
	/* a single letter is a code unless both of a pair are there */
	if (column->form == FORM_BOOLEAN && !column->words && column->letters != 3)
		return form_types[FORM_TEXT];
	return form_types[column->form];
}

static int
by_position(const void *a, const void *b)
{
	const ColumnSpec *one = a,
			   *other = b;

	return one->fields[0].position - other->fields[0].position;
}

/* Look at up to "sample" records. */
static Inferred
infer(bytea *content, Jsonb *columns, int64 sample, char delimiter)
{
	static char *missing[] = {"", "NA", "N/A", "NULL"};
	CsvNulls	nulls = {lengthof(missing), missing};
	CsvReader  *reader = csv_open_bytes(VARDATA_ANY(content), VARSIZE_ANY_EXHDR(content), delimiter);
	CsvHeader	header = csv_header(reader);
	ColumnSpecs specs = columns_parse(columns);
	Inferred	result;
	CsvRecord	record;
	MemoryContext context = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(context, "crimeml CSV sample",
												  ALLOCSET_DEFAULT_SIZES);

	if (specs.n == 0)
	{
		specs = columns_of_header(&header);
		if (delimiter_seems_wrong(&header))
			ereport(NOTICE,
					(errmsg("the header has one field, \"%s\"", header.names[0]),
					 delimiter_hint(&header)));
	}
	else
	{
		columns_find(&specs, &header);
		/* jsonb does not keep the order in which they were written */
		qsort(specs.specs, specs.n, sizeof(ColumnSpec), by_position);
	}
	result.n = specs.n;
	result.columns = palloc0(sizeof(InferredColumn) * specs.n);
	for (int i = 0; i < specs.n; i++)
	{
		result.columns[i].spec = &specs.specs[i];
		result.columns[i].given = given_type(&specs.specs[i]);
	}

	MemoryContextSwitchTo(scratch);
	while (sample > 0 && csv_next(reader, &record))
	{
		MemoryContextReset(scratch);
		if (record.problem != NULL || record.nfields != header.nfields)
			continue;
		sample--;
		for (int i = 0; i < specs.n; i++)
		{
			InferredColumn *column = &result.columns[i];
			const char *text = column_text(column->spec, &nulls, record.text, record.starts);

			if (text == NULL)
			{
				column->nulls++;
				continue;
			}
			if (column->example == NULL)
				column->example = MemoryContextStrdup(context, text);
			column->day_first |= column->given == NULL && looks_day_first(text);
			if (column->form != FORM_TEXT)
				column->form = common_form(column->form, text_form(column, text));
		}
	}
	MemoryContextSwitchTo(context);
	MemoryContextDelete(scratch);
	for (int i = 0; i < specs.n; i++)
		if (result.columns[i].day_first)
			ereport(NOTICE,
					(errmsg("column \"%s\" is text, for it has dates in which the day comes first",
							result.columns[i].spec->name),
					 errhint("Give their \"format\" in argument \"columns\", such as DD/MM/YYYY HH24:MI.")));
	return result;
}

/* infer_csv(content, columns, sample) */
Datum
crimeml_infer_csv(PG_FUNCTION_ARGS)
{
	Rows		rows;
	Inferred	inferred;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", PG_ARGISNULL(0) ? "content" : "sample")));
	if (PG_GETARG_INT32(2) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"sample\" is %d, and must be at least 1", PG_GETARG_INT32(2)),
				 errhint("It is the number of rows to look at.")));
	rows_begin(&rows, fcinfo);
	inferred = infer(PG_GETARG_BYTEA_PP(0), PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1),
					 PG_GETARG_INT32(2), csv_delimiter_argument(fcinfo, 3));
	for (int i = 0; i < inferred.n; i++)
	{
		InferredColumn *column = &inferred.columns[i];

		rows_text(&rows, column->spec->name);
		rows_text(&rows, column_type(column));
		rows_int64(&rows, column->nulls);
		rows_text(&rows, column->example);
		rows_end(&rows);
	}
	return (Datum) 0;
}

/* create_table_for_csv(target, content, columns) */
Datum
crimeml_create_table_for_csv(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");
	List	   *names = NIL;
	RangeVar   *range;
	Inferred	inferred;
	StringInfoData query;
	Oid			result;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"content\" must not be null")));
	if (!SplitIdentifierString(pstrdup(target), '.', &names) ||
		names == NIL || list_length(names) > 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("argument \"target\" is \"%s\", which is no name of a table", target),
				 errhint("It is the name of the new table, with its schema or without; a blank or a capital letter needs double quotes.")));
	range = makeRangeVar(list_length(names) == 2 ? linitial(names) : NULL, llast(names), -1);

	/* all rows: a code that looks like a number at first must not cost rows later */
	inferred = infer(PG_GETARG_BYTEA_PP(1), PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2),
					 PG_INT64_MAX, csv_delimiter_argument(fcinfo, 3));
	initStringInfo(&query);
	appendStringInfo(&query, "CREATE TABLE %s (",
					 range->schemaname != NULL ?
					 quote_qualified_identifier(range->schemaname, range->relname) :
					 quote_identifier(range->relname));
	for (int i = 0; i < inferred.n; i++)
	{
		const char *type = column_type(&inferred.columns[i]);

		appendStringInfo(&query, "%s%s ", i > 0 ? ", " : "",
						 quote_identifier(inferred.columns[i].spec->name));
		if (strncmp(type, "geometry", strlen("geometry")) == 0)
			appendStringInfo(&query, "%s.", quote_identifier(get_namespace_name(postgis_schema())));
		else if (strcmp(type, "text") == 0 || strcmp(type, "date") == 0 || strcmp(type, "timestamptz") == 0)
			appendStringInfoString(&query, "pg_catalog.");	/* the others are key words */
		appendStringInfoString(&query, type);
	}
	appendStringInfoChar(&query, ')');

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(query.data, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not create the table: %s", query.data);
	SPI_finish();
	result = RangeVarGetRelid(range, NoLock, false);
	PG_RETURN_OID(result);
}
