/*
 * arguments.h
 *		Arguments of SQL functions: texts, words of a list, and what must be the
 *		same for all rows of an aggregate.
 */
#ifndef CRIMEML_ARGUMENTS_H
#define CRIMEML_ARGUMENTS_H

#include "bytes.h"

#include "pgtime.h"
#include "utils/rangetypes.h"

/* The name nearest to "name" among n, or NULL when none is near. */
extern const char *nearest_name(const char *name, const char *const *names, int n);

/* Text argument as a C string; an error naming the argument when NULL. */
extern char *arg_text(FunctionCallInfo fcinfo, int argno, const char *name);

/*
 * The index of a word among n; an error that names the argument, the nearest and
 * all of them when it is none.
 */
extern int	word_of_list(const char *word, const char *argument, const char *const *words, int n);

/* The same of a text argument, which must not be NULL. */
extern int	arg_choice(FunctionCallInfo fcinfo, int argno, const char *name,
					   const char *const *words, int n);

/* An interval, which must not be NULL. */
extern const Interval *arg_interval(FunctionCallInfo fcinfo, int argno, const char *name);

/* The time zone that a text argument names, the session's when NULL. */
extern pg_tz *arg_time_zone(FunctionCallInfo fcinfo, int argno);

/*
 * The instants from <= at < to of a tstzrange; DT_NOBEGIN and DT_NOEND where it
 * is open.  False where it is empty.
 */
extern bool range_instants(RangeType *range, TimestampTz *from, TimestampTz *to);

/*
 * The argument "title" of what people look at, NULL when it is; of a few lines
 * at most, since what measures or sets it cannot be cancelled.
 */
#define ARG_MAX_TITLE 2000
extern char *arg_title(FunctionCallInfo fcinfo, int argno);

/*
 * An argument of a transition function that must be the same for all rows: its
 * value at the first one.
 */
typedef struct ConstantArg
{
	bool		literal;		/* it is a constant of the query: no need to look */
	bool		isnull;
	struct varlena *value;		/* detoasted; NULL where isnull */
} ConstantArg;

/* Keep the value of the first row, of a varlena type, in the context. */
extern void constant_arg_keep(ConstantArg *arg, MemoryContext context,
							  FunctionCallInfo fcinfo, int argno);

/* Is it the same in this row? */
extern bool constant_arg_same(const ConstantArg *arg, FunctionCallInfo fcinfo, int argno);

/* An error naming the argument if it differs in this row. */
extern void constant_arg_check(const ConstantArg *arg, FunctionCallInfo fcinfo, int argno,
							   const char *name);

/* Its copy, and its bytes, for the states of other processes. */
extern void constant_arg_copy(ConstantArg *arg, MemoryContext context, const ConstantArg *from);
extern void constant_arg_write(const ConstantArg *arg, ByteWriter *w);
extern void constant_arg_read(ConstantArg *arg, ByteReader *r);

/* The same of two states that are to be combined. */
extern void constant_arg_check_same(const ConstantArg *a, const ConstantArg *b, const char *name);

#endif							/* CRIMEML_ARGUMENTS_H */
