/*
 * frame.h
 *		The rows that a training aggregate has seen, by column.
 *
 * A number, time or boolean is a float8 array, a category an int32 array of
 * codes with a dictionary; missing is NaN and -1.  Columns grow by doubling,
 * beyond 1 GB too, in the frame's own context.  Rows whose label is NULL are
 * skipped and counted.
 */
#ifndef CRIMEML_FRAME_H
#define CRIMEML_FRAME_H

#include "data/schema.h"
#include "learn/learn.h"

typedef enum FrameTask
{
	TASK_CLASSIFY = 1,			/* the numbers are stored in models */
	TASK_REGRESS = 2
} FrameTask;

typedef struct Frame Frame;

/*
 * label_type is the SQL type of the label; task 0 lets it decide (text, enum,
 * boolean and integers classify, float and numeric regress).  Classes are the
 * label's text; that of a number is its shortest one.  time_zone is
 * kept for timestamptz inputs (NULL: the session's at the first row).
 */
extern Frame *frame_create(MemoryContext context, Oid label_type, int task,
						   const char *time_zone);

/*
 * Columns of the features' row that have a role of their own (in the database's
 * encoding; NULL: none), before the first row.  Weight and exposure are no
 * features then.  A row of weight 0 is skipped as one without a label is.  time: keep
 * the time of each row, which is that of its first time or date.
 */
typedef struct FrameRoles
{
	const char *weight;
	const char *exposure;
	bool		time;
} FrameRoles;

extern void frame_set_roles(Frame *frame, const FrameRoles *roles);

/* An empty frame with another's label type, task, time zone and roles. */
extern Frame *frame_create_like(MemoryContext context, const Frame *other);
extern void frame_add(Frame *frame, Datum label, bool label_isnull,
					  HeapTupleHeader features);

/* Append b's rows to a; the frames must have the same inputs. */
extern void frame_combine(Frame *a, const Frame *b);

/* The serial form, between the processes of a parallel plan. */
extern void frame_write(const Frame *frame, ByteWriter *w);
extern Frame *frame_read(MemoryContext context, ByteReader *r);

/* Bytes that the frame takes, and its finished form besides. */
extern Size frame_memory(const Frame *frame);
extern int64 frame_rows(const Frame *frame);
extern int64 frame_skipped(const Frame *frame);
extern int	frame_task(const Frame *frame);

/*
 * Why nothing can be learned of these rows, as a clause: there are none, no row
 * has a label, all are of one class, or no feature has a value.  NULL: it can.
 */
extern char *frame_nothing_to_learn(const Frame *frame);

/*
 * The frame for a learner, in CurrentMemoryContext; the frame itself is not
 * changed.  Dictionaries and classes are sorted by UTF-8 bytes, the schema is
 * finished, and the canonical order of the rows made (by a 64-bit hash of the
 * row's values, ties by the values themselves).  fingerprint is a 128-bit hash
 * of schema, classes and rows, whatever the order in which these came; it
 * tells sets of rows apart, but is no signature.
 *
 * There must be something to learn.  A feature that equals the label in every
 * row is an error, unless these are few.
 */
typedef struct FrameData
{
	LearnData	data;
	Schema	   *schema;
	int			classes;		/* 0 in regression */
	char	  **class_name;		/* UTF-8 */
	uint8		fingerprint[FINGERPRINT_SIZE];
} FrameData;

extern FrameData *frame_finish(const Frame *frame);

#endif							/* CRIMEML_FRAME_H */
