/*
 * cache.h
 *		The session's cache of decoded models.
 */
#ifndef CRIMEML_MODEL_CACHE_H
#define CRIMEML_MODEL_CACHE_H

#include "model/rows_model.h"

/*
 * The decoded model of argument argno (never NULL; the caller tests), through
 * the cache.  It is pinned, and stays valid, until the function is called with
 * another model or the query ends (without fn_extra: as long as
 * CurrentMemoryContext).
 *
 * fn_extra belongs to this function; a caller that needs space of its own a
 * query asks for it with extra_size and finds it zeroed in *extra, with a
 * context for what hangs on it in *extra_context; both are made anew when the
 * model changes.
 */
extern const Model *model_arg(FunctionCallInfo fcinfo, int argno,
							  Size extra_size, void **extra,
							  MemoryContext *extra_context);

/* The same of a model of rows; another is an error that names the function. */
extern const RowsModel *rows_model_arg(FunctionCallInfo fcinfo, int argno, const char *function,
									   Size extra_size, void **extra,
									   MemoryContext *extra_context);

/*
 * What its learner needs to explain a model that the caller has pinned: made
 * once, and kept as long as the decoded model.
 */
extern void *model_explainer(const RowsModel *model);

#endif							/* CRIMEML_MODEL_CACHE_H */
