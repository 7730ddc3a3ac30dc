/*
 * options.c
 *		The algorithms there are, and their options.
 *
 * Each learner brings its table of options; what every algorithm has besides
 * stands here.  The SQL function algorithm_options() reads the same tables
 * that options_parse() checks against.
 */
#include "model/options.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "data/frame.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

static const Learner *const learners[] = {
	&tree_learner,
	&forest_learner
};

static const char *const task_choices[] = {"auto", "classify", "regress", NULL};

/* the index of a choice is its FrameTask */
StaticAssertDecl(TASK_CLASSIFY == 1 && TASK_REGRESS == 2,
				 "task_choices follows FrameTask");

static const OptionSpec task_option = {
	"task", OPTION_CHOICE, 0, NULL, 0, 2, task_choices,
	"what to learn: a class, a number, or what the type of the label says "
	"(float and numeric are numbers, all others classes)"
};

#define TIME_ZONE_OPTION "time_zone"

#define SMALLEST_CLASS_WEIGHT 1e-6
#define LARGEST_CLASS_WEIGHT 1e6

/* The index of a word is its OptionWeights; the last is given as an object. */
static const char *const weights_choices[] = {"none", "balanced", "given", NULL};

/* What stands for a time zone in algorithm_options(). */
static const OptionSpec time_zone_option = {
	TIME_ZONE_OPTION, OPTION_CHOICE, 0, "the session's TimeZone", 0, 0, NULL,
	"time zone in which the hour, weekday and day of a timestamptz are taken; "
	"it is kept in the model"
};

const Learner *
learner_by_name(const char *name)
{
	for (int i = 0; i < lengthof(learners); i++)
		if (strcmp(learners[i]->name, name) == 0)
			return learners[i];
	return NULL;
}

const Learner *
learner_by_code(uint16 code)
{
	for (int i = 0; i < lengthof(learners); i++)
		if (learners[i]->code == code)
			return learners[i];
	return NULL;
}

const Learner *
learner_required(const char *name)
{
	const Learner *learner = learner_by_name(name);
	const char *names[lengthof(learners)];
	const char *nearest;
	StringInfoData list;

	if (learner != NULL)
		return learner;

	initStringInfo(&list);
	for (int i = 0; i < lengthof(learners); i++)
	{
		names[i] = learners[i]->name;
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	nearest = crimeml_nearest(name, names, lengthof(learners));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no algorithm \"%s\"", name),
			 errdetail("The algorithms are: %s.", list.data),
			 nearest ? errhint("Perhaps \"%s\" was meant.", nearest) : 0));
}

/* A number as it is written: whole ones without a fraction. */
static char *
number_to_text(double value)
{
	if (value == rint(value) && fabs(value) <= 9007199254740992.0)
		return psprintf("%.0f", value);
	else
	{
		char	   *text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);

		double_to_shortest_decimal_buf(value, text);
		return text;
	}
}

char *
option_to_text(const OptionSpec *spec, double value)
{
	if (spec->default_text != NULL && value == OPTION_AUTO)
		return pstrdup(spec->default_text);
	switch (spec->type)
	{
		case OPTION_BOOLEAN:
			return pstrdup(value != 0 ? "true" : "false");
		case OPTION_CHOICE:
			return pstrdup(spec->choices[(int) value]);
		case OPTION_WEIGHTS:
			return pstrdup(weights_choices[(int) value]);
		case OPTION_INTEGER:
		case OPTION_NUMBER:
			break;
	}
	return number_to_text(value);
}

bool
option_is_valid(const OptionSpec *spec, double value)
{
	if (spec->default_text != NULL && value == OPTION_AUTO)
		return true;
	switch (spec->type)
	{
		case OPTION_BOOLEAN:
			return value == 0 || value == 1;
		case OPTION_CHOICE:
			for (int i = 0; spec->choices[i] != NULL; i++)
				if (value == i)
					return true;
			return false;
		case OPTION_WEIGHTS:
			return value == WEIGHTS_NONE || value == WEIGHTS_BALANCED ||
				value == WEIGHTS_GIVEN;
		case OPTION_INTEGER:
			if (value != rint(value))
				return false;
			break;
		case OPTION_NUMBER:
			break;
	}
	return value >= spec->min && value <= spec->max;	/* false for NaN */
}

/* What an option may be, in words. */
static char *
option_range(const OptionSpec *spec)
{
	StringInfoData range;

	if (spec == &time_zone_option)
		return pstrdup("a time zone name");
	if (spec->type == OPTION_BOOLEAN)
		return pstrdup("true, false");
	if (spec->type == OPTION_WEIGHTS)
		return pstrdup("none, balanced, or an object such as {\"Robbery\": 2}");
	if (spec->type == OPTION_CHOICE)
	{
		initStringInfo(&range);
		for (int i = 0; spec->choices[i] != NULL; i++)
			appendStringInfo(&range, "%s%s", i > 0 ? ", " : "", spec->choices[i]);
		return range.data;
	}
	return psprintf("%s to %s", number_to_text(spec->min), number_to_text(spec->max));
}

static const char *
option_type_name(const OptionSpec *spec)
{
	switch (spec->type)
	{
		case OPTION_INTEGER:
			return "integer";
		case OPTION_NUMBER:
			return "number";
		case OPTION_BOOLEAN:
			return "boolean";
		case OPTION_CHOICE:
			break;
		case OPTION_WEIGHTS:
			return "text or object";
	}
	return "text";
}

/* Text for a message, which a long one is not to fill. */
static char *
shortened(const char *text, int len)
{
	if (len <= 60)
		return pnstrdup(text, len);
	return psprintf("%.*s...", pg_mbcliplen(text, len, 57), text);
}

/* A JSON value as it was written, for messages. */
static char *
json_value_to_text(const JsonbValue *value)
{
	char	   *number;

	switch (value->type)
	{
		case jbvString:
			return psprintf("\"%s\"", shortened(value->val.string.val, value->val.string.len));
		case jbvNumeric:
			number = DatumGetCString(DirectFunctionCall1(numeric_out,
														 NumericGetDatum(value->val.numeric)));
			return shortened(number, strlen(number));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		case jbvBinary:
			return pstrdup(JsonContainerIsArray(value->val.binary.data) ?
						   "an array" : "an object");
		default:
			break;
	}
	return pstrdup("null");
}

/* The number that stands for a JSON value; errors say what is allowed. */
static double
parse_value(const OptionSpec *spec, const JsonbValue *value)
{
	static const char *const what[] = {
		[OPTION_INTEGER] = "a whole number",
		[OPTION_NUMBER] = "a number",
		[OPTION_BOOLEAN] = "a boolean",
		[OPTION_CHOICE] = "one of these words",
		[OPTION_WEIGHTS] = "one of these"
	};
	double		number = NAN;

	if (spec->type == OPTION_BOOLEAN)
	{
		if (value->type == jbvBool)
			return value->val.boolean ? 1 : 0;
	}
	else if (spec->type == OPTION_CHOICE)
	{
		if (value->type == jbvString)
			for (int i = 0; spec->choices[i] != NULL; i++)
				if (strlen(spec->choices[i]) == value->val.string.len &&
					memcmp(spec->choices[i], value->val.string.val,
						   value->val.string.len) == 0)
					return i;
	}
	else if (spec->type == OPTION_WEIGHTS)
	{
		if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
			return WEIGHTS_GIVEN;
		for (int i = 0; i < WEIGHTS_GIVEN && value->type == jbvString; i++)
			if (strlen(weights_choices[i]) == value->val.string.len &&
				memcmp(weights_choices[i], value->val.string.val,
					   value->val.string.len) == 0)
				return i;
	}
	else if (value->type == jbvNumeric)
	{
		Datum		d = DirectFunctionCall1(numeric_float8_no_overflow,
											NumericGetDatum(value->val.numeric));

		/* OPTION_AUTO stands for a default only, it cannot be given */
		number = DatumGetFloat8(d);
		if ((spec->default_text == NULL || number != OPTION_AUTO) &&
			option_is_valid(spec, number))
			return number;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" cannot be %s", spec->name, json_value_to_text(value)),
			 errhint("It is %s: %s.", what[spec->type], option_range(spec))));
}

/* A time zone's name, as PostgreSQL spells it. */
static char *
parse_time_zone(const JsonbValue *value)
{
	pg_tz	   *zone = NULL;

	if (value->type == jbvString)
		zone = pg_tzset(pnstrdup(value->val.string.val, value->val.string.len));
	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" cannot be %s", TIME_ZONE_OPTION,
						json_value_to_text(value)),
				 errhint("It is a name in quotes, such as \"America/New_York\"; "
						 "pg_timezone_names lists them.")));
	return pstrdup(pg_get_timezone_name(zone));
}

pg_noreturn static void
unknown_option(const Learner *learner, const char *name)
{
	int			n = learner->noptions + 2;
	const char **names = palloc(n * sizeof(char *));
	const char *nearest;

	for (int i = 0; i < learner->noptions; i++)
		names[i] = learner->options[i].name;
	names[n - 2] = task_option.name;
	names[n - 1] = TIME_ZONE_OPTION;
	nearest = crimeml_nearest(name, names, n);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("algorithm \"%s\" has no option \"%s\"", learner->name,
					shortened(name, strlen(name))),
			 nearest ?
			 errhint("Perhaps \"%s\" was meant. SELECT * FROM crimeml.algorithm_options('%s') lists them all.",
					 nearest, learner->name) :
			 errhint("SELECT * FROM crimeml.algorithm_options('%s') lists them.",
					 learner->name)));
}

/* The option of that name, or -1. */
static int
option_index(const Learner *learner, const char *name)
{
	for (int i = 0; i < learner->noptions; i++)
		if (strcmp(learner->options[i].name, name) == 0)
			return i;
	return -1;
}

const OptionSpec *
option_by_name(const Learner *learner, const char *name)
{
	int			i = option_index(learner, name);

	return i < 0 ? NULL : &learner->options[i];
}

double *
options_default(const Learner *learner)
{
	double	   *value = palloc(Max(learner->noptions, 1) * sizeof(double));

	for (int i = 0; i < learner->noptions; i++)
	{
		const OptionSpec *spec = &learner->options[i];

		value[i] = spec->default_text != NULL ? OPTION_AUTO : spec->default_value;
	}
	return value;
}

Options *
options_parse(const Learner *learner, Jsonb *jsonb)
{
	Options    *options = palloc0(sizeof(Options));
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	key;

	options->learner = learner;
	options->value = options_default(learner);
	if (jsonb == NULL)
		return options;
	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example '{\"%s\": %s}'.", learner->options[0].name,
						 option_to_text(&learner->options[0],
										learner->options[0].default_value))));

	it = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		JsonbValue	value;
		char	   *name;
		int			i;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(key.val.string.val, key.val.string.len);
		i = option_index(learner, name);
		if (i < 0 && strcmp(name, task_option.name) != 0 &&
			strcmp(name, TIME_ZONE_OPTION) != 0)
			unknown_option(learner, name);
		(void) JsonbIteratorNext(&it, &value, true);
		if (value.type == jbvNull)
			continue;			/* the default */
		if (i >= 0)
		{
			options->value[i] = parse_value(&learner->options[i], &value);
			if (learner->options[i].type == OPTION_WEIGHTS)
			{
				options->weights = (OptionWeights) options->value[i];
				if (options->weights == WEIGHTS_GIVEN)
					options->given_weights = JsonbValueToJsonb(&value);
			}
		}
		else if (strcmp(name, task_option.name) == 0)
			options->task = (int) parse_value(&task_option, &value);
		else
			options->time_zone = parse_time_zone(&value);
	}
	return options;
}

/* The weight that a given object has for each class, which it may leave out. */
static void
given_class_weights(const Options *options, int classes, char **class_name, double *weight)
{
	JsonbIterator *it = JsonbIteratorInit(&options->given_weights->root);
	JsonbIteratorToken token;
	JsonbValue	key;

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		JsonbValue	value;
		char	   *name;
		int			c = 0;
		double		number = NAN;

		if (token != WJB_KEY)
			continue;
		name = pnstrdup(key.val.string.val, key.val.string.len);
		name = text_to_utf8(name, key.val.string.len);
		(void) JsonbIteratorNext(&it, &value, true);
		while (c < classes && strcmp(class_name[c], name) != 0)
			c++;
		if (c == classes)
		{
			const char *nearest = crimeml_nearest(name, (const char *const *) class_name, classes);

			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("class_weights names \"%s\", which is no class of the label",
							text_from_utf8(name)),
					 nearest ? errhint("Perhaps \"%s\" was meant.", text_from_utf8(nearest)) : 0));
		}
		if (value.type == jbvNumeric)
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														NumericGetDatum(value.val.numeric)));
		if (!(number >= SMALLEST_CLASS_WEIGHT && number <= LARGEST_CLASS_WEIGHT))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("class_weights of \"%s\" cannot be %s",
							text_from_utf8(name), json_value_to_text(&value)),
					 errhint("It is a number: %g to %g.",
							 SMALLEST_CLASS_WEIGHT, LARGEST_CLASS_WEIGHT)));
		weight[c] = number;
	}
}

double *
options_class_weights(const Options *options, const LearnData *data, char **class_name)
{
	double	   *weight;

	if (options->weights == WEIGHTS_NONE || data->classes == 0)
		return NULL;
	weight = crimeml_array(double, data->classes);
	if (options->weights == WEIGHTS_BALANCED)
	{
		for (int64 i = 0; i < data->rows; i++)
			weight[data->label_class[i]]++;
		for (int c = 0; c < data->classes; c++)
			weight[c] = data->rows / (weight[c] * data->classes);
	}
	else
	{
		for (int c = 0; c < data->classes; c++)
			weight[c] = 1;
		given_class_weights(options, data->classes, class_name, weight);
	}
	return weight;
}

/* One row of algorithm_options(). */
static void
put_option(Tuplestorestate *store, TupleDesc desc, const OptionSpec *spec)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = CStringGetTextDatum(spec->name);
	values[1] = CStringGetTextDatum(option_type_name(spec));
	values[2] = CStringGetTextDatum(spec->default_text != NULL ? spec->default_text :
									option_to_text(spec, spec->default_value));
	values[3] = CStringGetTextDatum(option_range(spec));
	values[4] = CStringGetTextDatum(spec->meaning);
	tuplestore_putvalues(store, desc, values, nulls);
}

PG_FUNCTION_INFO_V1(algorithm_options);

/* algorithm_options(algorithm text): what can be set, and to what. */
Datum
algorithm_options(PG_FUNCTION_ARGS)
{
	const Learner *learner = learner_required(crimeml_text_arg(fcinfo, 0, "algorithm"));
	Tuplestorestate *store;
	TupleDesc	desc;

	crimeml_begin_rows(fcinfo, &store, &desc);
	for (int i = 0; i < learner->noptions; i++)
		put_option(store, desc, &learner->options[i]);
	put_option(store, desc, &task_option);
	put_option(store, desc, &time_zone_option);
	return (Datum) 0;
}
