/*
 * train.c
 *		The aggregates that train: tree_agg, forest_agg, boost_agg.
 *
 * The transition, combine and serial functions are the same for all; the two
 * that must know their learner are made by LEARNER_AGGREGATE.
 */
#include "arguments.h"
#include "model/algorithms.h"
#include "model/rows_model.h"
#include "tell.h"
#include "utf8.h"
#include "utils/builtins.h"

typedef struct TrainState
{
	ConstantArg options;		/* not there: as null */
	Frame	   *frame;
} TrainState;

/* What a query was told of already, in fn_extra of a final function. */
typedef struct TrainTold
{
	int			groups;			/* that were told of */
	bool		day_of_year;
} TrainTold;

/* The aggregate's own memory; an error outside an aggregate. */
static MemoryContext
train_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function of a training aggregate called outside an aggregate");
	return context;
}

/* The options of a state, checked. */
static Options *
train_options(const TrainState *state, const Learner *learner)
{
	return options_parse(learner->base.options, (Jsonb *) state->options.value);
}

/* learner->task is a FrameTask */
StaticAssertDecl((int) LEARN_CLASSES == (int) TASK_CLASSIFY && (int) LEARN_NUMBERS == (int) TASK_REGRESS,
				 "LearnTask follows FrameTask");

/* The one task that a learner does; an error if another is asked for. */
static int
train_task(const Learner *learner, int asked)
{
	if (asked != 0 && asked != (int) learner->task)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 learner->task == LEARN_CLASSES ?
				 errmsg("%s classifies, and option \"task\" is \"regress\"",
						learner->base.options->function) :
				 errmsg("%s predicts a number, and option \"task\" is \"classify\"",
						learner->base.options->function)));
	return learner->task;
}

/* The state of the first row. */
static TrainState *
train_start(FunctionCallInfo fcinfo, MemoryContext context, const Learner *learner)
{
	TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));
	Oid			label_type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	LearnerSettings settings;
	FrameRoles	roles = {0};

	if (!OidIsValid(label_type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of the label"),
				 errhint("Cast it.")));
	state->options.isnull = true;
	if (PG_NARGS() > 3)
		constant_arg_keep(&state->options, context, fcinfo, 3);
	settings = learner_settings(learner, train_options(state, learner));
	if (learner->task != LEARN_BOTH)
		settings.task = train_task(learner, settings.task);
	state->frame = frame_create(context, label_type, settings.task, settings.time_zone);
	roles.weight = settings.weight;
	roles.exposure = settings.exposure;
	roles.time = learner->takes_time;
	frame_set_roles(state->frame, &roles);
	return state;
}

/* transition(internal, label anyelement, features record [, options jsonb]) */
static Datum
train_transition(FunctionCallInfo fcinfo, const Learner *learner)
{
	MemoryContext context = train_context(fcinfo);
	TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *) PG_GETARG_POINTER(0);

	if (state == NULL)
		state = train_start(fcinfo, context, learner);
	else if (PG_NARGS() > 3)
		constant_arg_check(&state->options, fcinfo, 3, "options");
	if (PG_ARGISNULL(1))
		frame_add(state->frame, (Datum) 0, true, NULL);
	else if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the features of a row are null"),
				 errhint("Single features may be null, but not the row as a whole.")));
	else
		frame_add(state->frame, PG_GETARG_DATUM(1), false, PG_GETARG_HEAPTUPLEHEADER(2));
	PG_RETURN_POINTER(state);
}

/* What was decided of the day of the year; of one group, as others are alike. */
static void
tell_day_of_year(const char *aggregate, const FrameData *data, TrainTold *told)
{
	for (int i = 0; i < data->schema->ninputs && !told->day_of_year; i++)
	{
		const SchemaInput *input = &data->schema->input[i];

		if (!input_kind_is_time(input->kind))
			continue;
		told->day_of_year = true;
		ereport(NOTICE,
				(errmsg("%s: the day of the year of \"%s\" is %s, since %s", aggregate,
						text_from_utf8(input->name),
						input->parts & TIME_DOY ? "a feature" : "no feature",
						data->classes > 0 ? "the label has classes" :
						psprintf("the rows span %.0f days", schema_range_days(input))),
				 errhint("Option \"time_parts\" decides it: \"week\" or \"year\".")));
	}
}

/* Train on the rows of a frame; the model is in the caller's memory. */
static struct varlena *
train_model(const Learner *learner, const Options *options, const Frame *frame,
			TrainTold *told)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(old, "crimeml training",
											   ALLOCSET_DEFAULT_SIZES);
	LearnerSettings settings;
	FrameData  *data;
	ByteWriter	payload;
	ModelProvenance provenance = {0};
	struct varlena *model;
	LearnReport report = {0};
	ModelMetric metric[LEARN_MAX_METRICS];

	MemoryContextSwitchTo(work);
	settings = learner_settings(learner, options);
	data = frame_finish(frame, &settings.features);
	if (settings.features.time_parts == TIME_PARTS_AUTO)
		tell_day_of_year(learner->base.options->function, data, told);
	data->data.class_weight = class_weights(options, &data->data, data->class_name);
	crimeml_check_memory(add_size(add_size(frame_memory(frame), data->turned_bytes),
								  learner->memory(&data->data, options->value)),
						 psprintf("training on %lld rows", (long long) frame_rows(frame)),
						 learner->base.lower);
	writer_init(&payload);
	learner->train(&data->data, options->value, &payload, &report);
	if (report.told != NULL && tell_group(&told->groups, learner->base.options->function))
		ereport(NOTICE,
				(errmsg("%s: %s", learner->base.options->function, report.told)));
	for (int i = 0; i < report.metrics; i++)
	{
		metric[i].name = unconstify(char *, report.metric[i].name);
		metric[i].value = report.metric[i].value;
	}

	provenance.rows = frame_rows(frame);
	provenance.skipped = frame_skipped(frame);
	memcpy(provenance.fingerprint, data->fingerprint, sizeof(provenance.fingerprint));
	provenance.version = CRIMEML_VERSION;
	MemoryContextSwitchTo(old);
	model = rows_model_build(learner, options->value, data, frame_task(frame), &provenance,
							 metric, report.metrics, &payload);
	MemoryContextDelete(work);
	return model;
}

/*
 * final(internal): the state is not changed, so OVER () works too.  A group of
 * which nothing can be learned gives null, so that the others have their models.
 */
static Datum
train_final(FunctionCallInfo fcinfo, const Learner *learner)
{
	TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *) PG_GETARG_POINTER(0);
	const char *aggregate = learner->base.options->function;
	const char *reason = "there are no rows";
	TrainTold  *told;

	train_context(fcinfo);
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
														  sizeof(TrainTold));
	told = fcinfo->flinfo->fn_extra;
	if (state != NULL)
		reason = frame_nothing_to_learn(state->frame);
	if (reason == NULL)
		PG_RETURN_POINTER(train_model(learner, train_options(state, learner), state->frame,
									   told));
	if (tell_group(&told->groups, aggregate))
		ereport(NOTICE,
				(errmsg("%s: no model, since %s", aggregate, reason)));
	PG_RETURN_NULL();
}

/* combine(internal, internal) */
PG_FUNCTION_INFO_V1(crimeml_train_combine);

Datum
crimeml_train_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = train_context(fcinfo);
	TrainState *a = PG_ARGISNULL(0) ? NULL : (TrainState *) PG_GETARG_POINTER(0);
	TrainState *b = PG_ARGISNULL(1) ? NULL : (TrainState *) PG_GETARG_POINTER(1);

	if (b == NULL)
	{
		if (a == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(a);
	}
	if (a == NULL)
	{
		a = MemoryContextAllocZero(context, sizeof(TrainState));
		constant_arg_copy(&a->options, context, &b->options);
		a->frame = frame_create_like(context, b->frame);
	}
	else
		constant_arg_check_same(&a->options, &b->options, "options");
	frame_combine(a->frame, b->frame);
	PG_RETURN_POINTER(a);
}

/* serialize(internal) */
PG_FUNCTION_INFO_V1(crimeml_train_serialize);

Datum
crimeml_train_serialize(PG_FUNCTION_ARGS)
{
	TrainState *state = (TrainState *) PG_GETARG_POINTER(0);
	ByteWriter	w;

	train_context(fcinfo);
	writer_init(&w);
	write_space(&w, VARHDRSZ);
	constant_arg_write(&state->options, &w);
	frame_write(state->frame, &w);
	if (w.len > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the rows of one parallel worker take %zu MB, above 1 GB",
						w.len / (1024 * 1024)),
				 errhint("SET max_parallel_workers_per_gather = 0.")));
	SET_VARSIZE(w.data, w.len);
	PG_RETURN_BYTEA_P((bytea *) w.data);
}

/* deserialize(bytea, internal) */
PG_FUNCTION_INFO_V1(crimeml_train_deserialize);

Datum
crimeml_train_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	TrainState *state = palloc0(sizeof(TrainState));
	ByteReader	r;

	train_context(fcinfo);
	reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), "training state");
	constant_arg_read(&state->options, &r);
	state->frame = frame_read(CurrentMemoryContext, &r);
	read_end(&r);
	PG_RETURN_POINTER(state);
}

/* The two functions that know their learner, <name>_transition and <name>_final. */
#define LEARNER_AGGREGATE(name) \
	PG_FUNCTION_INFO_V1(crimeml_##name##_transition); \
	Datum crimeml_##name##_transition(PG_FUNCTION_ARGS) \
	{ \
		return train_transition(fcinfo, &name##_learner); \
	} \
	PG_FUNCTION_INFO_V1(crimeml_##name##_final); \
	Datum crimeml_##name##_final(PG_FUNCTION_ARGS) \
	{ \
		return train_final(fcinfo, &name##_learner); \
	}

LEARNER_AGGREGATE(tree)
LEARNER_AGGREGATE(forest)
LEARNER_AGGREGATE(boost)
LEARNER_AGGREGATE(linear)
LEARNER_AGGREGATE(poisson)
LEARNER_AGGREGATE(logistic)
