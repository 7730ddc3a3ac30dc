/*
 * train.c
 *		The aggregates that train: tree_agg, forest_agg, and those to come.
 *
 * The transition, combine and serial functions are the same for all; the two
 * that must know their learner are made by LEARNER_AGGREGATE.
 */
#include "model/model.h"

#include "utils/builtins.h"

typedef struct TrainState
{
	Jsonb	   *options;		/* of the first row; NULL: none */
	Frame	   *frame;
} TrainState;

/* The aggregate's own memory; an error outside an aggregate. */
static MemoryContext
train_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function of a training aggregate called outside an aggregate");
	return context;
}

static TrainState *
train_start(MemoryContext context, const Jsonb *options, Oid label_type, int task,
			const char *time_zone)
{
	TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));

	if (options != NULL)
	{
		state->options = MemoryContextAlloc(context, VARSIZE(options));
		memcpy(state->options, options, VARSIZE(options));
	}
	state->frame = frame_create(context, label_type, task, time_zone);
	return state;
}

/* Options are those of all rows, not of whichever came first. */
static void
require_same_options(const Jsonb *a, const Jsonb *b)
{
	if (a == NULL ? b != NULL :
		b == NULL || VARSIZE(a) != VARSIZE(b) || memcmp(a, b, VARSIZE(a)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options are not the same for every row"),
				 errhint("Give them as a constant.")));
}

/* transition(internal, label anyelement, features record [, options jsonb]) */
static Datum
train_transition(FunctionCallInfo fcinfo, const Learner *learner)
{
	MemoryContext context = train_context(fcinfo);
	TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *) PG_GETARG_POINTER(0);
	Jsonb	   *jsonb = PG_NARGS() > 3 && !PG_ARGISNULL(3) ? PG_GETARG_JSONB_P(3) : NULL;

	if (state != NULL)
		require_same_options(state->options, jsonb);
	else
	{
		Options    *options = options_parse(learner, jsonb);
		Oid			label_type = get_fn_expr_argtype(fcinfo->flinfo, 1);

		if (!OidIsValid(label_type))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("could not determine the type of the label"),
					 errhint("Cast it.")));
		state = train_start(context, jsonb, label_type, options->task, options->time_zone);
	}
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

/* The option by which a learner takes less memory, for the message. */
static const char *
what_to_lower(const Learner *learner)
{
	for (int i = 0; i < learner->noptions; i++)
		if (strcmp(learner->options[i].name, "trees") == 0)
			return "option \"trees\" or the number of rows";
	return "the number of rows";
}

/* Train on the rows of a frame; the model is in the caller's memory. */
static struct varlena *
train_model(const Learner *learner, const Options *options, const Frame *frame)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(old, "crimeml training",
											   ALLOCSET_DEFAULT_SIZES);
	FrameData  *data;
	ByteWriter	payload;
	ModelProvenance provenance = {0};
	struct varlena *model;
	LearnReport report = {0};
	ModelMetric metric[LEARN_MAX_METRICS];

	MemoryContextSwitchTo(work);
	data = frame_finish(frame);
	data->data.class_weight = options_class_weights(options, &data->data, data->class_name);
	crimeml_check_memory(add_size(frame_memory(frame),
								  learner->memory(&data->data, options->value)),
						 psprintf("training on %lld rows", (long long) frame_rows(frame)),
						 what_to_lower(learner));
	writer_init(&payload);
	learner->train(&data->data, options->value, &payload, &report);
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
	model = model_build(learner, options->value, data, frame_task(frame), &provenance,
						metric, report.metrics, &payload);
	MemoryContextDelete(work);
	return model;
}

/* final(internal): the state is not changed, so OVER () works too */
static Datum
train_final(FunctionCallInfo fcinfo, const Learner *learner)
{
	TrainState *state;

	train_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (TrainState *) PG_GETARG_POINTER(0);
	if (frame_rows(state->frame) == 0)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(train_model(learner, options_parse(learner, state->options),
								  state->frame));
}

/* combine(internal, internal) */
PG_FUNCTION_INFO_V1(train_combine);

Datum
train_combine(PG_FUNCTION_ARGS)
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
		a = train_start(context, b->options, frame_label_type(b->frame),
						frame_task(b->frame), frame_time_zone(b->frame));
	else
		require_same_options(a->options, b->options);
	frame_combine(a->frame, b->frame);
	PG_RETURN_POINTER(a);
}

/* serialize(internal) */
PG_FUNCTION_INFO_V1(train_serialize);

Datum
train_serialize(PG_FUNCTION_ARGS)
{
	TrainState *state = (TrainState *) PG_GETARG_POINTER(0);
	Size		options = state->options != NULL ? VARSIZE(state->options) : 0;
	ByteWriter	w;

	train_context(fcinfo);
	writer_init(&w);
	write_space(&w, VARHDRSZ);
	write_varint(&w, options);
	write_bytes(&w, state->options, options);
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
PG_FUNCTION_INFO_V1(train_deserialize);

Datum
train_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	TrainState *state = palloc0(sizeof(TrainState));
	ByteReader	r;
	Size		options;

	train_context(fcinfo);
	reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), "training state");
	options = read_varint(&r);
	if (options > 0)
	{
		const uint8 *p = read_bytes(&r, options);

		state->options = palloc(options);
		memcpy(state->options, p, options);
		if (options < VARHDRSZ || VARSIZE(state->options) != options)
			reader_damaged(&r, "the options are cut");
	}
	state->frame = frame_read(CurrentMemoryContext, &r);
	read_end(&r);
	PG_RETURN_POINTER(state);
}

/* The two functions that know their learner, <name>_transition and <name>_final. */
#define LEARNER_AGGREGATE(name) \
	PG_FUNCTION_INFO_V1(name##_transition); \
	Datum name##_transition(PG_FUNCTION_ARGS) \
	{ \
		return train_transition(fcinfo, &name##_learner); \
	} \
	PG_FUNCTION_INFO_V1(name##_final); \
	Datum name##_final(PG_FUNCTION_ARGS) \
	{ \
		return train_final(fcinfo, &name##_learner); \
	}

LEARNER_AGGREGATE(tree)
LEARNER_AGGREGATE(forest)
