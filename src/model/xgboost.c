/*
 * xgboost.c
 *		from_xgboost_json(text): a model that XGBoost trained, as one of ours.
 */
#include "model/rows_model.h"

#include <math.h>

#include "json.h"
#include "model/xgboost_json.h"
#include "stat/plain_math.h"
#include "utf8.h"

/* How the name of an objective of ours is told by describe(); NULL: not at all. */
typedef struct Objective
{
	const char *name;
	LearnLink	link;
	const char *own;
} Objective;

static const Objective objectives[] = {
	{"binary:logistic", LINK_LOGIT, "log_loss"},
	{"multi:softprob", LINK_SOFTMAX, "log_loss"},
	{"multi:softmax", LINK_SOFTMAX, "log_loss"},
	{"reg:squarederror", LINK_IDENTITY, "squared"},
	{"reg:squaredlogerror", LINK_IDENTITY, NULL},
	{"reg:pseudohubererror", LINK_IDENTITY, NULL},
	{"reg:absoluteerror", LINK_IDENTITY, NULL},
	{"count:poisson", LINK_LOG, "poisson"},
	{"reg:gamma", LINK_LOG, NULL},
	{"reg:tweedie", LINK_LOG, NULL},
};

static const Objective *
find_objective(const XgboostModel *model)
{
	StringInfoData known;

	initStringInfo(&known);
	for (int i = 0; i < lengthof(objectives); i++)
	{
		if (strcmp(objectives[i].name, model->objective) == 0)
			return &objectives[i];
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", objectives[i].name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("objective \"%s\" of XGBoost is not supported",
					json_shortened(model->objective, strlen(model->objective))),
			 errhint("Objectives that are: %s.", known.data)));
}

/* What the text must have, and what is not taken. */
static void
check_booster(const XgboostModel *model)
{
	if (model->booster == NULL || model->objective == NULL || model->base_score == NULL)
		boost_import_error("It has no learner with a gradient_booster, an objective and a base_score.");
	if (strcmp(model->booster, "gbtree") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("booster \"%s\" of XGBoost is not supported",
						json_shortened(model->booster, strlen(model->booster))),
				 errhint("Train it with booster \"gbtree\".")));
	if (model->num_target != NULL && xgboost_count(model->num_target, "how many targets it has") > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("XGBoost models of several targets are not supported"),
				 errhint("Train a model for each target.")));
	if (model->tree_sums != model->trees)
		boost_import_error("Its tree_info is not as long as the list of its trees.");
}

/* Later versions write a list with one number in it. */
static double
read_base_score(const char *text)
{
	const char *from = text + (text[0] == '[');
	char	   *end;
	double		value = strtof(from, &end);

	if (end == from || strcmp(end, text[0] == '[' ? "]" : "") != 0 || !isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("base_score %s of XGBoost is not supported", json_shortened(text, strlen(text))),
				 errhint("Train it with a base_score that is one number.")));
	return value;
}

/* The inputs, which are all numbers; indicators are booleans. */
static Schema *
make_schema(const XgboostModel *model)
{
	Schema	   *schema = palloc0(sizeof(Schema));
	int32		n = xgboost_count(model->num_feature, "how many features it has");
	const char *twice;

	if (n == 0)
		boost_import_error("It has no features.");
	if (n > LEARN_MAX_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the model has %d features, and at most %d are taken", n, LEARN_MAX_FEATURES)));
	if ((model->names.n != 0 && model->names.n != n) || (model->types.n != 0 && model->types.n != n))
		boost_import_error("Its features do not have one name and type each.");
	schema->time_zone = "";
	schema->ninputs = n;
	schema->input = crimeml_array(SchemaInput, n);
	for (int i = 0; i < n; i++)
	{
		SchemaInput *input = &schema->input[i];
		const char *type = model->types.n > 0 ? model->types.text[i] : "float";

		CHECK_FOR_INTERRUPTS();
		input->name = model->names.n == 0 ? psprintf("f%d", i) :
			text_to_utf8(model->names.text[i], strlen(model->names.text[i]));
		if (strcmp(type, "c") == 0 || strcmp(type, "categorical") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("categorical features of XGBoost are not supported"),
					 errdetail("Feature \"%s\" is one.", text_from_utf8(input->name)),
					 errhint("Train it on a column for each category, or here with crimeml.boost_agg.")));
		schema_input_init(input, strcmp(type, "i") == 0 ? INPUT_BOOLEAN : INPUT_NUMBER);
	}
	twice = schema_make_features(schema);
	if (twice != NULL)
		boost_import_error(psprintf("Two of its features are called \"%s\".", text_from_utf8(twice)));
	return schema;
}

typedef struct NumberedClass
{
	char	   *name;
	int32		number;			/* that XGBoost gives it */
} NumberedClass;

static int
compare_classes(const void *a, const void *b)
{
	return strcmp(((const NumberedClass *) a)->name, ((const NumberedClass *) b)->name);
}

/* The classes "0", "1", ..., in the order of models: 10 comes before 2. */
static void
make_labels(ModelLabels *labels, int classes, int32 *place)
{
	NumberedClass *class = crimeml_array(NumberedClass, Max(classes, 1));

	memset(labels, 0, sizeof(*labels));
	labels->classes = classes;
	labels->class_name = crimeml_array(char *, Max(classes, 1));
	labels->class_rows = crimeml_array(int64, Max(classes, 1));
	for (int c = 0; c < classes; c++)
	{
		class[c].name = psprintf("%d", c);
		class[c].number = c;
	}
	qsort(class, classes, sizeof(NumberedClass), compare_classes);
	for (int c = 0; c < classes; c++)
	{
		labels->class_name[c] = class[c].name;
		place[class[c].number] = c;
	}
}

/* How many classes there are; 0 in regression. */
static int
count_classes(const XgboostModel *model, const Objective *objective)
{
	int32		classes = model->num_class == NULL ? 0 :
		xgboost_count(model->num_class, "how many classes it has");

	if (objective->link != LINK_SOFTMAX)
	{
		if (classes > 1)
			boost_import_error(psprintf("Objective \"%s\" does not go with %d classes.",
										objective->name, classes));
		return objective->link == LINK_LOGIT ? 2 : 0;
	}
	if (classes < 2)
		boost_import_error("It has less than two classes.");
	if (classes > LEARN_MAX_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the model has %d classes, and at most %d are taken", classes,
						LEARN_MAX_CLASSES)));
	return classes;
}

/* Where sums begin: on the scale of the sums, though XGBoost keeps the prediction. */
static double
base_of(const Objective *objective, double score)
{
	bool		good = objective->link == LINK_LOGIT ? score > 0 && score < 1 :
		objective->link != LINK_LOG || score > 0;

	if (!good)
		boost_import_error(psprintf("Its base_score %g does not go with objective \"%s\".",
									score, objective->name));
	return objective->link == LINK_LOGIT ? plain_log(score / (1 - score)) :
		objective->link == LINK_LOG ? plain_log(score) : score;
}

/*
 * Sums, bases, and to which sum each tree adds.  The probability of the second of
 * two classes that have a sum each goes by the difference of these.
 */
static void
settle_sums(XgboostModel *model, const Objective *objective, int classes, const int32 *place,
			BoostImport *import)
{
	double		start = base_of(objective, read_base_score(model->base_score));
	int			groups = objective->link == LINK_SOFTMAX ? classes : 1;
	bool		two = groups == 2;
	double	   *base;

	import->link = two ? LINK_LOGIT : objective->link;
	import->sums = two ? 1 : groups;
	base = crimeml_array(double, import->sums);
	for (int k = 0; k < import->sums; k++)
		base[k] = two || groups > 2 ? 0 : start;
	import->base = base;
	for (int t = 0; t < model->trees; t++)
	{
		int32		group = model->tree_sum[t];

		if (group >= groups)
			boost_import_error(psprintf("Tree %d adds to a class that there is not.", t));
		model->tree[t].sum = groups > 2 ? place[group] : 0;
		model->tree[t].negative = two && group == 0;
	}
	import->trees = model->trees;
	import->tree = model->tree;
}

/* Options are those of another program: not known, but for the objective. */
static OptionValue *
make_options(const Objective *objective)
{
	const OptionTable *table = boost_learner.base.options;
	OptionValue *option = crimeml_array(OptionValue, table->n);

	for (int i = 0; i < table->n; i++)
	{
		if (table->spec[i].type == OPTION_COLUMN)
			continue;
		option[i].number = OPTION_MIXED;
		if (objective->own != NULL && strcmp(table->spec[i].name, "objective") == 0)
			for (int c = 0; table->spec[i].choices[c] != NULL; c++)
				if (strcmp(table->spec[i].choices[c], objective->own) == 0)
					option[i].number = c;
	}
	return option;
}

/* The program and its version. */
static char *
trained_by(const XgboostModel *model)
{
	StringInfoData name;

	initStringInfo(&name);
	appendStringInfoString(&name, "XGBoost");
	for (int i = 0; i < Min(model->version.n, 3); i++)
		appendStringInfo(&name, "%s%d", i > 0 ? "." : " ",
						 xgboost_count(model->version.text[i], "its version"));
	return name.data;
}

PG_FUNCTION_INFO_V1(crimeml_from_xgboost_json);

/* from_xgboost_json(text): the model */
Datum
crimeml_from_xgboost_json(PG_FUNCTION_ARGS)
{
	text	   *json = PG_GETARG_TEXT_PP(0);
	MemoryContext old = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(old, "crimeml taking in", ALLOCSET_DEFAULT_SIZES);
	XgboostModel model;
	const Objective *objective;
	BoostImport import = {0};
	ModelProvenance provenance = {0};
	ModelMetric metric = {"trees", 0};
	ModelLabels labels;
	Schema	   *schema;
	OptionValue *option;
	int32	   *place;
	int			classes;
	ByteWriter	payload;
	struct varlena *result;

	MemoryContextSwitchTo(work);
	xgboost_read(json, &model);
	check_booster(&model);
	objective = find_objective(&model);
	schema = make_schema(&model);
	classes = count_classes(&model, objective);
	place = crimeml_array(int32, Max(classes, 1));
	make_labels(&labels, classes, place);
	settle_sums(&model, objective, classes, place, &import);
	import.features = schema->nfeatures;
	writer_init(&payload);
	boost_import(&import, &payload);
	option = make_options(objective);
	provenance.version = trained_by(&model);
	metric.value = model.trees;

	MemoryContextSwitchTo(old);
	result = rows_model_write(&boost_learner, option, schema, &labels,
							  classes > 0 ? TASK_CLASSIFY : TASK_REGRESS, &provenance,
							  &metric, 1, &payload);
	MemoryContextDelete(work);
	PG_RETURN_POINTER(result);
}
