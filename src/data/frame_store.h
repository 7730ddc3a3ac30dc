/*
 * frame_store.h
 *		How a frame is held; for the frame*.c only.
 */
#ifndef CRIMEML_FRAME_STORE_H
#define CRIMEML_FRAME_STORE_H

#include "data/frame.h"

#include "data/coder.h"
#include "data/rowtype.h"

/* A feature's values: numbers, or codes and their dictionary. */
typedef struct FrameColumn
{
	double	   *number;
	int32	   *code;
	Coder		coder;
} FrameColumn;

struct Frame
{
	MemoryContext context;
	Oid			label_type;		/* base type */
	ValueForm	label_form;
	FrameTask	task;
	char	   *time_zone;
	pg_tz	   *zone;

	int64		rows;
	int64		skipped;
	int64		capacity;
	int32	   *label_class;	/* classification */
	Coder		label;
	double	   *label_value;	/* regression */

	Schema	   *schema;			/* NULL before the first row; no levels yet */
	FrameColumn *column;		/* one a feature */
	PointReader **points;		/* one an input, made when needed */
	RowShape	shape;
	bool		bound;			/* the shape is known to fit */
};

/* The features of the inputs; an error where two have one name. */
extern void frame_make_features(Schema *schema);

/* Take over inputs whose names, kinds and srids are set. */
extern void frame_set_inputs(Frame *frame, Schema *schema);

/* Room for so many rows, within the memory limit. */
extern void frame_reserve(Frame *frame, int64 rows);

#endif							/* CRIMEML_FRAME_STORE_H */
