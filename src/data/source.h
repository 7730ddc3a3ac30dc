/*
 * source.h
 *		The "source text" argument: a table or view, or one SELECT.
 *
 * The text is parsed before anything runs: it must be the name of a relation,
 * or exactly one SELECT (WITH, VALUES and TABLE count as such).  It runs as
 * the caller, in a plan that may be parallel, and streams its rows to a
 * callback; nothing is materialized.  The transaction is read-only meanwhile,
 * for the functions in it as well; the callback may write.
 */
#ifndef CRIMEML_SOURCE_H
#define CRIMEML_SOURCE_H

#include "crimeml.h"

#include "pgtime.h"

/* Called once, before the first row; look up the columns here. */
typedef void (*SourceStart) (void *arg, TupleDesc desc);

/*
 * Called for each row, in a memory context that is reset between rows (it is
 * CurrentMemoryContext).  by-reference values live as long as the call.
 */
typedef void (*SourceRow) (void *arg, TupleDesc desc, Datum *values, bool *isnull);

/* Run the source; "function" names the SQL function in messages.  Returns the
 * number of rows. */
extern int64 source_read(const char *function, const char *source,
						 SourceStart start, SourceRow row, void *arg);

/*
 * The position (from 0) of a column of the source by name, or -1.  A required
 * column that is missing is an error that lists what is there.
 */
extern int	source_column(TupleDesc desc, const char *name, bool required);

/* The same, required to have the given type (base type of a domain). */
extern int	source_column_of(TupleDesc desc, const char *name, Oid type, bool required);

/* The column of type geometry (or geography where allowed) named "geom". */
extern int	source_geometry_column(TupleDesc desc, const char *name, bool required);

/*
 * A column of times: timestamptz, or timestamp or date on the clocks of a zone.
 * -1 where it is not there; type becomes the one it has.
 */
extern int	source_time_column(TupleDesc desc, const char *name, bool required, Oid *type);

/* The instant of column "at"; SOURCE_NO_TIME where it is infinite. */
#define SOURCE_NO_TIME DT_NOBEGIN
extern TimestampTz source_time(Datum value, Oid type, pg_tz *zone);

/* A column of any type of numbers, or -1; and a number of it, NaN and infinity too. */
extern int	source_number_column(TupleDesc desc, const char *name, bool required, Oid *type);
extern double source_number(Datum value, Oid type);

/* A column of any type, or -1, with the function that makes texts of it. */
extern int	source_text_column(TupleDesc desc, const char *name, bool required,
							   FmgrInfo *output, MemoryContext context);

#endif							/* CRIMEML_SOURCE_H */
