/*
 * source.c
 *		The "source text" argument: a table or view, or one SELECT.
 */
#include "data/source.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "data/calendar.h"
#include "data/points.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/regproc.h"
#include "utils/varlena.h"

#define SOURCE_HINT "A source is the name of a table or view, or one SELECT in dollar quotes."

/*
 * Does the text begin as a query does?  A relation whose name is one of these
 * words has to be quoted in SQL as well, or stands alone ("values").
 */
static bool
looks_like_query(const char *source)
{
	static const char *const words[] = {"select", "with", "values", "table"};

	if (*source == '(')
		return true;
	for (int i = 0; i < lengthof(words); i++)
	{
		int			n = strlen(words[i]);

		if (pg_strncasecmp(source, words[i], n) == 0 &&
			source[n] != '\0' && strchr(" \t\n\r\f(-/*'\"", source[n]) != NULL)
			return true;
	}
	/* a comment in front can only stand before a query */
	return strncmp(source, "--", 2) == 0 || strncmp(source, "/*", 2) == 0;
}

/* Does it write: INTO, or INSERT, UPDATE or DELETE in a WITH? */
static bool
writes(SelectStmt *select)
{
	ListCell   *lc;

	/* a UNION of many is as deep as it is long */
	check_stack_depth();
	if (select->intoClause != NULL)
		return true;
	if (select->withClause != NULL)
		foreach(lc, select->withClause->ctes)
			if (!IsA(lfirst_node(CommonTableExpr, lc)->ctequery, SelectStmt))
				return true;
	return select->op != SETOP_NONE && (writes(select->larg) || writes(select->rarg));
}

/* A syntax error points into the source, not into the statement around it. */
static void
parse_error_context(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((const char *) arg);
	}
}

/* Exactly one SELECT, which takes nothing into a table and locks nothing. */
static void
check_query(const char *function, const char *source)
{
	ErrorContextCallback callback;
	List	   *parsed;
	SelectStmt *select;

	callback.callback = parse_error_context;
	callback.arg = unconstify(char *, source);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	parsed = raw_parser(source, RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;

	if (list_length(parsed) != 1 ||
		!IsA(linitial_node(RawStmt, parsed)->stmt, SelectStmt))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the source of %s must be one SELECT", function),
				 errhint(SOURCE_HINT)));
	select = (SelectStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (writes(select) || select->lockingClause != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the source of %s must only read", function),
				 errdetail("INTO, FOR UPDATE or SHARE, and writing in WITH are not allowed.")));
}

/* The name of a relation, as a query over it. */
static char *
relation_query(const char *function, const char *source)
{
	List	   *names = stringToQualifiedNameList(source
#if PG_VERSION_NUM >= 160000
												  ,NULL
#endif
		);
	RangeVar   *range = makeRangeVarFromNameList(names);
	Oid			relid = RangeVarGetRelid(range, AccessShareLock, true);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\", the source of %s, does not exist",
						source, function),
				 errhint(SOURCE_HINT)));
	return psprintf("SELECT * FROM %s",
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
											   get_rel_name(relid)));
}

/*
 * Rows go from the executor straight to the callback.
 *
 * The transaction is read-only while the executor is at work, so that no
 * function in the source can write, and what the caller made it in the
 * callback.  After an error PostgreSQL restores what a transaction or
 * subtransaction began with.  Parallel workers can never write.
 */
typedef struct SourceReceiver
{
	DestReceiver pub;
	SourceStart start;
	SourceRow	row;
	void	   *arg;
	TupleDesc	desc;
	MemoryContext scratch;
	int64		rows;
	bool		read_only;		/* the caller's transaction is */
} SourceReceiver;

/* The caller's setting for the callback, unless a function took ours away (RESET). */
static void
leave_read_only(const SourceReceiver *receiver)
{
	if (!XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("a function in the source must not change transaction_read_only")));
	XactReadOnly = receiver->read_only;
}

static void
source_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	SourceReceiver *receiver = (SourceReceiver *) self;

	receiver->desc = desc;
	if (receiver->start)
	{
		leave_read_only(receiver);
		receiver->start(receiver->arg, desc);
		XactReadOnly = true;
	}
}

static bool
source_receive(TupleTableSlot *slot, DestReceiver *self)
{
	SourceReceiver *receiver = (SourceReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->scratch);

	slot_getallattrs(slot);
	leave_read_only(receiver);
	/* the slot's own description may name the columns of what it scans */
	receiver->row(receiver->arg, receiver->desc, slot->tts_values, slot->tts_isnull);
	XactReadOnly = true;
	receiver->rows++;
	MemoryContextSwitchTo(old);
	MemoryContextReset(receiver->scratch);
	return true;
}

static void
source_nothing(DestReceiver *self)
{
}

static void
source_error_context(void *arg)
{
	errcontext("source of %s", (const char *) arg);
}

int64
source_read(const char *function, const char *source,
			SourceStart start, SourceRow row, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	SourceReceiver receiver = {0};
	SPIExecuteOptions options = {0};
	ErrorContextCallback callback;
	List	   *names = NIL;
	int			result;

	callback.callback = source_error_context;
	callback.arg = unconstify(char *, function);
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	while (*source != '\0' && strchr(" \t\n\r\f", *source) != NULL)
		source++;
	/* what cannot be a name is parsed as a query, for a message that helps */
	if (looks_like_query(source) ||
		!SplitIdentifierString(pstrdup(source), '.', &names) || names == NIL)
		check_query(function, source);
	else
		source = relation_query(function, source);

	receiver.pub.receiveSlot = source_receive;
	receiver.pub.rStartup = source_startup;
	receiver.pub.rShutdown = source_nothing;
	receiver.pub.rDestroy = source_nothing;
	receiver.pub.mydest = DestTuplestore;	/* anything but None, for SPI */
	receiver.start = start;
	receiver.row = row;
	receiver.arg = arg;
	receiver.scratch = AllocSetContextCreate(caller, "crimeml source row",
											 ALLOCSET_DEFAULT_SIZES);

	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &receiver.pub;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	receiver.read_only = XactReadOnly;
	XactReadOnly = true;
	result = SPI_execute_extended(source, &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected SPI result %d", result);
	leave_read_only(&receiver);
	SPI_finish();

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(receiver.scratch);
	error_context_stack = callback.previous;
	if (receiver.rows == 0)
		ereport(NOTICE,
				(errmsg("%s: the source has no rows", function)));
	return receiver.rows;
}

int
source_column(TupleDesc desc, const char *name, bool required)
{
	StringInfoData have;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (!attr->attisdropped && strcmp(NameStr(attr->attname), name) == 0)
			return i;
	}
	if (!required)
		return -1;

	initStringInfo(&have);
	for (int i = 0; i < desc->natts; i++)
		appendStringInfo(&have, "%s%s", i > 0 ? ", " : "",
						 NameStr(TupleDescAttr(desc, i)->attname));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the source has no column \"%s\"", name),
			 errdetail("It has: %s.", have.data),
			 errhint("Name it in the source, as in SELECT ... AS %s.", name)));
}

pg_noreturn static void
wrong_type(Form_pg_attribute attr, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of the source is of type %s, not %s",
					NameStr(attr->attname), format_type_be(attr->atttypid), wanted)));
}

int
source_column_of(TupleDesc desc, const char *name, Oid type, bool required)
{
	int			i = source_column(desc, name, required);

	if (i >= 0 && getBaseType(TupleDescAttr(desc, i)->atttypid) != type)
		wrong_type(TupleDescAttr(desc, i), format_type_be(type));
	return i;
}

int
source_geometry_column(TupleDesc desc, const char *name, bool required)
{
	int			i = source_column(desc, name, required);

	if (i >= 0 && getBaseType(TupleDescAttr(desc, i)->atttypid) == postgis_type("geography"))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the source is of type geography, not geometry", name),
				 errhint("Project it: ST_Transform(%s::geometry, srid) AS %s.", name, name)));
	if (i >= 0 && getBaseType(TupleDescAttr(desc, i)->atttypid) != postgis_type("geometry"))
		wrong_type(TupleDescAttr(desc, i), "geometry");
	return i;
}

int
source_time_column(TupleDesc desc, const char *name, bool required, Oid *type)
{
	int			at = source_column(desc, name, required);

	if (at < 0)
		return -1;
	*type = getBaseType(TupleDescAttr(desc, at)->atttypid);
	if (*type != TIMESTAMPOID && *type != DATEOID)
		source_column_of(desc, name, TIMESTAMPTZOID, required);
	return at;
}

TimestampTz
source_time(Datum value, Oid type, pg_tz *zone)
{
	Timestamp	local;
	TimestampTz at;

	if (type == TIMESTAMPTZOID)
	{
		at = DatumGetTimestampTz(value);
		return TIMESTAMP_NOT_FINITE(at) ? SOURCE_NO_TIME : at;
	}
	local = type == DATEOID ?
		DatumGetTimestamp(DirectFunctionCall1(date_timestamp, value)) : DatumGetTimestamp(value);
	if (TIMESTAMP_NOT_FINITE(local))
		return SOURCE_NO_TIME;
	if (!local_to_instant(local, zone, &at))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("column \"at\" of the source has a time that is out of range")));
	return at;
}

int
source_number_column(TupleDesc desc, const char *name, bool required, Oid *type)
{
	int			number = source_column(desc, name, required);

	if (number < 0)
		return -1;
	*type = getBaseType(TupleDescAttr(desc, number)->atttypid);
	switch (*type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case NUMERICOID:
			return number;
		default:
			return source_column_of(desc, name, FLOAT8OID, true);
	}
}

double
source_number(Datum value, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		default:
			return DatumGetFloat8(value);
	}
}

int
source_text_column(TupleDesc desc, const char *name, bool required, FmgrInfo *output,
				   MemoryContext context)
{
	int			i = source_column(desc, name, required);
	Oid			function;
	bool		varlena;

	if (i < 0)
		return -1;
	getTypeOutputInfo(TupleDescAttr(desc, i)->atttypid, &function, &varlena);
	fmgr_info_cxt(function, output, context);
	return i;
}
