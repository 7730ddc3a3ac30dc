/*
 * model.h
 *		The type crimeml.model: bytes, checks, and the session's cache of
 *		decoded models.
 *
 * A model is a varlena (STORAGE external).  After the length word:
 *
 *		4	magic "CRML"
 *		2	format version
 *		2	algorithm code
 *		16	model_id: the first half of SHA-256 of all bytes but it and the CRC
 *		4	CRC-32C of all bytes but itself
 *		..	task, schema, classes with their rows (regression: the mean),
 *			options by name, provenance, metrics, payload
 *
 * all little-endian.  These 28 bytes are the same in every format.  Format 0
 * is for development: the first release makes it 1, and from then on a layout
 * is kept for ever.
 */
#ifndef CRIMEML_MODEL_H
#define CRIMEML_MODEL_H

#include "data/frame.h"
#include "model/options.h"

typedef struct ModelProvenance
{
	int64		rows;
	int64		skipped;		/* rows whose label was NULL */
	uint8		fingerprint[16];	/* of the training rows */
	char	   *version;		/* of crimeml */
	int32		merged;			/* models that were merged into it; 0: trained */
} ModelProvenance;

/* What a model knows of the training labels: classes, or the mean. */
typedef struct ModelLabels
{
	int			classes;		/* 0 in regression */
	char	  **class_name;		/* UTF-8, sorted by bytes */
	int64	   *class_rows;
	double		mean;
} ModelLabels;

typedef struct ModelMetric
{
	char	   *name;
	double		value;
} ModelMetric;

/* A decoded model, owned by the session's cache. */
typedef struct Model
{
	uint8		id[16];
	const Learner *learner;
	int			task;			/* FrameTask */
	Schema	   *schema;
	int			classes;		/* 0 in regression */
	char	  **class_utf8;		/* sorted by bytes */
	text	  **class_name;		/* in the database's encoding */
	int64	   *class_rows;		/* training rows of each */
	double	   *class_share;	/* and their share */
	double		label_mean;		/* regression: of the training rows */
	double	   *option;			/* learner->noptions values */
	ModelProvenance provenance;
	int			metrics;
	ModelMetric *metric;
	void	   *engine;			/* what learner->decode gave */
	Size		bytes;			/* of the stored model */
} Model;

/*
 * Build the stored form.  Above 700 MB it is refused with the option to lower.
 */
extern struct varlena *model_build(const Learner *learner, const double *option,
								   const FrameData *frame, int task,
								   const ModelProvenance *provenance,
								   const ModelMetric *metric, int metrics,
								   const ByteWriter *payload);

/* The same of a model that does not come from one frame. */
extern struct varlena *model_write(const Learner *learner, const double *option,
								   const Schema *schema, const ModelLabels *labels,
								   int task, const ModelProvenance *provenance,
								   const ModelMetric *metric, int metrics,
								   const ByteWriter *payload);

/*
 * A stored model (detoasted) but for what its learner makes of the payload,
 * which is left in payload; engine is NULL.  Its own checksum is tested.
 */
extern Model *model_open(const struct varlena *value, ByteReader *payload);

/* What a learner is told of a model with this schema and so many classes. */
extern void model_shape(const Schema *schema, int classes, LearnShape *shape);

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

/* The class of that name (UTF-8, len bytes), or -1. */
extern int	model_class(const Model *model, const char *name, Size len);

/* An error with a hint unless the model does the task; function is the caller. */
extern void model_require_task(const Model *model, int task, const char *function);

#endif							/* CRIMEML_MODEL_H */
