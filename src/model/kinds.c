/*
 * kinds.c
 *		A stored model of any kind, decoded.
 */
#include "model/kinds.h"

#include "model/rows_model.h"
#include "model/series_model.h"

/* The body of a model of rows, with the learner's payload. */
static Model *
decode_rows(const uint8 *data, Size len)
{
	ByteReader	payload;
	RowsModel  *model = rows_model_read(data, len, &payload);
	LearnShape	shape;

	rows_model_shape(model->schema, model->classes, &shape);
	model->base.engine = model->base.algorithm->decode(&payload, &shape);
	read_end(&payload);
	return &model->base;
}

Model *
model_decode(const uint8 *data, Size len)
{
	ModelKind	kind;
	const Algorithm *algorithm;
	ByteReader	r;

	model_read_header(data, len, &kind, &algorithm);
	switch (kind)
	{
		case MODEL_ROWS:
			return decode_rows(data, len);
		case MODEL_SERIES:
			return &series_model_read(data, len)->base;
	}
	reader_init(&r, data, len, "model");
	reader_damaged(&r, "its kind is not known");
}
