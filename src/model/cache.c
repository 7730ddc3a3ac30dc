/*
 * cache.c
 *		The session's cache of decoded models.
 *
 * When a query first uses a value its CRC is checked again, since disks fail,
 * and the decoded form is kept in the session's cache under its model_id;
 * afterwards only the 28 bytes in front are looked at, or, while the argument
 * is the same TOAST pointer, not even these.
 *
 * A cached model is pinned by each function call site (FmgrInfo) that uses it.
 * The pin is given back by a callback of the call site's memory context, so on
 * errors too, and a pinned model is never thrown out, whatever the limit.
 */
#include "model/cache.h"

#include "access/detoast.h"
#include "lib/ilist.h"
#include "model/kinds.h"
#include "utils/hsearch.h"

typedef struct CachedModel
{
	uint8		id[MODEL_ID_SIZE];	/* hash key */
	Model	   *model;
	void	   *explainer;		/* NULL before it is asked for */
	MemoryContext context;
	Size		memory;			/* when it was last looked at */
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
	model_check_damage(data, len);
	old = MemoryContextSwitchTo(context);
	model = model_decode(data, len);
	MemoryContextSwitchTo(old);
	if (value != datum)
		pfree(value);

	entry = hash_search(cache_table, id, HASH_ENTER, NULL);
	MemoryContextSetParent(context, cache_context);
	entry->model = model;
	entry->explainer = NULL;
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

const RowsModel *
rows_model_arg(FunctionCallInfo fcinfo, int argno, const char *function,
			   Size extra_size, void **extra, MemoryContext *extra_context)
{
	return rows_model(model_arg(fcinfo, argno, extra_size, extra, extra_context), function);
}

void *
model_explainer(const RowsModel *model)
{
	CachedModel *entry = hash_search(cache_table, model->base.id, HASH_FIND, NULL);
	Size		memory;

	Assert(entry != NULL && entry->pins > 0);
	if (entry->explainer == NULL)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "crimeml explainer",
													  ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);

		entry->explainer = model->learner->explainer(model->base.engine);
		MemoryContextSwitchTo(old);
		MemoryContextSetParent(context, entry->context);
	}

	/* it grows while it is used, so this is what it took last time */
	memory = MemoryContextMemAllocated(entry->context, true);
	cache_memory += memory - entry->memory;
	entry->memory = memory;
	return entry->explainer;
}
