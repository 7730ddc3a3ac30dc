/*
 * rows.c
 *		Result rows of set-returning functions, value by value.
 */
#include "rows.h"

#include <math.h>

#include "utils/builtins.h"

/* Room for the values of a row with these columns. */
static void
make_room(Rows *rows, TupleDesc desc)
{
	rows->desc = desc;
	rows->values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	rows->nulls = palloc(sizeof(bool) * Max(desc->natts, 1));
	rows->at = 0;
	rows->n = 0;
	rows->row = AllocSetContextCreate(CurrentMemoryContext, "crimeml result row",
									  ALLOCSET_DEFAULT_SIZES);
}

/* InitMaterializedSRF() came in 15.1 only. */
void
rows_begin(Rows *rows, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext old;
	TupleDesc	desc;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		(rsinfo->allowedModes & SFRM_Materialize) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setDesc = CreateTupleDescCopy(desc);
	rsinfo->setResult = tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	MemoryContextSwitchTo(old);
	make_room(rows, rsinfo->setDesc);
	rows->store = rsinfo->setResult;
}

void
rows_begin_one(Rows *rows, FunctionCallInfo fcinfo)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	make_room(rows, BlessTupleDesc(desc));
	rows->store = NULL;
}

void
rows_put(Rows *rows, Datum value)
{
	Assert(rows->at < rows->desc->natts);
	rows->nulls[rows->at] = false;
	rows->values[rows->at++] = value;
}

void
rows_null(Rows *rows)
{
	Assert(rows->at < rows->desc->natts);
	rows->nulls[rows->at] = true;
	rows->values[rows->at++] = (Datum) 0;
}

void
rows_text(Rows *rows, const char *text)
{
	MemoryContext old;

	if (text == NULL)
	{
		rows_null(rows);
		return;
	}
	old = MemoryContextSwitchTo(rows->row);
	rows_put(rows, CStringGetTextDatum(text));
	MemoryContextSwitchTo(old);
}

void
rows_int32(Rows *rows, int32 value)
{
	rows_put(rows, Int32GetDatum(value));
}

void
rows_int64(Rows *rows, int64 value)
{
	rows_put(rows, Int64GetDatum(value));
}

void
rows_float8(Rows *rows, double value)
{
	if (isnan(value))
		rows_null(rows);
	else
		rows_put(rows, Float8GetDatum(value));
}

void
rows_bool(Rows *rows, bool value)
{
	rows_put(rows, BoolGetDatum(value));
}

void
rows_timestamptz(Rows *rows, TimestampTz value)
{
	rows_put(rows, TimestampTzGetDatum(value));
}

/* All columns must have a value: a mistake of ours otherwise. */
static void
check_complete(const Rows *rows)
{
	if (rows->at != rows->desc->natts)
		elog(ERROR, "a result row has %d values for %d columns", rows->at, rows->desc->natts);
}

void
rows_end(Rows *rows)
{
	check_complete(rows);
	tuplestore_putvalues(rows->store, rows->desc, rows->values, rows->nulls);
	MemoryContextReset(rows->row);
	rows->at = 0;
	if ((++rows->n & 1023) == 0)
		CHECK_FOR_INTERRUPTS();
}

Datum
rows_one(Rows *rows)
{
	check_complete(rows);
	return HeapTupleGetDatum(heap_form_tuple(rows->desc, rows->values, rows->nulls));
}
