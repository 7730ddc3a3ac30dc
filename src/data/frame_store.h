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

/* What a column of the features' row may be besides a feature. */
typedef enum FrameRole
{
	ROLE_WEIGHT,
	ROLE_EXPOSURE,
	ROLE_TIME,					/* of the row; the column is a feature too */
	FRAME_ROLES
} FrameRole;

struct Frame
{
	MemoryContext context;
	Oid			label_type;		/* base type */
	ValueForm	label_form;
	FrameTask	task;
	char	   *time_zone;
	pg_tz	   *zone;

	int64		rows;
	int64		skipped;		/* those of weight 0 among them */
	int64		weightless;
	int64		capacity;
	int32	   *label_class;	/* classification */
	Coder		label;
	double	   *label_value;	/* regression */

	Schema	   *schema;			/* NULL before the first row; no levels yet */
	FrameColumn *column;		/* one a feature */
	PointReader **points;		/* one an input, made when needed */
	RowShape	shape;
	bool		bound;			/* the shape is known to fit */
	int		   *leaf;			/* of each input in the shape */

	char	   *role_name[FRAME_ROLES]; /* UTF-8; NULL: not asked for; of the
										 * time "" */
	int			role_leaf[FRAME_ROLES]; /* in the shape, -1: none */
	double	   *role[FRAME_ROLES];	/* of each row; NULL: none */
};

/* Take over inputs whose names, kinds and srids are set. */
extern void frame_set_inputs(Frame *frame, Schema *schema);

/* Does the frame keep values of a role?  Known once there are inputs. */
static inline bool
frame_keeps(const Frame *frame, FrameRole role)
{
	if (role != ROLE_TIME)
		return frame->role_name[role] != NULL;
	for (int i = 0; frame->role_name[role] != NULL && i < frame->schema->ninputs; i++)
		if (input_kind_is_time(frame->schema->input[i].kind))
			return true;
	return false;
}

/* Find the columns of the roles in the frame's shape; is a leaf a role's alone? */
extern void frame_bind_roles(Frame *frame);
extern bool frame_is_role(const Frame *frame, int leaf);

/* The values of the roles in the row that the shape holds, checked; false where
 * its weight is 0. */
extern bool frame_read_roles(Frame *frame, double *role);

/* Room for so many rows, within the memory limit. */
extern void frame_reserve(Frame *frame, int64 rows);

#endif							/* CRIMEML_FRAME_STORE_H */
