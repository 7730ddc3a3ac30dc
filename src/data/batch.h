/*
 * batch.h
 *		Rows of a CSV into a table, a batch at a time, and what is rejected.
 *
 * In a subtransaction the fields of a batch become values; a record that
 * cannot be read is rejected and the others go on from it, so each bad record
 * costs one subtransaction and no work is repeated.  A second subtransaction
 * inserts the batch with one statement, INSERT INTO target (...) SELECT ...
 * FROM the batch, which the executor reads from a tuplestore: privileges,
 * row-level security, defaults, constraints, triggers and partitions work as
 * in any INSERT of the caller.  When it fails, the batch is halved until the
 * rows at fault stand alone.
 *
 * Where rows have a key, those of one key go in one after another, so that each
 * sees what became of the one before it: a row whose key is known is a duplicate,
 * or takes the place of the row that stands in the table.
 */
#ifndef CRIMEML_BATCH_H
#define CRIMEML_BATCH_H

#include "crimeml.h"

#include "data/column_values.h"
#include "data/csv.h"
#include "executor/spi.h"
#include "utils/queryenvironment.h"

#define BATCH_NAME "crimeml_batch"
#define BATCH_ROWS 1000
/* where duplicates are looked for by a join, larger ones are worth their memory */
#define BATCH_ROWS_MAX 131072
#define BATCH_BYTES (32 * 1024 * 1024)

typedef struct Row
{
	int64		line;
	char	   *raw;
	Size		raw_len;
	char	   *text;
	int		   *starts;
	Datum	   *values;			/* of the columns, and the row's place in the batch */
	bool	   *nulls;
	bool		rejected;
} Row;

/* How rows of a known key are found. */
typedef enum DuplicateRule
{
	DUPLICATES_KEPT,			/* no unique_key */
	DUPLICATES_BY_INDEX,		/* ON CONFLICT DO NOTHING */
	DUPLICATES_BY_JOIN,
	DUPLICATES_UPDATE			/* what differs is updated */
} DuplicateRule;

typedef struct Load
{
	Relation	target;
	CsvReader  *reader;
	CsvNulls	nulls;
	bool		stop;
	int			nfields;		/* that a record must have; -1: as the first one */
	ColumnSpecs specs;
	Column	   *columns;

	DuplicateRule duplicate_rule;
	EphemeralNamedRelationData batch;
	SPIPlanPtr	insert;
	/* planned anew each time, as the table grows */
	char	   *find_known;		/* rows whose key is in the table or came before */
	char	   *find_changed;	/* rows that an update has to reach; NULL: each one it finds */
	char	   *update;			/* gives the rows that it took */

	MemoryContext batch_context;
	MemoryContext scratch;		/* of a subtransaction, and of a rejected row */
	Row		   *rows;
	int			nrows;
	int			max_rows;
	Size		bytes;

	/* what a subtransaction works on */
	int			at;				/* row to convert */
	int			column;			/* column to convert */
	const int  *chosen;			/* rows to insert */
	int			nchosen;
	int64		stored;			/* of the chosen rows */

	TupleDesc	rejected_desc;
	Tuplestorestate *rejected_rows;
	int64		read;
	int64		loaded;
	int64		updated;
	int64		rejected;
	int64		duplicates;
} Load;

/* A first run without a row, for what is wrong with the statement. */
extern void batch_try_insert(Load *load);

/* Keep a record; what is full is flushed. */
extern void batch_add(Load *load, const CsvRecord *record);

/* What the batch holds becomes rows of the table, or is rejected. */
extern void batch_flush(Load *load);

/* Keep a record that cannot be loaded, or stop at it. */
extern void batch_reject(Load *load, int64 line, const char *raw, Size raw_len,
						 const char *reason, int sqlstate);

#endif							/* CRIMEML_BATCH_H */
