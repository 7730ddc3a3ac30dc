/*
 * algorithms.c
 *		The algorithms there are, and what all learners have besides their own
 *		options.
 */
#include "model/algorithms.h"

#include <math.h>

#include "arguments.h"
#include "data/axes.h"
#include "forecast/methods.h"
#include "json.h"
#include "utf8.h"

static const Algorithm *const algorithms[] = {
	&tree_learner.base,
	&forest_learner.base,
	&boost_learner.base,
	&linear_learner.base,
	&poisson_learner.base,
	&logistic_learner.base
};

const Algorithm *
algorithm_by_code(uint16 code)
{
	const Forecaster *forecaster;

	for (int i = 0; i < lengthof(algorithms); i++)
		if (algorithms[i]->code == code)
			return algorithms[i];
	forecaster = forecaster_by_code(code);
	return forecaster == NULL ? NULL : &forecaster->base;
}

/* ----------
 * Options of every learner
 * ----------
 */

enum
{
	LEARNER_TASK,
	LEARNER_TIME_ZONE,
	LEARNER_AXES,
	LEARNER_TIME_PARTS,
	LEARNER_OPTIONS
};

static const char *const task_choices[] = {"auto", "classify", "regress", NULL};

/* the index of a choice is its FrameTask */
StaticAssertDecl(TASK_CLASSIFY == 1 && TASK_REGRESS == 2,
				 "task_choices follows FrameTask");

static const char *const time_parts_choices[] = {"auto", "week", "year", NULL};

/* the index of a choice is its TimeParts */
StaticAssertDecl(TIME_PARTS_AUTO == 0 && TIME_PARTS_WEEK == 1 && TIME_PARTS_YEAR == 2,
				 "time_parts_choices follows TimeParts");

static const OptionSpec learner_spec[] = {
	[LEARNER_TASK] = {"task", OPTION_CHOICE, 0, NULL, 0, 0, task_choices,
		"what to learn: a class, a number, or what the type of the label says "
	"(float and numeric are numbers, all others classes)"},
	[LEARNER_TIME_ZONE] = {"time_zone", OPTION_TIME_ZONE, 0, "the session's TimeZone", 0, 0, NULL,
		"time zone in which the hour, weekday and day of a timestamptz are taken; "
	"it is kept in the model"},
	[LEARNER_AXES] = {"axes", OPTION_INTEGER, OPTION_AUTO, "8, without trees: 2",
		POINT_AXES_MIN, POINT_AXES_MAX, NULL,
		"features that a point gives: so many of x, y, x+y, x-y, 2x+y, x-2y, x+2y, 2x-y; "
	"it is kept in the model"},
	[LEARNER_TIME_PARTS] = {"time_parts", OPTION_CHOICE, 0, NULL, 0, 0, time_parts_choices,
		"features that a time gives: hour and weekday (week), the day of the year besides "
		"(year), or that where numbers are learned from rows that span 360 days or more (auto); "
	"it is kept in the model"},
};

const OptionTable learner_options = {
	NULL, learner_spec, LEARNER_OPTIONS, NULL, NULL
};

/* What an option says that not every learner has. */
static const char *
column_option(const Options *options, const char *name)
{
	int			at = option_find(options->table, name);

	return at < 0 ? NULL : options->value[at].text;
}

LearnerSettings
learner_settings(const Learner *learner, const Options *options)
{
	const OptionValue *shared = options->value + options->table->n;
	LearnerSettings settings;

	settings.task = (int) shared[LEARNER_TASK].number;
	settings.time_zone = shared[LEARNER_TIME_ZONE].text;
	settings.weight = column_option(options, WEIGHT_OPTION);
	settings.exposure = column_option(options, EXPOSURE_OPTION);
	settings.features.axes = (int) shared[LEARNER_AXES].number;
	if (shared[LEARNER_AXES].number == OPTION_AUTO)
		settings.features.axes = learner->turned_axes ? POINT_AXES_MAX : POINT_AXES_MIN;
	settings.features.time_parts = (TimeParts) shared[LEARNER_TIME_PARTS].number;
	return settings;
}

/* ----------
 * Class weights
 * ----------
 */

#define SMALLEST_CLASS_WEIGHT 1e-6
#define LARGEST_CLASS_WEIGHT 1e6

/* By OptionWeights; given is an object. */
const char *const class_weights_choices[] = {"none", "balanced", NULL};

/* The weight that a given object has for each class, which it may leave out. */
static void
given_class_weights(const Jsonb *given, int classes, char **class_name, double *weight)
{
	JsonbIterator *it = JsonbIteratorInit(&unconstify(Jsonb *, given)->root);
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
			const char *nearest = nearest_name(name, (const char *const *) class_name, classes);

			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("class_weights names \"%s\", which is no class of the label",
							text_from_utf8(name)),
					 nearest ? errhint("Perhaps \"%s\" was meant.", text_from_utf8(nearest)) : 0));
		}
		if (value.type == jbvNumeric)
			number = json_value_number(&value);
		if (!(number >= SMALLEST_CLASS_WEIGHT && number <= LARGEST_CLASS_WEIGHT))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("class_weights of \"%s\" cannot be %s",
							text_from_utf8(name), json_value_text(&value)),
					 errhint("It is a number: %g to %g.",
							 SMALLEST_CLASS_WEIGHT, LARGEST_CLASS_WEIGHT)));
		weight[c] = number;
	}
}

double *
class_weights(const Options *options, const LearnData *data, char **class_name)
{
	int			at = option_find(options->table, CLASS_WEIGHTS_OPTION);
	double	   *weight;

	if (at < 0 || options->value[at].number == WEIGHTS_NONE || data->classes == 0)
		return NULL;
	weight = crimeml_array(double, data->classes);
	if (options->value[at].number == WEIGHTS_BALANCED)
	{
		for (int64 i = 0; i < data->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			weight[data->label_class[i]]++;
		}
		for (int c = 0; c < data->classes; c++)
			weight[c] = data->rows / (weight[c] * data->classes);
	}
	else
	{
		for (int c = 0; c < data->classes; c++)
			weight[c] = 1;
		given_class_weights(options->value[at].object, data->classes, class_name, weight);
	}
	return weight;
}
