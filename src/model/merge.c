/*
 * merge.c
 *		merge_agg: models trained on parts of the rows become one.
 *
 * The parts' classes, and the levels of their features, are joined by name;
 * in all else their schemas must agree.  The learner joins what it learned.
 * Parts are taken in the order of their model_id, so that the order in which
 * they come changes nothing.
 *
 * The aggregate has no combine function: models are few and large, and to send
 * them from worker to worker would cost more than to merge them.
 */
#include "model/rows_model.h"

#include "common/int.h"
#include "stat/sums.h"
#include "tell.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

typedef struct MergeState
{
	int			models;
	int			capacity;
	struct varlena **model;		/* detoasted copies */
	Size		bytes;
} MergeState;

/* A model as it stands in the state. */
typedef struct OpenModel
{
	RowsModel  *model;
	ByteReader	payload;
} OpenModel;

/* A list of names, ascending, and where each stands in the joined list. */
typedef struct NameList
{
	int32		n;
	char	  **name;
	int32	   *to;
} NameList;

PG_FUNCTION_INFO_V1(crimeml_merge_transition);

/* transition(internal, model): models that are null are left out */
Datum
crimeml_merge_transition(PG_FUNCTION_ARGS)
{
	MergeState *state = PG_ARGISNULL(0) ? NULL : (MergeState *) PG_GETARG_POINTER(0);
	MemoryContext context;
	MemoryContext old;
	struct varlena *model;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "merge_transition called outside an aggregate");
	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}

	old = MemoryContextSwitchTo(context);
	if (state == NULL)
	{
		state = palloc0(sizeof(MergeState));
		state->capacity = 16;
		state->model = palloc(sizeof(*state->model) * state->capacity);
	}
	if (state->models == state->capacity)
	{
		state->capacity *= 2;
		state->model = repalloc(state->model, mul_size(sizeof(*state->model), state->capacity));
	}
	model = PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(1));
	state->model[state->models++] = model;
	state->bytes = add_size(state->bytes, VARSIZE(model));
	MemoryContextSwitchTo(old);

	/* besides the parts: the trees as they are written, and the model */
	crimeml_check_memory(mul_size(state->bytes, 4), "merging the models",
						 "the number of models or their size");
	PG_RETURN_POINTER(state);
}

/* ----------
 * Do the models fit together?
 * ----------
 */

/* They do not; what each has, in an order that does not hang on the models'. */
pg_noreturn static void
cannot_merge(const char *what, const char *a, const char *b)
{
	bool		swap = strcmp(a, b) > 0;

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("models cannot be merged: they differ in %s", what),
			 errdetail("One has: %s. Another has: %s.", swap ? b : a, swap ? a : b),
			 errhint("Train all parts on the same columns and in the same way; only categories and classes may differ.")));
}

static void
check_alike(const RowsModel *a, const RowsModel *b)
{
	if (a->learner != b->learner)
		cannot_merge("the algorithm", a->base.algorithm->name, b->base.algorithm->name);
	if (a->task != b->task)
		cannot_merge("the task", a->task == TASK_CLASSIFY ? "classes" : "numbers",
					 b->task == TASK_CLASSIFY ? "classes" : "numbers");
	if (a->schema->ninputs != b->schema->ninputs)
		cannot_merge("features", schema_input_names(a->schema), schema_input_names(b->schema));
	for (int i = 0; i < a->schema->ninputs; i++)
	{
		const SchemaInput *x = &a->schema->input[i];
		const SchemaInput *y = &b->schema->input[i];

		if (strcmp(x->name, y->name) != 0)
			cannot_merge("features", schema_input_names(a->schema),
						 schema_input_names(b->schema));
		if (x->kind != y->kind)
			cannot_merge(psprintf("the kind of feature \"%s\"", text_from_utf8(x->name)),
						 input_kind_name(x->kind), input_kind_name(y->kind));
		if (x->srid != y->srid)
			cannot_merge(psprintf("the SRID of feature \"%s\"", text_from_utf8(x->name)),
						 psprintf("%d", x->srid), psprintf("%d", y->srid));
	}
	if (strcmp(a->schema->time_zone, b->schema->time_zone) != 0)
		cannot_merge("the time zone", a->schema->time_zone, b->schema->time_zone);
}

static int
compare_models(const void *a, const void *b)
{
	const RowsModel *x = ((const OpenModel *) a)->model;
	const RowsModel *y = ((const OpenModel *) b)->model;

	return memcmp(x->base.id, y->base.id, sizeof(x->base.id));
}

/* Models in the order of their ids. */
static void
check_models(RowsModel **model, int n)
{
	if (model[0]->learner->merge == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("models of algorithm \"%s\" cannot be merged", model[0]->base.algorithm->name),
				 model[0]->learner->sums == NULL ? 0 :
				 errdetail("Its trees correct those before them, so those of two models do not go together."),
				 errhint("Forests can: crimeml.forest_agg with option \"trees\": 1 grows one of a single tree.")));
	for (int i = 1; i < n; i++)
	{
		check_alike(model[0], model[i]);
		if (memcmp(model[i - 1]->base.id, model[i]->base.id, sizeof(model[i]->base.id)) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("models cannot be merged: one of them is there twice"),
					 errdetail("Its model_id begins with %02x%02x%02x%02x.",
							   model[i]->base.id[0], model[i]->base.id[1], model[i]->base.id[2], model[i]->base.id[3]),
					 errhint("Its rows would count twice: look for a join that repeats models.")));
	}
}

/* ----------
 * Joining
 * ----------
 */

/* Two ascending lists as one. */
static char **
join_two(char **a, int32 na, char **b, int32 nb, int32 *n)
{
	char	  **name = crimeml_array(char *, Max((Size) na + nb, 1));
	int32		i = 0;
	int32		j = 0;

	*n = 0;
	while (i < na || j < nb)
	{
		int			order = i == na ? 1 : j == nb ? -1 : strcmp(a[i], b[j]);

		if ((*n & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		name[(*n)++] = order <= 0 ? a[i] : b[j];
		i += order <= 0;
		j += order >= 0;
	}
	return name;
}

/* All names of some lists, ascending; to of each list is filled in. */
static char **
join_names(NameList *list, int lists, int32 max, const char *what, int32 *n)
{
	char	  **joined = NULL;

	*n = 0;
	for (int l = 0; l < lists; l++)
	{
		char	  **more = join_two(joined, *n, list[l].name, list[l].n, n);

		if (*n > max)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("the merged model would have more than %d %s", max, what),
					 errhint("Group their values, and train the parts again.")));
		if (joined != NULL)
			pfree(joined);
		joined = more;
	}
	for (int l = 0; l < lists; l++)
	{
		int32		at = 0;

		CHECK_FOR_INTERRUPTS();
		list[l].to = crimeml_array(int32, Max(list[l].n, 1));
		for (int32 i = 0; i < list[l].n; i++)
		{
			while (strcmp(joined[at], list[l].name[i]) != 0)
				at++;
			list[l].to[i] = at;
		}
	}
	return joined;
}

/* The schema of all parts; maps gets where the levels of each stand in it. */
static Schema *
join_schemas(RowsModel **model, int n, const int32 ***maps)
{
	const Schema *first = model[0]->schema;
	Schema	   *schema = palloc(sizeof(Schema));
	NameList   *list = crimeml_array(NameList, n);

	*schema = *first;
	schema->input = crimeml_array(SchemaInput, first->ninputs);
	for (int i = 0; i < first->ninputs; i++)
	{
		schema->input[i] = first->input[i];
		for (int p = 1; p < n; p++)
			schema_range_join(&schema->input[i].range, &model[p]->schema->input[i].range);
	}
	schema->feature = crimeml_array(SchemaFeature, first->nfeatures);
	for (int p = 0; p < n; p++)
		maps[p] = crimeml_array(const int32 *, first->nfeatures);
	for (int f = 0; f < first->nfeatures; f++)
	{
		SchemaFeature *feature = &schema->feature[f];

		*feature = first->feature[f];
		if (!feature->is_category)
			continue;
		for (int p = 0; p < n; p++)
		{
			list[p].n = model[p]->schema->feature[f].levels;
			list[p].name = model[p]->schema->feature[f].level;
		}
		feature->level = join_names(list, n, PG_INT32_MAX / 2,
									psprintf("levels of feature \"%s\"",
											 text_from_utf8(feature->name)),
									&feature->levels);
		for (int p = 0; p < n; p++)
			maps[p][f] = list[p].to;
	}
	return schema;
}

/* Sums that a part may carry up to 2^63 - 1 each. */
static void
add_rows(int64 *sum, int64 rows)
{
	if (pg_add_s64_overflow(*sum, rows, sum))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the rows of the models to be merged add up to more than %lld",
						(long long) PG_INT64_MAX)));
}

/* Classes with the rows of all parts, or the mean of all rows. */
static void
join_labels(RowsModel **model, int n, int64 rows, const int32 **class_to, ModelLabels *labels)
{
	NameList   *list = crimeml_array(NameList, n);
	Total		total = TOTAL_EMPTY;

	memset(labels, 0, sizeof(*labels));
	for (int p = 0; p < n; p++)
	{
		list[p].n = model[p]->classes;
		list[p].name = model[p]->class_utf8;
		if (model[p]->task == TASK_REGRESS)
			total_add(&total, model[p]->label_mean, model[p]->base.provenance.rows);
	}
	if (model[0]->task == TASK_REGRESS)
		labels->mean = total_mean(&total, rows);
	labels->class_name = join_names(list, n, LEARN_MAX_CLASSES, "classes", &labels->classes);
	labels->class_rows = crimeml_array(int64, Max(labels->classes, 1));
	for (int p = 0; p < n; p++)
	{
		class_to[p] = list[p].to;
		for (int c = 0; c < model[p]->classes; c++)
			add_rows(&labels->class_rows[list[p].to[c]], model[p]->class_rows[c]);
	}
}

static int
compare_fingerprints(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((ModelProvenance *) NULL)->fingerprint));
}

/* Rows add up; the fingerprint is a hash of the parts' in their order. */
static void
join_provenance(RowsModel **model, int n, ModelProvenance *provenance)
{
	Size		size = sizeof(provenance->fingerprint);
	uint8	   *print = palloc(mul_size(n, size));
	Fingerprint *hash = fingerprint_begin();
	int64		merged = 0;

	memset(provenance, 0, sizeof(*provenance));
	provenance->version = CRIMEML_VERSION;
	for (int p = 0; p < n; p++)
	{
		const ModelProvenance *part = &model[p]->base.provenance;

		add_rows(&provenance->rows, part->rows);
		add_rows(&provenance->skipped, part->skipped);
		merged += Max(part->merged, 1);
		memcpy(print + size * p, part->fingerprint, size);
	}
	provenance->merged = (int32) Min(merged, PG_INT32_MAX);
	qsort(print, n, size, compare_fingerprints);
	fingerprint_add(hash, print, size * n);
	fingerprint_end(hash, provenance->fingerprint);
}

/*
 * What all parts have in common, and OPTION_MIXED where they differ.  Learners
 * that can be merged have options that are numbers.
 */
static OptionValue *
join_options(RowsModel **model, int n)
{
	int			options = model[0]->base.algorithm->options->n;
	OptionValue *option = palloc(sizeof(OptionValue) * options);

	for (int i = 0; i < options; i++)
	{
		option[i] = model[0]->base.option[i];
		for (int p = 1; p < n; p++)
			if (model[p]->base.option[i].number != option[i].number)
				option[i].number = OPTION_MIXED;
	}
	return option;
}

/* Names for messages. */
static char **
names_from_utf8(char **utf8, int n)
{
	char	  **name = crimeml_array(char *, Max(n, 1));

	for (int i = 0; i < n; i++)
		name[i] = text_from_utf8(utf8[i]);
	return name;
}

/* All models as one, in the context result. */
static struct varlena *
merge_models(const MergeState *state, MemoryContext result)
{
	int			n = state->models;
	RowsModel **model = crimeml_array(RowsModel *, n);
	OpenModel  *open = crimeml_array(OpenModel, n);
	LearnPart  *part = crimeml_array(LearnPart, n);
	const int32 ***level_to = crimeml_array(const int32 **, n);
	const int32 **class_to = crimeml_array(const int32 *, n);
	LearnMerge	merge = {0};
	Schema	   *schema;
	ModelLabels labels;
	ModelProvenance provenance;
	OptionValue *option;
	ByteWriter	out;

	for (int p = 0; p < n; p++)
		open[p].model = rows_model_open(state->model[p], &open[p].payload, "merge_agg");
	qsort(open, n, sizeof(OpenModel), compare_models);
	for (int p = 0; p < n; p++)
		model[p] = open[p].model;
	check_models(model, n);
	if (n == 1)
	{
		struct varlena *same = MemoryContextAlloc(result, VARSIZE(state->model[0]));

		crimeml_copy(same, state->model[0], VARSIZE(state->model[0]));
		return same;
	}

	join_provenance(model, n, &provenance);
	join_labels(model, n, provenance.rows, class_to, &labels);
	schema = join_schemas(model, n, level_to);
	option = join_options(model, n);
	for (int p = 0; p < n; p++)
	{
		part[p].payload = open[p].payload;
		rows_model_shape(model[p]->schema, model[p]->classes, &part[p].shape);
		part[p].class_to = class_to[p];
		part[p].level_to = level_to[p];
	}
	merge.parts = n;
	merge.part = part;
	rows_model_shape(schema, labels.classes, &merge.shape);
	merge.class_rows = labels.class_rows;
	merge.class_name = names_from_utf8(labels.class_name, labels.classes);
	merge.feature_name = crimeml_array(char *, schema->nfeatures);
	for (int f = 0; f < schema->nfeatures; f++)
		merge.feature_name[f] = text_from_utf8(schema->feature[f].name);

	writer_init(&out);
	model[0]->learner->merge(&merge, option, &out);
	MemoryContextSwitchTo(result);
	return rows_model_write(model[0]->learner, option, schema, &labels, model[0]->task,
							&provenance, NULL, 0, &out);
}

PG_FUNCTION_INFO_V1(crimeml_merge_final);

/* final(internal): the state is not changed, so OVER () works too */
Datum
crimeml_merge_final(PG_FUNCTION_ARGS)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext work;
	struct varlena *model;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "merge_final called outside an aggregate");
	if (PG_ARGISNULL(0))
	{
		if (tell_group(tell_count(fcinfo), "merge_agg"))
			ereport(NOTICE,
					(errmsg("merge_agg: no model, since there are none to merge")));
		PG_RETURN_NULL();
	}
	work = AllocSetContextCreate(old, "crimeml merging", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	model = merge_models((MergeState *) PG_GETARG_POINTER(0), old);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	PG_RETURN_POINTER(model);
}
