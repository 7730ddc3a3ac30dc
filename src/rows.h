/*
 * rows.h
 *		Result rows of set-returning functions, value by value.
 *
 * The rows are materialized in a tuplestore, with the columns that the SQL
 * declaration gives.  Values are put from left to right; rows_end() checks that
 * all columns have one.  NaN is put as NULL.
 */
#ifndef CRIMEML_ROWS_H
#define CRIMEML_ROWS_H

#include "crimeml.h"

typedef struct Rows
{
	Tuplestorestate *store;
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
	int			at;				/* the next column */
	int64		n;				/* rows that ended */
	MemoryContext row;			/* of what a row's values take; reset by rows_end() */
} Rows;

/* Begin the result of the function; an error where no set can be taken. */
extern void rows_begin(Rows *rows, FunctionCallInfo fcinfo);

extern void rows_put(Rows *rows, Datum value);
extern void rows_null(Rows *rows);
extern void rows_text(Rows *rows, const char *text);	/* NULL is null */
extern void rows_int32(Rows *rows, int32 value);
extern void rows_int64(Rows *rows, int64 value);
extern void rows_float8(Rows *rows, double value);
extern void rows_bool(Rows *rows, bool value);
extern void rows_timestamptz(Rows *rows, TimestampTz value);

/* The row is complete; every 1024th looks for interrupts. */
extern void rows_end(Rows *rows);

/*
 * The one row of a function that returns a composite: put values, then take it.
 */
extern void rows_begin_one(Rows *rows, FunctionCallInfo fcinfo);
extern Datum rows_one(Rows *rows);

#endif							/* CRIMEML_ROWS_H */
