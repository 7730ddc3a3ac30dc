/*
 * options.c
 *		The options of functions: one table a function, checked in one way.
 */
#include "options.h"

#include <math.h>

#include "arguments.h"
#include "common/shortest_dec.h"
#include "json.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utf8.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"

int
option_count(const OptionTable *table)
{
	return table->n + (table->shared ? option_count(table->shared) : 0);
}

const OptionSpec *
option_spec(const OptionTable *table, int i)
{
	return i < table->n ? &table->spec[i] : option_spec(table->shared, i - table->n);
}

int
option_find(const OptionTable *table, const char *name)
{
	for (int i = 0; i < option_count(table); i++)
		if (strcmp(option_spec(table, i)->name, name) == 0)
			return i;
	return -1;
}

/* ----------
 * In words
 * ----------
 */

/* A number as it is written: whole ones without a fraction. */
static char *
number_to_text(double value)
{
	char	   *text;

	if (value == rint(value) && fabs(value) <= 9007199254740992.0)
		return psprintf("%.0f", value);
	text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
	double_to_shortest_decimal_buf(value, text);
	return text;
}

char *
option_to_text(const OptionSpec *spec, const OptionValue *value)
{
	StringInfoData list;

	if (spec->default_text != NULL && !value->given && value->number == OPTION_AUTO)
		return pstrdup(spec->default_text);
	switch (spec->type)
	{
		case OPTION_BOOLEAN:
			return pstrdup(value->number != 0 ? "true" : "false");
		case OPTION_CHOICE:
			return pstrdup(spec->choices[(int) value->number]);
		case OPTION_WEIGHTS:
			return pstrdup(spec->choices[(int) value->number] ? spec->choices[(int) value->number] :
						   "given");
		case OPTION_TEXT:
		case OPTION_COLUMN:
		case OPTION_TIME_ZONE:
			return pstrdup(value->text ? value->text : "");
		case OPTION_INTERVAL:
			return DatumGetCString(DirectFunctionCall1(interval_out,
													   PointerGetDatum(value->interval)));
		case OPTION_NUMBERS:
			initStringInfo(&list);
			for (int i = 0; i < value->n; i++)
				appendStringInfo(&list, "%s%s", i > 0 ? ", " : "[", number_to_text(value->numbers[i]));
			appendStringInfoChar(&list, ']');
			return list.data;
		case OPTION_INTEGER:
		case OPTION_NUMBER:
			break;
	}
	return number_to_text(value->number);
}

/* Has the option limits? */
static bool
is_bounded(const OptionSpec *spec)
{
	return spec->min != 0 || spec->max != 0;
}

char *
option_range(const OptionSpec *spec)
{
	StringInfoData range;

	initStringInfo(&range);
	switch (spec->type)
	{
		case OPTION_BOOLEAN:
			return pstrdup("true, false");
		case OPTION_CHOICE:
		case OPTION_WEIGHTS:
			for (int i = 0; spec->choices[i] != NULL; i++)
				appendStringInfo(&range, "%s%s", i > 0 ? ", " : "", spec->choices[i]);
			if (spec->type == OPTION_WEIGHTS)
				appendStringInfoString(&range, ", or an object such as {\"Robbery\": 2}");
			return range.data;
		case OPTION_TEXT:
			return pstrdup("any text");
		case OPTION_COLUMN:
			return pstrdup("the name of a column");
		case OPTION_TIME_ZONE:
			return pstrdup("a time zone such as America/New_York; pg_timezone_names lists them");
		case OPTION_INTERVAL:
			return pstrdup("a positive interval, such as 7 days");
		case OPTION_NUMBERS:
			if (spec->count > 0)
				appendStringInfo(&range, "%d numbers", spec->count);
			else
				appendStringInfoString(&range, "one number or more");
			if (is_bounded(spec))
				appendStringInfo(&range, ", each %s to %s", number_to_text(spec->min),
								 number_to_text(spec->max));
			return range.data;
		case OPTION_INTEGER:
		case OPTION_NUMBER:
			break;
	}
	if (!is_bounded(spec))
		return pstrdup("any number");
	return psprintf("%s to %s", number_to_text(spec->min), number_to_text(spec->max));
}

const char *
option_type_name(const OptionSpec *spec)
{
	static const char *const name[] = {
		[OPTION_INTEGER] = "integer",
		[OPTION_NUMBER] = "number",
		[OPTION_BOOLEAN] = "boolean",
		[OPTION_CHOICE] = "text",
		[OPTION_TEXT] = "text",
		[OPTION_NUMBERS] = "array of numbers",
		[OPTION_INTERVAL] = "interval",
		[OPTION_COLUMN] = "column name",
		[OPTION_TIME_ZONE] = "time zone",
		[OPTION_WEIGHTS] = "text or object"
	};

	return name[spec->type];
}

void
option_error(const OptionTable *table, const OptionSpec *spec, const char *value)
{
	static const char *const what[] = {
		[OPTION_INTEGER] = "a whole number, ",
		[OPTION_NUMBER] = "a number, ",
		[OPTION_BOOLEAN] = "one of: ",
		[OPTION_CHOICE] = "one of: ",
		[OPTION_TEXT] = "",
		[OPTION_NUMBERS] = "an array of ",
		[OPTION_INTERVAL] = "",
		[OPTION_COLUMN] = "",
		[OPTION_TIME_ZONE] = "",
		[OPTION_WEIGHTS] = "one of: "
	};

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 value != NULL ?
			 errmsg("option \"%s\" of %s cannot be %s", spec->name, table->function, value) :
			 errmsg("%s needs the option \"%s\"", table->function, spec->name),
			 errhint("It is %s%s (%s).", what[spec->type], option_range(spec), spec->meaning)));
}

/* ----------
 * Checking
 * ----------
 */

bool
option_is_valid(const OptionSpec *spec, double number)
{
	int			choices = 0;

	if (spec->default_text != NULL && number == OPTION_AUTO)
		return true;
	switch (spec->type)
	{
		case OPTION_BOOLEAN:
			return number == 0 || number == 1;
		case OPTION_CHOICE:
		case OPTION_WEIGHTS:
			while (spec->choices[choices] != NULL)
				choices++;
			if (spec->type == OPTION_WEIGHTS)
				choices++;
			return number >= 0 && number < choices && number == rint(number);
		case OPTION_INTEGER:
			if (number != rint(number))
				return false;
			break;
		default:
			break;
	}
	if (!is_bounded(spec))
		return isfinite(number);
	return number >= spec->min && number <= spec->max;	/* false for NaN */
}

void
option_default(const OptionSpec *spec, OptionValue *value)
{
	memset(value, 0, sizeof(*value));
	value->number = spec->default_text != NULL ? OPTION_AUTO : spec->default_value;
}

/* The index of a JSON text among the option's words; -1 when it is none. */
static int
word_index(const OptionSpec *spec, const JsonbValue *json)
{
	for (int i = 0; spec->choices[i] != NULL; i++)
		if (json_value_is(json, spec->choices[i]))
			return i;
	return -1;
}

/* A JSON number that the option may be; OPTION_AUTO cannot be given. */
static bool
take_number(const OptionSpec *spec, const JsonbValue *json, double *number)
{
	if (json->type != jbvNumeric)
		return false;
	*number = json_value_number(json);
	return (spec->default_text == NULL || *number != OPTION_AUTO || spec->type == OPTION_NUMBERS) &&
		option_is_valid(spec, *number);
}

/* An array of numbers, of the right length. */
static bool
take_numbers(const OptionSpec *spec, const JsonbValue *json, OptionValue *value)
{
	double	   *numbers;
	int			n;

	if (json->type != jbvBinary || !JsonContainerIsArray(json->val.binary.data))
		return false;
	n = JsonContainerSize(json->val.binary.data);
	if (n == 0 || (spec->count > 0 && n != spec->count))
		return false;
	numbers = palloc(sizeof(double) * n);
	for (int i = 0; i < n; i++)
		if (!take_number(spec, getIthJsonbValueFromContainer(json->val.binary.data, i), &numbers[i]))
			return false;
	value->n = n;
	value->numbers = numbers;
	return true;
}

/* An error of the type's own where the text is no interval. */
static bool
take_interval(const char *text, OptionValue *value)
{
	static const Interval zero = {0};
	int			level = NewGUCNestLevel();
	Datum		interval;

	/* a session's IntervalStyle must not change what an option says */
	(void) set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	interval = DirectFunctionCall3(interval_in, CStringGetDatum(text),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	AtEOXact_GUC(true, level);
	value->interval = DatumGetIntervalP(interval);
	return DatumGetBool(DirectFunctionCall2(interval_gt, interval, IntervalPGetDatum(&zero)));
}

/* A time zone's name, as PostgreSQL spells it. */
static bool
take_time_zone(const char *text, OptionValue *value)
{
	pg_tz	   *zone = pg_tzset(text);

	if (zone == NULL || !pg_tz_acceptable(zone))
		return false;
	value->text = pstrdup(pg_get_timezone_name(zone));
	return true;
}

/* Take a JSON value for the option; false when it cannot be that. */
static bool
take_value(const OptionSpec *spec, const JsonbValue *json, OptionValue *value)
{
	char	   *text = NULL;
	int			word;

	if (json->type == jbvString)
		text = pnstrdup(json->val.string.val, json->val.string.len);
	switch (spec->type)
	{
		case OPTION_INTEGER:
		case OPTION_NUMBER:
			return take_number(spec, json, &value->number);
		case OPTION_BOOLEAN:
			value->number = json->type == jbvBool && json->val.boolean;
			return json->type == jbvBool;
		case OPTION_WEIGHTS:
			if (json->type == jbvBinary && JsonContainerIsObject(json->val.binary.data))
			{
				value->object = JsonbValueToJsonb(unconstify(JsonbValue *, json));
				for (word = 0; spec->choices[word] != NULL;)
					word++;
				value->number = word;
				return true;
			}
			/* FALLTHROUGH */
		case OPTION_CHOICE:
			word = word_index(spec, json);
			value->number = word;
			return word >= 0;
		case OPTION_NUMBERS:
			return take_numbers(spec, json, value);
		case OPTION_TEXT:
		case OPTION_COLUMN:
			value->text = text;
			return text != NULL && (spec->type == OPTION_TEXT || *text != '\0');
		case OPTION_INTERVAL:
			return text != NULL && take_interval(text, value);
		case OPTION_TIME_ZONE:
			return text != NULL && take_time_zone(text, value);
	}
	return false;
}

pg_noreturn static void
unknown_option(const OptionTable *table, const char *name)
{
	int			n = option_count(table);
	const char **names = palloc(n * sizeof(char *));
	const char *nearest;

	for (int i = 0; i < n; i++)
		names[i] = option_spec(table, i)->name;
	nearest = nearest_name(name, names, n);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s has no option \"%s\"", table->function,
					json_shortened(name, strlen(name))),
			 nearest ?
			 errhint("Perhaps \"%s\" was meant. SELECT * FROM crimeml.options_for('%s') lists them all.",
					 nearest, table->function) :
			 errhint("SELECT * FROM crimeml.options_for('%s') lists them.", table->function)));
}

Options *
options_parse(const OptionTable *table, const Jsonb *jsonb)
{
	Options    *options = palloc0(sizeof(Options));
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;

	options->table = table;
	options->n = option_count(table);
	options->value = palloc(sizeof(OptionValue) * Max(options->n, 1));
	for (int i = 0; i < options->n; i++)
		option_default(option_spec(table, i), &options->value[i]);
	if (jsonb == NULL)
		return options;
	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options of %s must be a JSON object", table->function),
				 errhint("For example '%s'.", table->example)));

	it = JsonbIteratorInit(&unconstify(Jsonb *, jsonb)->root);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		JsonbValue	json;
		char	   *name;
		int			i;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(key.val.string.val, key.val.string.len);
		i = option_find(table, name);
		if (i < 0)
			unknown_option(table, name);
		(void) JsonbIteratorNext(&it, &json, true);
		if (json.type == jbvNull)
			continue;			/* the default */
		if (!take_value(option_spec(table, i), &json, &options->value[i]))
			option_error(table, option_spec(table, i), json_value_text(&json));
		options->value[i].given = true;
	}
	return options;
}

/* ----------
 * In bytes
 * ----------
 */

/* How a value is held.  Stored: the numbers stay. */
enum
{
	HELD_NUMBER,
	HELD_TEXT,
	HELD_NUMBERS,
	HELD_INTERVAL,
	HELD_NOTHING
};

static int
held_as(const OptionSpec *spec, const OptionValue *value)
{
	switch (spec->type)
	{
		case OPTION_TEXT:
		case OPTION_COLUMN:
		case OPTION_TIME_ZONE:
			return value->text ? HELD_TEXT : HELD_NOTHING;
		case OPTION_NUMBERS:
			return value->n > 0 ? HELD_NUMBERS : HELD_NOTHING;
		case OPTION_INTERVAL:
			return value->interval ? HELD_INTERVAL : HELD_NOTHING;
		default:
			return HELD_NUMBER;
	}
}

void
options_write(const OptionTable *table, int n, const OptionValue *value, ByteWriter *w)
{
	write_varint(w, n);
	for (int i = 0; i < n; i++)
	{
		int			held = held_as(option_spec(table, i), &value[i]);

		write_text(w, option_spec(table, i)->name);
		write_u8(w, held);
		if (held == HELD_NUMBER)
			write_f64(w, value[i].number);
		else if (held == HELD_TEXT)
			write_text(w, text_to_utf8(value[i].text, strlen(value[i].text)));
		else if (held == HELD_NUMBERS)
		{
			write_varint(w, value[i].n);
			for (int j = 0; j < value[i].n; j++)
				write_f64(w, value[i].numbers[j]);
		}
		else if (held == HELD_INTERVAL)
		{
			write_u32(w, value[i].interval->month);
			write_u32(w, value[i].interval->day);
			write_u64(w, value[i].interval->time);
		}
	}
}

/* A value of the kind that the option has. */
static void
read_value(const OptionSpec *spec, OptionValue *value, ByteReader *r)
{
	int			held = read_u8(r);
	Interval   *interval;
	double	   *numbers;

	value->given = held != HELD_NOTHING;
	switch (held)
	{
		case HELD_NUMBER:
			value->number = read_f64(r);
			if (!isnan(value->number) && !option_is_valid(spec, value->number))
				reader_damaged(r, "an option is out of range");
			/* left to what it was used on */
			if (spec->default_text != NULL && value->number == OPTION_AUTO)
				value->given = false;
			break;
		case HELD_TEXT:
			value->text = text_from_utf8(read_text(r));
			break;
		case HELD_NUMBERS:
			value->n = read_count(r, sizeof(double), PG_INT16_MAX);
			value->numbers = numbers = palloc(sizeof(double) * Max(value->n, 1));
			for (int i = 0; i < value->n; i++)
			{
				numbers[i] = read_f64(r);
				if (!option_is_valid(spec, numbers[i]))
					reader_damaged(r, "an option is out of range");
			}
			break;
		case HELD_INTERVAL:
			value->interval = interval = palloc(sizeof(Interval));
			interval->month = (int32) read_u32(r);
			interval->day = (int32) read_u32(r);
			interval->time = (TimeOffset) read_u64(r);
			break;
		case HELD_NOTHING:
			break;
		default:
			reader_damaged(r, "an option is of no known kind");
	}
	if (held != HELD_NOTHING && held != held_as(spec, value))
		reader_damaged(r, "an option is of another kind");
}

OptionValue *
options_read(const OptionTable *table, int n, ByteReader *r)
{
	OptionValue *value = palloc(sizeof(OptionValue) * Max(n, 1));
	uint32		count = read_count(r, 2, n);

	for (int i = 0; i < n; i++)
		option_default(option_spec(table, i), &value[i]);
	for (uint32 i = 0; i < count; i++)
	{
		int			at = option_find(table, read_text(r));

		if (at < 0 || at >= n)
			reader_damaged(r, "an option is not known");
		read_value(option_spec(table, at), &value[at], r);
	}
	return value;
}

/* ----------
 * The tables
 * ----------
 */

static const OptionTable *const tables[] = {
	&tree_agg_options,
	&forest_agg_options,
	&boost_agg_options,
	&linear_agg_options,
	&poisson_agg_options,
	&logistic_agg_options,
	&kde_options,
	&kde_agg_options,
	&grid_count_agg_options,
	&arima_agg_options,
	&lstm_agg_options,
	&auto_options,
	&ets_agg_options,
	&theta_options,
	&trend_options,
	&naive_options,
	&mean_options,
	&level_agg_options,
	&anomalies_options,
	&farrington_options
};

const OptionTable *
option_table_for(const char *function)
{
	const char *names[lengthof(tables)];
	const char *nearest;
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < lengthof(tables); i++)
	{
		if (strcmp(tables[i]->function, function) == 0)
			return tables[i];
		names[i] = tables[i]->function;
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	nearest = nearest_name(function, names, lengthof(tables));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no function with options that is called \"%s\"",
					json_shortened(function, strlen(function))),
			 errdetail("Functions with options: %s.", list.data),
			 nearest ? errhint("Perhaps \"%s\" was meant.", nearest) : 0));
}
