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
	old = MemoryContextSwitchTo(load->scratch);
	values[0] = Int64GetDatum(line);
	values[1] = CStringGetTextDatum(reason);
	values[2] = CStringGetTextDatum(unpack_sql_state(sqlstate));
	values[3] = CStringGetTextDatum(csv_printable(raw, raw_len));
	tuplestore_putvalues(load->rejected_rows, load->rejected_desc, values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(load->scratch);
	load->rejected++;
}

/* Reject a row of the batch for an error that PostgreSQL gave, which is freed. */
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
	pfree(reason.data);
	FreeErrorData(error);
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
	MemoryContextSwitchTo(load->scratch);
	PG_TRY();
	{
		work(load);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
	MemoryContextReset(load->scratch);
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

		row->values = palloc(sizeof(Datum) * (load->specs.n + 1));
		row->nulls = palloc(sizeof(bool) * (load->specs.n + 1));
		for (load->column = 0; load->column < load->specs.n; load->column++)
			row->nulls[load->column] = !column_value(&load->columns[load->column], &load->nulls,
													 row->text, row->starts,
													 &row->values[load->column]);
		/* the row's number goes with it */
		row->values[load->specs.n] = Int32GetDatum(load->at);
		row->nulls[load->specs.n] = false;
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

	for (int i = 0; i < load->nchosen; i++)
	{
		Row		   *row = &load->rows[load->chosen[i]];

		tuplestore_putvalues(store, load->batch.md.tupdesc, row->values, row->nulls);
	}
	load->batch.reldata = store;
	load->batch.md.enrtuples = load->nchosen;
	return store;
}

static void
insert_chosen(Load *load)
{
	Tuplestorestate *store = store_chosen(load);
	int			result = SPI_execute_plan(load->insert, NULL, NULL, false, 0);

	if (result != SPI_OK_INSERT)
		elog(ERROR, "unexpected SPI result %d", result);
	load->stored = SPI_processed;
	tuplestore_end(store);
	if (load->stored != load->nchosen && load->duplicate_rule != DUPLICATES_BY_INDEX)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				 errmsg("a trigger of table \"%s\" kept the row out",
						RelationGetRelationName(load->target))));
}

/* How many different rows of the batch the last statement gave, in its first column. */
static int64
count_rows(Load *load)
{
	int64		n = load->nchosen == 1 && SPI_processed > 0;

	if (load->nchosen > 1)
	{
		char	   *seen = palloc0(load->nrows);

		for (uint64 i = 0; i < SPI_processed; i++)
		{
			bool		isnull;
			int			row = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i],
														  SPI_tuptable->tupdesc, 1, &isnull));

			n += !seen[row];
			seen[row] = 1;
		}
		pfree(seen);
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

/* The chosen rows take the place of those with their keys, where they differ. */
static void
update_chosen(Load *load)
{
	Tuplestorestate *store = store_chosen(load);
	MemoryContext context = CurrentMemoryContext;
	int64		expected = -1;

	if (load->find_changed != NULL)
	{
		if (SPI_execute(load->find_changed, false, 0) != SPI_OK_SELECT)
			elog(ERROR, "could not look for changes");
		expected = count_rows(load);
	}
	if (SPI_execute(load->update, false, 0) != SPI_OK_UPDATE_RETURNING)
		elog(ERROR, "could not update");
	load->stored = count_rows(load);
	tuplestore_end(store);
	MemoryContextSwitchTo(context); /* SPI left its own */
	if (load->stored < expected)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				 errmsg("a trigger or policy of table \"%s\" kept the row from being updated",
						RelationGetRelationName(load->target))));
}

/* Run find_known for the chosen rows; the caller frees SPI_tuptable. */
static void
run_find_known(Load *load)
{
	MemoryContext context = CurrentMemoryContext;
	Tuplestorestate *store = store_chosen(load);

	if (SPI_execute(load->find_known, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for duplicates");
	tuplestore_end(store);
	MemoryContextSwitchTo(context); /* SPI left its own */
}

/*
 * Which of the chosen rows have a key that is in the table; and where an earlier
 * one has the same, which is the first of them (first[row] = row is given).
 */
static void
find_known(Load *load, bool *known, int *first)
{
	run_find_known(load);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		TupleDesc	desc = SPI_tuptable->tupdesc;
		bool		isnull;
		int			row = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[i], desc, 1, &isnull));
		Datum		other = SPI_getbinval(SPI_tuptable->vals[i], desc, 2, &isnull);

		if (isnull)
			known[row] = true;
		else
			first[row] = DatumGetInt32(other);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* Has another session put in the key of the one chosen row just now? */
static bool
became_known(Load *load)
{
	bool		result;

	run_find_known(load);
	result = SPI_processed > 0;
	SPI_freetuptable(SPI_tuptable);
	return result;
}

/* Insert or update rows; those at fault are found by halving. */
static void
store_rows(Load *load, void (*work) (Load *), const int *chosen, int n)
{
	ErrorData  *error;

	if (n == 0)
		return;
	load->chosen = chosen;
	load->nchosen = n;
	error = attempt(load, work);
	if (error == NULL)
	{
		*(work == insert_chosen ? &load->loaded : &load->updated) += load->stored;
		load->duplicates += n - load->stored;
	}
	else if (n > 1)
	{
		CHECK_FOR_INTERRUPTS();
		FreeErrorData(error);
		store_rows(load, work, chosen, n / 2);
		store_rows(load, work, chosen + n / 2, n - n / 2);
	}
	else if (work == insert_chosen && load->duplicate_rule == DUPLICATES_UPDATE &&
			 error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION && became_known(load))
	{
		FreeErrorData(error);
		store_rows(load, update_chosen, chosen, 1);
	}
	else
		reject_row(load, &load->rows[chosen[0]], NULL, error);
}

/*
 * Rows of one key, one after another: the first whose key is not known is
 * inserted.  When a row is rejected, the next one of the same key gets its turn.
 */
static void
store_by_key(Load *load, const int *chosen, int n)
{
	bool	   *known = palloc0(load->nrows);
	int		   *first = palloc(sizeof(int) * load->nrows);
	int		   *last = palloc(sizeof(int) * load->nrows);
	int		   *next = palloc(sizeof(int) * load->nrows);
	int		   *turn = palloc(sizeof(int) * n);
	int		   *fresh = palloc(sizeof(int) * n);
	int		   *later = palloc(sizeof(int) * n);
	int			nturn = 0;

	for (int i = 0; i < n; i++)
		first[chosen[i]] = last[chosen[i]] = chosen[i];
	load->chosen = chosen;
	load->nchosen = n;
	find_known(load, known, first);
	/* a chain of rows for each key */
	for (int i = 0; i < n; i++)
	{
		int			row = chosen[i];

		next[row] = -1;
		if (first[row] == row)
			turn[nturn++] = row;
		else
		{
			next[last[first[row]]] = row;
			last[first[row]] = row;
		}
	}
	while (nturn > 0)
	{
		int			nfresh = 0;
		int			nlater = 0;
		int			n_next = 0;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < nturn; i++)
		{
			if (!known[turn[i]])
				fresh[nfresh++] = turn[i];
			else if (load->duplicate_rule == DUPLICATES_UPDATE)
				later[nlater++] = turn[i];
			else
				load->duplicates++;
		}
		store_rows(load, insert_chosen, fresh, nfresh);
		store_rows(load, update_chosen, later, nlater);
		for (int i = 0; i < nturn; i++)
		{
			int			row = turn[i];

			if (next[row] < 0)
				continue;
			known[next[row]] = known[row] || !load->rows[row].rejected;
			turn[n_next++] = next[row];
		}
		nturn = n_next;
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
	if (load->find_known != NULL && nchosen > 0)
		store_by_key(load, chosen, nchosen);
	else
		store_rows(load, insert_chosen, chosen, nchosen);
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
	if (load->find_known != NULL && load->max_rows < BATCH_ROWS_MAX)
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

	load->bytes += record->raw_len + record->text_len + record->nfields * sizeof(int) +
		(load->specs.n + 1) * (sizeof(Datum) + sizeof(bool));
	if (load->nrows == load->max_rows || load->bytes > BATCH_BYTES)
		batch_flush(load);
}

void
batch_try_insert(Load *load)
{
	load->nchosen = 0;
	insert_chosen(load);
	if (load->update != NULL)
		update_chosen(load);
}
