/*
 * batch.c
 *		Rows of a CSV into a table, a batch at a time, and what is rejected.
 *		See batch.h.
 */
#include "data/batch.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/resowner.h"

/* ----------
 * Rejecting
 * ----------
 */

void
batch_reject(Load *load, int64 line, const char *raw, Size raw_len, const char *reason, int sqlstate)
{
	MemoryContext old;
	Datum		values[4];
	bool		nulls[4] = {false};

	if (load->stop)
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("line %lld: %s", (long long) line, reason),
				 errhint("With on_error => 'reject' such rows go to crimeml.rejected_rows and the others are loaded.")));
	old = MemoryContextSwitchTo(load->batch_context);
	values[0] = Int64GetDatum(line);
	values[1] = CStringGetTextDatum(reason);
	values[2] = CStringGetTextDatum(unpack_sql_state(sqlstate));
	values[3] = CStringGetTextDatum(csv_printable(raw, raw_len));
	tuplestore_putvalues(load->rejected_rows, load->rejected_desc, values, nulls);
	MemoryContextSwitchTo(old);
	load->rejected++;
}

/* Reject a row of the batch for an error that PostgreSQL gave. */
static void
reject_row(Load *load, Row *row, const char *column, ErrorData *error)
{
	StringInfoData reason;

	initStringInfo(&reason);
	if (column != NULL)
		appendStringInfo(&reason, "column \"%s\": ", column);
	appendStringInfoString(&reason, error->message);
	/* the key at fault, but not the whole row once more */
	if (error->detail != NULL &&
		(error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION ||
		 error->sqlerrcode == ERRCODE_FOREIGN_KEY_VIOLATION ||
		 error->sqlerrcode == ERRCODE_EXCLUSION_VIOLATION))
		appendStringInfo(&reason, " (%s)", error->detail);
	if (column != NULL &&
		(error->sqlerrcode == ERRCODE_INVALID_DATETIME_FORMAT ||
		 error->sqlerrcode == ERRCODE_DATETIME_FIELD_OVERFLOW))
		appendStringInfoString(&reason, "; see \"format\" of argument \"columns\"");
	row->rejected = true;
	batch_reject(load, row->line, row->raw, row->raw_len, reason.data, error->sqlerrcode);
}

/* Errors that say nothing about a row, and end the load. */
static bool
ends_load(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case MAKE_SQLSTATE('0', '8', '0', '0', '0'):	/* connection of a foreign table */
		case MAKE_SQLSTATE('2', '5', '0', '0', '0'):	/* transaction state */
		case MAKE_SQLSTATE('4', '0', '0', '0', '0'):	/* rollback */
		case MAKE_SQLSTATE('5', '3', '0', '0', '0'):	/* resources */
		case MAKE_SQLSTATE('5', '5', '0', '0', '0'):	/* locks */
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'):	/* cancel, shutdown */
		case MAKE_SQLSTATE('5', '8', '0', '0', '0'):	/* system */
		case MAKE_SQLSTATE('F', '0', '0', '0', '0'):	/* configuration */
			return true;
	}
	return sqlstate == ERRCODE_DATA_CORRUPTED || sqlstate == ERRCODE_INDEX_CORRUPTED;
}

/*
 * Do it in a subtransaction; NULL, or the error that undid it.  An error that
 * ends the load goes on from here, but the subtransaction is over first: an
 * exception block around the load ends its own one only.
 */
static ErrorData *
attempt(Load *load, void (*work) (Load *))
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		work(load);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(load->batch_context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
	if (error != NULL && ends_load(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

/* ----------
 * Batches
 * ----------
 */

/* Values of the rows from load->at on; an error leaves load->at and ->column. */
static void
convert_rows(Load *load)
{
	MemoryContext old = MemoryContextSwitchTo(load->batch_context);
	int			level = NewGUCNestLevel();

	/* a session's DateStyle and IntervalStyle must not change what a file says */
	(void) set_config_option("datestyle", "ISO, MDY", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) set_config_option("intervalstyle", "postgres", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	for (; load->at < load->nrows; load->at++)
	{
		Row		   *row = &load->rows[load->at];

		row->values = palloc(sizeof(Datum) * load->specs.n);
		row->nulls = palloc(sizeof(bool) * load->specs.n);
		for (load->column = 0; load->column < load->specs.n; load->column++)
			row->nulls[load->column] = !column_value(&load->columns[load->column], &load->nulls,
													 row->text, row->starts,
													 &row->values[load->column]);
		if (load->at % 64 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	AtEOXact_GUC(true, level);
	MemoryContextSwitchTo(old);
}

/* The chosen rows to where the statements find them. */
static Tuplestorestate *
store_chosen(Load *load)
{
	Tuplestorestate *store = tuplestore_begin_heap(false, false, work_mem);
	TupleDesc	desc = load->batch.md.tupdesc;
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);

	for (int i = 0; i < load->nchosen; i++)
	{
		Row		   *row = &load->rows[load->chosen[i]];

		memcpy(values, row->values, sizeof(Datum) * load->specs.n);
		memcpy(nulls, row->nulls, sizeof(bool) * load->specs.n);
		values[desc->natts - 1] = Int32GetDatum(load->chosen[i]);
		nulls[desc->natts - 1] = false;
		tuplestore_putvalues(store, desc, values, nulls);
	}
	load->batch.reldata = store;
	load->batch.md.enrtuples = load->nchosen;
	pfree(values);
	pfree(nulls);
	return store;
}

static void
insert_chosen(Load *load)
{
	Tuplestorestate *store = store_chosen(load);
	int			result = SPI_execute_plan(load->insert, NULL, NULL, false, 0);

	if (result != SPI_OK_INSERT)
		elog(ERROR, "unexpected SPI result %d", result);
	load->inserted = SPI_processed;
	tuplestore_end(store);
	if (load->inserted != load->nchosen && load->duplicate_rule != DUPLICATES_BY_INDEX)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				 errmsg("a trigger of table \"%s\" kept the row out",
						RelationGetRelationName(load->target))));
}

/* Insert rows; those at fault are found by halving. */
static void
insert_rows(Load *load, const int *chosen, int n)
{
	ErrorData  *error;

	if (n == 0)
		return;
	load->chosen = chosen;
	load->nchosen = n;
	error = attempt(load, insert_chosen);
	if (error == NULL)
	{
		load->loaded += load->inserted;
		load->duplicates += n - load->inserted;
	}
	else if (n == 1)
		reject_row(load, &load->rows[chosen[0]], NULL, error);
	else
	{
		CHECK_FOR_INTERRUPTS();
		insert_rows(load, chosen, n / 2);
		insert_rows(load, chosen + n / 2, n - n / 2);
	}
}

/*
 * Insert rows but those whose key stands in the table or came before.  When a
 * row is rejected, the next one of the same key gets its turn.
 */
static void
insert_new_rows(Load *load, int *chosen, int n)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *marks = palloc(load->nrows);
	int		   *first = palloc(sizeof(int) * n);

	while (n > 0)
	{
		int64		rejected = load->rejected;
		int			nfirst = 0;
		int			later = 0;
		Tuplestorestate *store;

		memset(marks, 0, load->nrows);
		load->chosen = chosen;
		load->nchosen = n;
		store = store_chosen(load);
		if (SPI_execute(load->find_duplicates, false, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not look for duplicates");
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		isnull;
			TupleDesc	desc = SPI_tuptable->tupdesc;
			int			row = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i], desc, 1, &isnull));
			bool		in_table = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[i], desc, 2, &isnull));

			if (in_table || marks[row] == 0)
				marks[row] = in_table ? 2 : 1;
		}
		SPI_freetuptable(SPI_tuptable);
		tuplestore_end(store);
		MemoryContextSwitchTo(context);	/* SPI left its own */

		for (int i = 0; i < n; i++)
		{
			if (marks[chosen[i]] == 0)
				first[nfirst++] = chosen[i];
			else if (marks[chosen[i]] == 1)
				chosen[later++] = chosen[i];
			else
				load->duplicates++;
		}
		insert_rows(load, first, nfirst);
		if (load->rejected == rejected)
		{
			load->duplicates += later;
			break;
		}
		n = later;
	}
}

/* Insert those of the first n rows that have values. */
static void
insert_accepted(Load *load, int n)
{
	int		   *chosen = palloc(sizeof(int) * Max(n, 1));
	int			nchosen = 0;

	for (int i = 0; i < n; i++)
		if (!load->rows[i].rejected)
			chosen[nchosen++] = i;
	if (load->duplicate_rule == DUPLICATES_BY_JOIN)
		insert_new_rows(load, chosen, nchosen);
	else
		insert_rows(load, chosen, nchosen);
}

void
batch_flush(Load *load)
{
	MemoryContext old;

	if (load->nrows == 0)
		return;
	old = MemoryContextSwitchTo(load->batch_context);
	load->at = 0;
	while (load->at < load->nrows)
	{
		ErrorData  *error = attempt(load, convert_rows);

		if (error == NULL)
			break;
		if (load->stop)
			insert_accepted(load, load->at);	/* an earlier row may stop it first */
		reject_row(load, &load->rows[load->at], load->columns[load->column].name, error);
		load->at++;
	}

	insert_accepted(load, load->nrows);

	MemoryContextSwitchTo(old);
	load->nrows = 0;
	load->bytes = 0;
	MemoryContextReset(load->batch_context);
	if (load->duplicate_rule == DUPLICATES_BY_JOIN && load->max_rows < BATCH_ROWS_MAX)
	{
		load->max_rows = Min(2 * load->max_rows, BATCH_ROWS_MAX);
		load->rows = repalloc(load->rows, sizeof(Row) * load->max_rows);
	}
}

void
batch_add(Load *load, const CsvRecord *record)
{
	MemoryContext old = MemoryContextSwitchTo(load->batch_context);
	Row		   *row = &load->rows[load->nrows++];

	memset(row, 0, sizeof(*row));
	row->line = record->line;
	row->raw_len = record->raw_len;
	row->raw = palloc(record->raw_len);
	memcpy(row->raw, record->raw, record->raw_len);
	row->text = palloc(record->text_len);
	memcpy(row->text, record->text, record->text_len);
	row->starts = palloc(sizeof(int) * record->nfields);
	memcpy(row->starts, record->starts, sizeof(int) * record->nfields);
	MemoryContextSwitchTo(old);

	load->bytes += record->raw_len + record->text_len;
	if (load->nrows == load->max_rows || load->bytes > BATCH_BYTES)
		batch_flush(load);
}

void
batch_try_insert(Load *load)
{
	load->nchosen = 0;
	insert_chosen(load);
}
