/*
 * rows_model.h
 *		Models that a learner made of rows: the body of kind MODEL_ROWS.
 *
 * After what all models have: task, schema, classes with their rows (in
 * regression: the mean of the labels), and the learner's payload.
 */
#ifndef CRIMEML_ROWS_MODEL_H
#define CRIMEML_ROWS_MODEL_H

#include "data/frame.h"
#include "model/format.h"

/* What a model knows of the training labels: classes, or the mean. */
typedef struct ModelLabels
{
	int			classes;		/* 0 in regression */
	char	  **class_name;		/* UTF-8, sorted by bytes */
	int64	   *class_rows;
	double		mean;
} ModelLabels;

typedef struct RowsModel
{
	Model		base;
	const Learner *learner;		/* base.algorithm */
	int			task;			/* FrameTask */
	Schema	   *schema;
	int			classes;		/* 0 in regression */
	char	  **class_utf8;		/* sorted by bytes */
	text	  **class_name;		/* in the database's encoding */
	int64	   *class_rows;		/* training rows of each */
	double	   *class_share;	/* and their share; NaN: not known */
	double		label_mean;		/* regression: of the training rows; with an
								 * exposure per unit of it; NaN: not known */
} RowsModel;

/* Build the stored form of what was learned from a frame. */
extern struct varlena *rows_model_build(const Learner *learner, const OptionValue *option,
										const FrameData *frame, int task,
										const ModelProvenance *provenance,
										const ModelMetric *metric, int metrics,
										const ByteWriter *payload);

/* The same of a model that does not come from one frame. */
extern struct varlena *rows_model_write(const Learner *learner, const OptionValue *option,
										const Schema *schema, const ModelLabels *labels,
										int task, const ModelProvenance *provenance,
										const ModelMetric *metric, int metrics,
										const ByteWriter *payload);

/*
 * A stored model (detoasted) but for what its learner makes of the payload,
 * which is left in payload; base.engine is NULL.  Its checksum is tested.  A
 * model of another kind is an error that names the function.
 */
extern RowsModel *rows_model_open(const struct varlena *value, ByteReader *payload,
								  const char *function);

/* Read bytes of kind MODEL_ROWS up to the payload; nothing trusts the checksum. */
extern RowsModel *rows_model_read(const uint8 *data, Size len, ByteReader *payload);

/* What a learner is told of a model with this schema and so many classes. */
extern void rows_model_shape(const Schema *schema, int classes, LearnShape *shape);

/* The model as one of rows; an error that names the function if it is another. */
extern const RowsModel *rows_model(const Model *model, const char *function);

/* The class of that name (UTF-8, len bytes), or -1. */
extern int	rows_model_class(const RowsModel *model, const char *name, Size len);

/* The class of that name; an error with the nearest when there is none. */
extern int	rows_model_find_class(const RowsModel *model, const text *name);

/* An error with a hint unless the model does the task; function is the caller. */
extern void rows_model_require_task(const RowsModel *model, int task, const char *function);

/* A time (as in a SchemaRange) in ISO 8601, in the model's zone where it has one. */
extern char *rows_model_time_text(const RowsModel *model, InputKind kind, int64 at);

#endif							/* CRIMEML_ROWS_MODEL_H */
