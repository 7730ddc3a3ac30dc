/*
 * arguments.c
 *		Arguments of SQL functions: texts, words of a list, and what must be the
 *		same for all rows of an aggregate.
 */
#include "arguments.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/typcache.h"
#include "utils/varlena.h"

/* Longer names are no misspelt ones. */
#define NAME_CHARS 63

/* Within a third of its length, as PostgreSQL's own hints are. */
const char *
nearest_name(const char *name, const char *const *names, int n)
{
	int			length = strlen(name);
	int			best = Max(length, 3) / 3 + 1;
	const char *nearest = NULL;

	if (length > NAME_CHARS)
		return NULL;
	for (int i = 0; i < n; i++)
	{
		int			candidate = strlen(names[i]);
		int			distance;

		if (candidate > NAME_CHARS)
			continue;
		distance = varstr_levenshtein(name, length, names[i], candidate, 1, 1, 1, true);
		if (distance < best)
		{
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

static void
require_value(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

char *
arg_text(FunctionCallInfo fcinfo, int argno, const char *name)
{
	require_value(fcinfo, argno, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(argno));
}

const Interval *
arg_interval(FunctionCallInfo fcinfo, int argno, const char *name)
{
	require_value(fcinfo, argno, name);
	return PG_GETARG_INTERVAL_P(argno);
}

int
word_of_list(const char *word, const char *argument, const char *const *words, int n)
{
	const char *nearest;
	StringInfoData all;

	for (int i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return i;

	initStringInfo(&all);
	for (int i = 0; i < n; i++)
		appendStringInfo(&all, "%s%s", i > 0 ? ", " : "", words[i]);
	nearest = nearest_name(word, words, n);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" cannot be \"%s\"", argument, word),
			 nearest ? errhint("Perhaps \"%s\" was meant. It is one of: %s.", nearest, all.data) :
			 errhint("It is one of: %s.", all.data)));
}

int
arg_choice(FunctionCallInfo fcinfo, int argno, const char *name,
		   const char *const *words, int n)
{
	return word_of_list(arg_text(fcinfo, argno, name), name, words, n);
}

pg_tz *
arg_time_zone(FunctionCallInfo fcinfo, int argno)
{
	pg_tz	   *zone;
	char	   *name;

	if (PG_ARGISNULL(argno))
		return session_timezone;
	name = text_to_cstring(PG_GETARG_TEXT_PP(argno));
	zone = pg_tzset(name);
	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("SELECT name FROM pg_timezone_names lists them.")));
	return zone;
}

bool
range_instants(RangeType *range, TimestampTz *from, TimestampTz *to)
{
	TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;

	range_deserialize(type, range, &lower, &upper, &empty);
	if (empty)
		return false;
	*from = lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val);
	*to = upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val);
	if (!TIMESTAMP_NOT_FINITE(*from) && !lower.inclusive)
		(*from)++;
	if (!TIMESTAMP_NOT_FINITE(*to) && upper.inclusive)
		(*to)++;
	return true;
}

char *
arg_title(FunctionCallInfo fcinfo, int argno)
{
	text	   *title;

	if (PG_ARGISNULL(argno))
		return NULL;
	title = PG_GETARG_TEXT_PP(argno);
	if (VARSIZE_ANY_EXHDR(title) > ARG_MAX_TITLE * MAX_MULTIBYTE_CHAR_LEN ||
		pg_mbstrlen_with_len(VARDATA_ANY(title), VARSIZE_ANY_EXHDR(title)) > ARG_MAX_TITLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"title\" must not be longer than %d characters",
						ARG_MAX_TITLE),
				 errhint("Long text belongs into crimeml.html_text().")));
	return text_to_cstring(title);
}

/*
 * Is the argument of the aggregate a constant in the query's text?  Argument 0
 * of a transition function is the state.
 */
static bool
is_literal(FunctionCallInfo fcinfo, int argno)
{
	Aggref	   *aggref = AggGetAggref(fcinfo);

	return aggref != NULL && argno <= list_length(aggref->args) &&
		IsA(list_nth_node(TargetEntry, aggref->args, argno - 1)->expr, Const);
}

void
constant_arg_keep(ConstantArg *arg, MemoryContext context, FunctionCallInfo fcinfo, int argno)
{
	MemoryContext old = MemoryContextSwitchTo(context);

	arg->literal = is_literal(fcinfo, argno);
	arg->isnull = PG_ARGISNULL(argno);
	arg->value = arg->isnull ? NULL :
		(struct varlena *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(argno));
	MemoryContextSwitchTo(old);
}

pg_noreturn static void
not_constant(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" is not the same for every row", name),
			 errhint("Give it as a constant, or group by what it depends on.")));
}

bool
constant_arg_same(const ConstantArg *arg, FunctionCallInfo fcinfo, int argno)
{
	struct varlena *value;
	bool		same;

	if (arg->literal)
		return true;
	if (PG_ARGISNULL(argno) || arg->isnull)
		return PG_ARGISNULL(argno) == arg->isnull;
	value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(argno));
	same = VARSIZE_ANY_EXHDR(value) == VARSIZE_ANY_EXHDR(arg->value) &&
		memcmp(VARDATA_ANY(value), VARDATA_ANY(arg->value), VARSIZE_ANY_EXHDR(value)) == 0;
	if ((Datum) value != PG_GETARG_DATUM(argno))
		pfree(value);
	return same;
}

void
constant_arg_check(const ConstantArg *arg, FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (!constant_arg_same(arg, fcinfo, argno))
		not_constant(name);
}

void
constant_arg_copy(ConstantArg *arg, MemoryContext context, const ConstantArg *from)
{
	*arg = *from;
	if (from->isnull)
		return;
	arg->value = MemoryContextAlloc(context, VARSIZE(from->value));
	memcpy(arg->value, from->value, VARSIZE(from->value));
}

void
constant_arg_write(const ConstantArg *arg, ByteWriter *w)
{
	Size		len = arg->isnull ? 0 : VARSIZE(arg->value) - VARHDRSZ;

	write_u8(w, arg->isnull);
	write_u8(w, arg->literal);
	write_varint(w, len);
	if (!arg->isnull)
		write_bytes(w, VARDATA(arg->value), len);
}

void
constant_arg_read(ConstantArg *arg, ByteReader *r)
{
	Size		len;
	const uint8 *bytes;

	arg->isnull = read_u8(r) != 0;
	arg->literal = read_u8(r) != 0;
	len = read_varint(r);
	bytes = read_bytes(r, len);
	arg->value = NULL;
	if (arg->isnull)
		return;
	arg->value = palloc(VARHDRSZ + len);
	SET_VARSIZE(arg->value, VARHDRSZ + len);
	memcpy(VARDATA(arg->value), bytes, len);
}

void
constant_arg_check_same(const ConstantArg *a, const ConstantArg *b, const char *name)
{
	if (a->isnull != b->isnull ||
		(!a->isnull &&
		 (VARSIZE(a->value) != VARSIZE(b->value) ||
		  memcmp(a->value, b->value, VARSIZE(a->value)) != 0)))
		not_constant(name);
}
