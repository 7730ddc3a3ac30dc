/*
 * model.c
 *		The type crimeml.model: bytes, checks, and the session's cache of
 *		decoded models.
 *
 * A value is checked whole on every way in (text, binary): CRC, model_id, and
 * a full decode in a context that is thrown away.  When a query first uses a
 * value its CRC is checked again, since disks fail, and the decoded form is
 * kept in the session's cache under its model_id; afterwards only the 28 bytes
 * in front are looked at, or, while the argument is the same TOAST pointer,
 * not even these.
 *
 * A cached model is pinned by each function call site (FmgrInfo) that uses it.
 * The pin is given back by a callback of the call site's memory context, so on
 * errors too, and a pinned model is never thrown out, whatever the limit.
 */
#include "model/model.h"

#include <math.h>

#include "access/detoast.h"
#include "common/cryptohash.h"
#include "lib/ilist.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

#define MODEL_MAGIC "CRML"
#define MODEL_FORMAT 0
#define MODEL_ID_AT 8
#define MODEL_ID_SIZE 16
#define MODEL_CRC_AT 24
#define MODEL_HEADER 28			/* bytes before the sections */
#define MODEL_MAX_BYTES ((Size) 700 * 1024 * 1024)
#define MODEL_MAX_METRICS 1024

/* ----------
 * Header
 * ----------
 */

/* CRC-32C of all bytes but the CRC's own. */
static pg_crc32c
model_crc(const uint8 *data, Size len)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	crc = bytes_crc32c(crc, data, MODEL_CRC_AT);
	crc = bytes_crc32c(crc, data + MODEL_HEADER, len - MODEL_HEADER);
	FIN_CRC32C(crc);
	return crc;
}

/* The first half of SHA-256 of all bytes but the id and the CRC. */
static void
model_hash(const uint8 *data, Size len, uint8 *id)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	uint8		digest[32];
	bool		good;

	good = ctx != NULL && pg_cryptohash_init(ctx) >= 0 &&
		pg_cryptohash_update(ctx, data, MODEL_ID_AT) >= 0;
	for (Size at = MODEL_HEADER; good && at < len; at += CRIMEML_BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		good = pg_cryptohash_update(ctx, data + at, Min(CRIMEML_BLOCK, len - at)) >= 0;
	}
	if (!good || pg_cryptohash_final(ctx, digest, sizeof(digest)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute the hash of a model")));
	pg_cryptohash_free(ctx);
	memcpy(id, digest, MODEL_ID_SIZE);
}

static uint32
low_bytes(const uint8 *p, int n)
{
	uint32		value = 0;

	for (int i = 0; i < n; i++)
		value |= (uint32) p[i] << (8 * i);
	return value;
}

/* What is wrong with the bytes as a whole, or NULL. */
static const char *
model_damage(const uint8 *data, Size len)
{
	if (len < MODEL_HEADER)
		return "too few for a model";
	if (memcmp(data, MODEL_MAGIC, 4) != 0)
		return "they do not begin as a model does";
	if (low_bytes(data + MODEL_CRC_AT, 4) != model_crc(data, len))
		return "the checksum does not fit, they were cut or changed";
	return NULL;
}

/* A stored value that is damaged is an error. */
static void
check_damage(const uint8 *data, Size len)
{
	const char *detail = model_damage(data, len);

	if (detail != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged model"),
				 errdetail("%zu bytes: %s.", len, detail),
				 errhint("Restore it from a backup, or train it again.")));
}

/* ----------
 * Writing
 * ----------
 */

/* What the labels of a frame are. */
static void
sum_labels(const FrameData *frame, ModelLabels *labels)
{
	const LearnData *data = &frame->data;

	memset(labels, 0, sizeof(*labels));
	labels->classes = frame->classes;
	if (frame->classes == 0)
	{
		double		sum = 0;

		for (int64 i = 0; i < data->rows; i++)
			sum += data->label_value[data->order[i]];
		labels->mean = sum / data->rows;
		return;
	}
	labels->class_name = frame->class_name;
	labels->class_rows = crimeml_array(int64, frame->classes);
	for (int64 i = 0; i < data->rows; i++)
		labels->class_rows[data->label_class[i]]++;
}

/* Classes and their training rows, or the mean of the labels. */
static void
write_labels(ByteWriter *w, const ModelLabels *labels)
{
	write_varint(w, labels->classes);
	if (labels->classes == 0)
		write_f64(w, labels->mean);
	for (int c = 0; c < labels->classes; c++)
	{
		write_text(w, labels->class_name[c]);
		write_varint(w, labels->class_rows[c]);
	}
}

/* Refuse a model that could not be dumped and loaded any more. */
static void
check_size(const Learner *learner, Size size)
{
	if (size <= MODEL_MAX_BYTES)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the model would have %zu MB, above the limit of %zu MB",
					size / (1024 * 1024), MODEL_MAX_BYTES / (1024 * 1024)),
			 option_by_name(learner, "trees") != NULL ?
			 errhint("Lower option \"trees\", or raise option \"min_leaf\".") :
			 option_by_name(learner, "min_leaf") != NULL ?
			 errhint("Raise option \"min_leaf\", or lower \"max_depth\".") :
			 errhint("Train on fewer rows or features.")));
}

struct varlena *
model_build(const Learner *learner, const double *option, const FrameData *frame,
			int task, const ModelProvenance *provenance,
			const ModelMetric *metric, int metrics, const ByteWriter *payload)
{
	ModelLabels labels;

	sum_labels(frame, &labels);
	return model_write(learner, option, frame->schema, &labels, task, provenance,
					   metric, metrics, payload);
}

struct varlena *
model_write(const Learner *learner, const double *option, const Schema *schema,
			const ModelLabels *labels, int task, const ModelProvenance *provenance,
			const ModelMetric *metric, int metrics, const ByteWriter *payload)
{
	ByteWriter	w;
	struct varlena *result;
	uint8	   *data;
	Size		len;
	pg_crc32c	crc;

	writer_init(&w);
	write_bytes(&w, MODEL_MAGIC, 4);
	write_u16(&w, MODEL_FORMAT);
	write_u16(&w, learner->code);
	for (int i = 0; i < MODEL_ID_SIZE + 4; i++)
		write_u8(&w, 0);		/* id and CRC, filled in below */

	write_u8(&w, task);
	schema_write(schema, &w);
	write_labels(&w, labels);
	write_varint(&w, learner->noptions);
	for (int i = 0; i < learner->noptions; i++)
	{
		write_text(&w, learner->options[i].name);
		write_f64(&w, option[i]);
	}
	write_varint(&w, provenance->rows);
	write_varint(&w, provenance->skipped);
	write_bytes(&w, provenance->fingerprint, sizeof(provenance->fingerprint));
	write_text(&w, provenance->version);
	write_varint(&w, provenance->merged);
	write_varint(&w, metrics);
	for (int i = 0; i < metrics; i++)
	{
		write_text(&w, metric[i].name);
		write_f64(&w, metric[i].value);
	}

	len = add_size(w.len, payload->len);
	check_size(learner, len);
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	data = (uint8 *) VARDATA(result);
	memcpy(data, w.data, w.len);
	memcpy(data + w.len, payload->data, payload->len);
	pfree(w.data);

	model_hash(data, len, data + MODEL_ID_AT);
	crc = model_crc(data, len);
	for (int i = 0; i < 4; i++)
		data[MODEL_CRC_AT + i] = (uint8) (crc >> (8 * i));
	return result;
}

/* ----------
 * Reading
 * ----------
 */

/* Classes and their rows, or the mean. */
static void
read_labels(ByteReader *r, Model *model)
{
	int64		total = 0;

	model->classes = read_count(r, 2, LEARN_MAX_CLASSES);
	if ((model->classes == 0) != (model->task == TASK_REGRESS))
		reader_damaged(r, "the task does not fit the number of classes");
	if (model->classes == 0)
	{
		model->label_mean = read_f64(r);
		if (!isfinite(model->label_mean))
			reader_damaged(r, "the mean is not finite");
		return;
	}

	model->class_utf8 = crimeml_array(char *, model->classes);
	model->class_name = crimeml_array(text *, model->classes);
	model->class_rows = crimeml_array(int64, model->classes);
	model->class_share = crimeml_array(double, model->classes);
	for (int c = 0; c < model->classes; c++)
	{
		uint64		rows;

		model->class_utf8[c] = read_text(r);
		if (c > 0 && strcmp(model->class_utf8[c - 1], model->class_utf8[c]) >= 0)
			reader_damaged(r, "the classes are not in order");
		model->class_name[c] = cstring_to_text(text_from_utf8(model->class_utf8[c]));
		rows = read_varint(r);
		if (rows > (uint64) (PG_INT64_MAX - total))
			reader_damaged(r, "a class has too many rows");
		model->class_rows[c] = (int64) rows;
		total += (int64) rows;
	}
	if (total == 0)
		reader_damaged(r, "no class has rows");
	for (int c = 0; c < model->classes; c++)
		model->class_share[c] = (double) model->class_rows[c] / total;
}

/*
 * Options by name; one that the model does not have is at its default, and one
 * in which the parts of a merged model differ is OPTION_MIXED.
 */
static void
read_options(ByteReader *r, Model *model)
{
	const Learner *learner = model->learner;
	uint32		n = read_count(r, 9, learner->noptions);

	model->option = options_default(learner);
	for (uint32 i = 0; i < n; i++)
	{
		const OptionSpec *spec = option_by_name(learner, read_text(r));
		double		value = read_f64(r);

		if (spec == NULL || !(isnan(value) || option_is_valid(spec, value)))
			reader_damaged(r, "an option is not known or out of range");
		model->option[spec - learner->options] = value;
	}
}

static void
read_provenance(ByteReader *r, ModelProvenance *p)
{
	uint64		rows = read_varint(r);
	uint64		skipped = read_varint(r);
	uint64		merged;

	if (rows == 0 || rows > PG_INT64_MAX || skipped > PG_INT64_MAX)
		reader_damaged(r, "the number of rows is out of range");
	p->rows = (int64) rows;
	p->skipped = (int64) skipped;
	memcpy(p->fingerprint, read_bytes(r, sizeof(p->fingerprint)), sizeof(p->fingerprint));
	p->version = read_text(r);
	merged = read_varint(r);
	if (merged > PG_INT32_MAX)
		reader_damaged(r, "it was merged from too many");
	p->merged = (int32) merged;
}

static void
read_metrics(ByteReader *r, Model *model)
{
	model->metrics = read_count(r, 9, MODEL_MAX_METRICS);
	model->metric = crimeml_array(ModelMetric, model->metrics);
	for (int i = 0; i < model->metrics; i++)
	{
		model->metric[i].name = read_text(r);
		model->metric[i].value = read_f64(r);
	}
}

void
model_shape(const Schema *schema, int classes, LearnShape *shape)
{
	int32	   *levels = crimeml_array(int32, schema->nfeatures);

	for (int i = 0; i < schema->nfeatures; i++)
		levels[i] = schema->feature[i].is_category ? schema->feature[i].levels : 0;
	shape->classes = classes;
	shape->features = schema->nfeatures;
	shape->levels = levels;
}

/* The engine's part, and nothing after it. */
static void
read_engine(ByteReader *r, Model *model)
{
	LearnShape	shape;

	model_shape(model->schema, model->classes, &shape);
	model->engine = model->learner->decode(r, &shape);
	read_end(r);
}

/* All that stands before the payload. */
static Model *
read_model(const uint8 *data, Size len, ByteReader *r)
{
	Model	   *model = palloc0(sizeof(Model));
	uint32		format = low_bytes(data + 4, 2);

	model->learner = learner_by_code(low_bytes(data + 6, 2));
	if (format != MODEL_FORMAT || model->learner == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 format != MODEL_FORMAT ?
				 errmsg("model format %u is not known to this version of crimeml", format) :
				 errmsg("algorithm %u of the model is not known to this version of crimeml",
						low_bytes(data + 6, 2)),
				 errhint("A newer crimeml made the model: upgrade this one.")));
	memcpy(model->id, data + MODEL_ID_AT, MODEL_ID_SIZE);
	model->bytes = len;

	reader_init(r, data, len, "model");
	(void) read_bytes(r, MODEL_HEADER);
	model->task = read_u8(r);
	if (model->task != TASK_CLASSIFY && model->task != TASK_REGRESS)
		reader_damaged(r, "the task is not known");
	model->schema = schema_read(r);
	read_labels(r, model);
	read_options(r, model);
	read_provenance(r, &model->provenance);
	read_metrics(r, model);
	return model;
}

/*
 * Decode the bytes into CurrentMemoryContext.  The checksum is the caller's to
 * test, but nothing here trusts it.
 */
static Model *
model_decode(const uint8 *data, Size len)
{
	ByteReader	r;
	Model	   *model = read_model(data, len, &r);

	read_engine(&r, model);
	return model;
}

Model *
model_open(const struct varlena *value, ByteReader *payload)
{
	const uint8 *data = (const uint8 *) VARDATA_ANY(value);
	Size		len = VARSIZE_ANY_EXHDR(value);

	check_damage(data, len);
	return read_model(data, len, payload);
}

/* ----------
 * Text and binary form
 * ----------
 */

/* All checks of a value that comes in; false with *detail where it is damaged. */
static bool
model_validate(const uint8 *data, Size len, const char **detail)
{
	uint8		id[MODEL_ID_SIZE];
	MemoryContext scratch,
				old;

	*detail = model_damage(data, len);
	if (*detail != NULL)
		return false;
	model_hash(data, len, id);
	if (memcmp(id, data + MODEL_ID_AT, MODEL_ID_SIZE) != 0)
	{
		*detail = "the model_id does not fit";
		return false;
	}
	scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml model check",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	(void) model_decode(data, len);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return true;
}

#define MODEL_HINT "A model is made by an aggregate such as crimeml.forest_agg, " \
	"and moved by COPY, pg_dump or a cast to text."

PG_FUNCTION_INFO_V1(model_in);

/* Text form: base64 without line breaks. */
Datum
model_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size		chars = strlen(text);
	struct varlena *result;
	Size		len = 0;
	const char *detail;

	result = base64_decode(text, chars, VARHDRSZ, &len);
	if (result == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type crimeml.model"),
				 errdetail("It is not base64 without line breaks."),
				 errhint(MODEL_HINT)));
	SET_VARSIZE(result, VARHDRSZ + len);
	if (!model_validate((uint8 *) VARDATA(result), len, &detail))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type crimeml.model"),
				 errdetail("%zu bytes: %s.", len, detail),
				 errhint(MODEL_HINT)));
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(model_out);

Datum
model_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	const char *data = VARDATA_ANY(value);
	Size		len = VARSIZE_ANY_EXHDR(value);
	Size		chars = base64_length(len);
	char	   *text = palloc(chars + 1);

	base64_encode(data, len, text);
	text[chars] = '\0';
	PG_RETURN_CSTRING(text);
}

PG_FUNCTION_INFO_V1(model_recv);

/* Binary form: the bytes themselves. */
Datum
model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Size		len = buf->len - buf->cursor;
	struct varlena *result = palloc(VARHDRSZ + len);
	const char *detail;

	SET_VARSIZE(result, VARHDRSZ + len);
	pq_copymsgbytes(buf, VARDATA(result), (int) len);
	if (!model_validate((uint8 *) VARDATA(result), len, &detail))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary input for type crimeml.model"),
				 errdetail("%zu bytes: %s.", len, detail),
				 errhint(MODEL_HINT)));
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(model_send);

Datum
model_send(PG_FUNCTION_ARGS)
{
	/* a bytea is sent as its bytes, and so is a model */
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}

/* ----------
 * Cache
 * ----------
 */
typedef struct CachedModel
{
	uint8		id[MODEL_ID_SIZE];	/* hash key */
	Model	   *model;
	MemoryContext context;
	Size		memory;
	int			pins;
	dlist_node	recent;			/* in cache_recent, latest first */
} CachedModel;

static MemoryContext cache_context = NULL;
static HTAB *cache_table;
static dlist_head cache_recent;
static Size cache_memory;

/* What a call site keeps in fn_extra. */
typedef struct ModelUse
{
	MemoryContext context;
	MemoryContextCallback callback;
	CachedModel *entry;			/* pinned, or NULL */
	bool		on_disk;		/* the argument stood at toast */
	struct varatt_external toast;
	MemoryContext extra_context;
	void	   *extra;
} ModelUse;

static void
cache_start(void)
{
	HASHCTL		control = {0};

	if (cache_context != NULL)
		return;
	control.keysize = MODEL_ID_SIZE;
	control.entrysize = sizeof(CachedModel);
	cache_table = hash_create("crimeml models", 16, &control, HASH_ELEM | HASH_BLOBS);
	dlist_init(&cache_recent);
	cache_context = AllocSetContextCreate(TopMemoryContext, "crimeml model cache",
										  ALLOCSET_SMALL_SIZES);
}

/*
 * Throw out the longest unused, until the rest fits.  The one used last stays
 * even when it is too large by itself (unless the limit is 0): decoding it for
 * every call would be worse.  Never fails.
 */
static void
cache_trim(void)
{
	dlist_node *node = dlist_is_empty(&cache_recent) ? NULL : dlist_tail_node(&cache_recent);
	dlist_node *last_used = crimeml_model_cache == 0 || node == NULL ? NULL :
		dlist_head_node(&cache_recent);

	while (node != last_used && cache_memory / 1024 > (Size) crimeml_model_cache)
	{
		CachedModel *entry = dlist_container(CachedModel, recent, node);

		node = dlist_has_prev(&cache_recent, node) ?
			dlist_prev_node(&cache_recent, node) : NULL;
		if (entry->pins > 0)
			continue;
		cache_memory -= entry->memory;
		dlist_delete(&entry->recent);
		MemoryContextDelete(entry->context);
		hash_search(cache_table, entry->id, HASH_REMOVE, NULL);
	}
}

static void
cache_unpin(ModelUse *use)
{
	CachedModel *entry = use->entry;

	use->entry = NULL;
	use->on_disk = false;
	if (entry != NULL && --entry->pins == 0)
		cache_trim();
}

static void
use_ends(void *arg)
{
	cache_unpin((ModelUse *) arg);
}

/* Decode the value into the cache. */
static CachedModel *
cache_add(struct varlena *datum, const uint8 *id)
{
	MemoryContext context,
				old;
	struct varlena *value;
	const uint8 *data;
	Size		len;
	CachedModel *entry;
	Model	   *model;

	/* first below the caller's context, so that an error leaves nothing */
	context = AllocSetContextCreate(CurrentMemoryContext, "crimeml model",
									ALLOCSET_DEFAULT_SIZES);
	value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(datum));
	data = (const uint8 *) VARDATA_ANY(value);
	len = VARSIZE_ANY_EXHDR(value);
	check_damage(data, len);
	old = MemoryContextSwitchTo(context);
	model = model_decode(data, len);
	MemoryContextSwitchTo(old);
	if (value != datum)
		pfree(value);

	entry = hash_search(cache_table, id, HASH_ENTER, NULL);
	MemoryContextSetParent(context, cache_context);
	entry->model = model;
	entry->context = context;
	entry->memory = MemoryContextMemAllocated(context, true);
	entry->pins = 0;
	dlist_push_head(&cache_recent, &entry->recent);
	cache_memory += entry->memory;
	return entry;
}

/*
 * The id of a value.  Of a value that is not in memory as it is, only the
 * header is read, into buffer.
 */
static const uint8 *
model_id_of(struct varlena *datum, uint8 *buffer)
{
	struct varlena *value = datum;

	if (VARATT_IS_EXTERNAL(datum) || VARATT_IS_COMPRESSED(datum))
		value = PG_DETOAST_DATUM_SLICE(PointerGetDatum(datum), 0, MODEL_HEADER);
	if (VARSIZE_ANY_EXHDR(value) < MODEL_HEADER)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged model"),
				 errdetail("%zu bytes: too few for a model.", (Size) VARSIZE_ANY_EXHDR(value))));
	memcpy(buffer, VARDATA_ANY(value) + MODEL_ID_AT, MODEL_ID_SIZE);
	if (value != datum)
		pfree(value);
	return buffer;
}

/* The call site's own state, made at its first call. */
static ModelUse *
model_use(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	MemoryContext parent = flinfo != NULL ? flinfo->fn_mcxt : CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(parent, "crimeml model use",
												  ALLOCSET_SMALL_SIZES);
	ModelUse   *use = MemoryContextAllocZero(context, sizeof(ModelUse));

	cache_start();
	use->context = context;
	use->callback.func = use_ends;
	use->callback.arg = use;
	MemoryContextRegisterResetCallback(context, &use->callback);
	if (flinfo != NULL)
		flinfo->fn_extra = use;
	return use;
}

/* Pin the entry for the call site in the place of what it had. */
static void
use_entry(ModelUse *use, CachedModel *entry)
{
	entry->pins++;				/* first: giving back the other one trims */
	cache_unpin(use);
	if (use->extra_context != NULL)
		MemoryContextDelete(use->extra_context);
	use->extra_context = NULL;
	use->extra = NULL;
	use->entry = entry;
	dlist_move_head(&cache_recent, &entry->recent);
}

const Model *
model_arg(FunctionCallInfo fcinfo, int argno, Size extra_size, void **extra,
		  MemoryContext *extra_context)
{
	struct varlena *datum = (struct varlena *) PG_GETARG_POINTER(argno);
	ModelUse   *use = fcinfo->flinfo != NULL ? fcinfo->flinfo->fn_extra : NULL;
	bool		on_disk = VARATT_IS_EXTERNAL_ONDISK(datum);
	struct varatt_external toast = {0};

	if (use == NULL)
		use = model_use(fcinfo);
	if (on_disk)
		VARATT_EXTERNAL_GET_POINTER(toast, datum);

	if (!on_disk || !use->on_disk || memcmp(&toast, &use->toast, sizeof(toast)) != 0)
	{
		uint8		buffer[MODEL_ID_SIZE];
		const uint8 *id = model_id_of(datum, buffer);

		if (use->entry == NULL || memcmp(id, use->entry->id, MODEL_ID_SIZE) != 0)
		{
			CachedModel *entry = hash_search(cache_table, id, HASH_FIND, NULL);

			if (entry == NULL)
				entry = cache_add(datum, id);
			use_entry(use, entry);
			cache_trim();
		}
		use->on_disk = on_disk;
		if (on_disk)
			use->toast = toast;
	}

	if (extra_size > 0)
	{
		if (use->extra == NULL)
		{
			if (use->extra_context == NULL)
				use->extra_context = AllocSetContextCreate(use->context, "crimeml model extra",
														   ALLOCSET_SMALL_SIZES);
			use->extra = MemoryContextAllocZero(use->extra_context, extra_size);
		}
		*extra = use->extra;
		*extra_context = use->extra_context;
	}
	return use->entry->model;
}

int
model_class(const Model *model, const char *name, Size len)
{
	int			low = 0,
				high = model->classes;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		const char *class = model->class_utf8[middle];
		Size		length = strlen(class);
		int			order = memcmp(name, class, Min(len, length));

		if (order == 0 && len == length)
			return middle;
		if (order < 0 || (order == 0 && len < length))
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

void
model_require_task(const Model *model, int task, const char *function)
{
	if (model->task == task)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 task == TASK_CLASSIFY ?
			 errmsg("crimeml.%s needs a model that classifies, but this one predicts a number",
					function) :
			 errmsg("crimeml.%s needs a model that predicts a number, but this one classifies",
					function),
			 task == TASK_CLASSIFY ?
			 errhint("For this one there is crimeml.predict_value. A text label, or option \"task\": \"classify\", trains one that classifies.") :
			 errhint("For this one there are crimeml.predict and crimeml.predict_probability. A float8 label, or option \"task\": \"regress\", trains one that predicts a number.")));
}
