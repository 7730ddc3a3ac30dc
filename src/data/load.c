/*
 * load.c
 *		load_csv() and load_csv_file(): CSV into a table, losing nothing.
 *
 * Rejected records are kept in a tuplestore until the end, and written to
 * crimeml.rejected_rows after the line of the load in crimeml.loads.
 */
#include "crimeml.h"

#include "access/relation.h"
#include "arguments.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "data/batch.h"
#include "data/columns.h"
#include "data/csv.h"
#include "data/loads.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(crimeml_load_csv);
PG_FUNCTION_INFO_V1(crimeml_load_csv_large_object);
PG_FUNCTION_INFO_V1(crimeml_load_csv_file);

/* All records of the reader. */
static void
read_rows(Load *load)
{
	CsvRecord	record;
	Progress	progress;
	MemoryContext reading = AllocSetContextCreate(CurrentMemoryContext, "crimeml CSV record",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(reading);

	progress_start(&progress, "rows read", 0);
	while (csv_next(load->reader, &record))
	{
		const char *problem = record.problem;

		load->read++;
		if (load->read % 1024 == 0)
			progress_step(&progress, load->read);
		if (problem == NULL && load->nfields < 0)
		{
			CsvHeader	fields = {record.nfields, NULL};

			load->nfields = record.nfields;
			columns_find(&load->specs, &fields);
		}
		if (problem == NULL && record.nfields != load->nfields)
			problem = psprintf("%d fields, expected %d", record.nfields, load->nfields);
		if (problem == NULL)
			batch_add(load, &record);
		else
		{
			/* stopping at the first error, an earlier row comes first */
			if (load->stop)
				batch_flush(load);
			batch_reject(load, record.line, record.raw, record.raw_len, problem,
						 ERRCODE_BAD_COPY_FILE_FORMAT);
		}
		MemoryContextReset(reading);
	}
	batch_flush(load);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(reading);
}

/* ----------
 * Preparing
 * ----------
 */

/* A unique index over exactly the columns, that ON CONFLICT can take. */
static bool
has_unique_index(Relation target, const AttrNumber *key, int nkey)
{
	List	   *indexes = RelationGetIndexList(target);
	ListCell   *cell;
	bool		found = false;

	foreach(cell, indexes)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		Form_pg_index index;
		bool		fits;

		if (!HeapTupleIsValid(tuple))
			continue;
		index = (Form_pg_index) GETSTRUCT(tuple);
		fits = index->indisunique && index->indisvalid && index->indimmediate &&
			index->indnkeyatts == nkey &&
#if PG_VERSION_NUM >= 150000
			!index->indnullsnotdistinct &&	/* a missing key is no duplicate */
#endif
			heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
			heap_attisnull(tuple, Anum_pg_index_indexprs, NULL);
		for (int i = 0; i < nkey && fits; i++)
		{
			bool		has = false;

			for (int j = 0; j < nkey; j++)
				has |= index->indkey.values[j] == key[i];
			fits = has;
		}
		ReleaseSysCache(tuple);
		found |= fits;
	}
	list_free(indexes);
	return found;
}

/*
 * Is there a trigger, the table's or that of a table below it, that may keep a row
 * out or as it was?  An update that moves a row to another partition deletes and
 * inserts it, and it reaches the children of a table, which an insert does not.
 */
static bool
has_keeping_trigger(Relation target, bool update)
{
	List	   *relids = list_make1_oid(RelationGetRelid(target));
	ListCell   *cell;
	bool		found = false;

	if (update || target->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		relids = find_all_inheritors(RelationGetRelid(target), AccessShareLock, NULL);
	foreach(cell, relids)
	{
		Relation	relation = relation_open(lfirst_oid(cell), NoLock);
		TriggerDesc *triggers = relation->trigdesc;

		found |= triggers != NULL &&
			(triggers->trig_insert_before_row ||
			 (update && (triggers->trig_update_before_row || triggers->trig_delete_before_row)));
		relation_close(relation, NoLock);
	}
	list_free(relids);
	return found;
}

/* A batch's column of the key, by the name of the table's column. */
static int
key_column(Load *load, const char *name)
{
	const char **names = palloc(sizeof(char *) * load->specs.n);
	const char *nearest;

	for (int i = 0; i < load->specs.n; i++)
	{
		if (strcmp(load->columns[i].name, name) == 0)
			return i;
		names[i] = load->columns[i].name;
	}
	nearest = nearest_name(name, names, load->specs.n);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("argument \"unique_key\": no column \"%s\" is loaded into table \"%s\"",
					name, RelationGetRelationName(load->target)),
			 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("The key is made of the table's columns that the CSV fills.")));
}

/* The equality operator of a type's own, with its schema. */
static char *
equality(Oid type)
{
	Oid			eq = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	HeapTuple	tuple = OidIsValid(eq) ? SearchSysCache1(OPEROID, ObjectIdGetDatum(eq)) : NULL;
	Form_pg_operator op;
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("argument \"unique_key\": type %s has no equality", format_type_be(type))));
	op = (Form_pg_operator) GETSTRUCT(tuple);
	result = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(op->oprnamespace)),
					  NameStr(op->oprname));
	ReleaseSysCache(tuple);
	return result;
}

/* t and b have the same key. */
static char *
same_key(Load *load, const int *key, int nkey)
{
	StringInfoData same;

	initStringInfo(&same);
	for (int i = 0; i < nkey; i++)
	{
		Column	   *column = &load->columns[key[i]];

		appendStringInfo(&same, "%st.%s %s b.c%d", i > 0 ? " AND " : "",
						 quote_identifier(column->name), equality(column->base_type), key[i]);
	}
	return same.data;
}

/*
 * The statement that finds the rows of the batch whose key is known: (row, NULL)
 * for a key of the table, (row, first) where the first row of the batch with it
 * is another.
 */
static char *
known_query(const int *key, int nkey, const char *target, const char *same)
{
	StringInfoData list,
				present;

	initStringInfo(&list);
	initStringInfo(&present);
	for (int i = 0; i < nkey; i++)
	{
		appendStringInfo(&list, "%sc%d", i > 0 ? ", " : "", key[i]);
		appendStringInfo(&present, "%sc%d IS NOT NULL", i > 0 ? " AND " : "", key[i]);
	}
	return psprintf("SELECT b.n, NULL::pg_catalog.int4 FROM " BATCH_NAME " b WHERE EXISTS (SELECT FROM %s t WHERE %s) "
					"UNION ALL SELECT n, first FROM (SELECT n, pg_catalog.min(n) OVER "
					"(PARTITION BY %s) AS first FROM " BATCH_NAME " WHERE %s) s "
					"WHERE first OPERATOR(pg_catalog.<>) n",
					target, same, list.data, present.data);
}

/*
 * The statements that update the rows of known keys: all columns that are loaded,
 * but for the key, where one of them differs (in its bytes, as types need not have
 * an equality).
 */
static void
prepare_update(Load *load, const int *key, int nkey, const char *target, const char *same)
{
	StringInfoData set,
				old,
				new;
	char	   *where;

	initStringInfo(&set);
	initStringInfo(&old);
	initStringInfo(&new);
	for (int i = 0; i < load->specs.n; i++)
	{
		Column	   *column = &load->columns[i];
		const char *comma = set.len > 0 ? ", " : "";
		bool		in_key = false;

		for (int k = 0; k < nkey; k++)
			in_key |= key[k] == i;
		if (in_key)
			continue;
		appendStringInfo(&set, "%s%s = b.c%d", comma, quote_identifier(column->name), i);
		appendStringInfo(&old, "%st.%s", comma, quote_identifier(column->name));
		appendStringInfo(&new, "%sb.c%d::%s", comma, i,
						 format_type_extended(column->type, column->attribute_typmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	}
	if (set.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"on_duplicate\" is \"update\", and only the columns of the key are loaded")));
	where = psprintf("%s AND ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW(%s)::pg_catalog.record",
					 same, old.data, new.data);
	load->update = psprintf("UPDATE %s t SET %s FROM " BATCH_NAME " b WHERE %s RETURNING b.n",
							target, set.data, where);
	if (has_keeping_trigger(load->target, true) || load->target->rd_rel->relrowsecurity ||
		load->target->rd_rel->relkind == RELKIND_VIEW)
		load->find_changed = psprintf("SELECT b.n FROM " BATCH_NAME " b, %s t WHERE %s", target, where);
}

/* The statements, and a first run without a row for what is wrong with them. */
static void
prepare(Load *load, ArrayType *unique_key, bool update)
{
	const char *target = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(load->target)),
													RelationGetRelationName(load->target));
	TupleDesc	desc = CreateTemplateTupleDesc(load->specs.n + 1);
	StringInfoData query,
				from;
	Datum	   *names = NULL;
	int			nkey = 0;
	int		   *key = NULL;
	AttrNumber *attnums = NULL;

	initStringInfo(&query);
	initStringInfo(&from);
	appendStringInfo(&query, "INSERT INTO %s (", target);
	for (int i = 0; i < load->specs.n; i++)
	{
		Column	   *column = &load->columns[i];
		char		name[NAMEDATALEN];

		snprintf(name, sizeof(name), "c%d", i);
		TupleDescInitEntry(desc, i + 1, name, column->batch_type, column->batch_typmod, 0);
		TupleDescInitEntryCollation(desc, i + 1, get_typcollation(column->batch_type));
		appendStringInfo(&query, "%s%s", i > 0 ? ", " : "", quote_identifier(column->name));
		appendStringInfo(&from, "%sc%d", i > 0 ? ", " : "", i);
	}
	TupleDescInitEntry(desc, load->specs.n + 1, "n", INT4OID, -1, 0);
	appendStringInfo(&query, ") SELECT %s FROM " BATCH_NAME, from.data);

	if (unique_key != NULL)
	{
		deconstruct_array(unique_key, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &names, NULL, &nkey);
		if (nkey == 0 || ARR_HASNULL(unique_key))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"unique_key\" must name columns"),
					 errhint("Leave it out to load every row.")));
		key = palloc(sizeof(int) * nkey);
		attnums = palloc(sizeof(AttrNumber) * nkey);
		for (int i = 0; i < nkey; i++)
		{
			key[i] = key_column(load, NameStr(*DatumGetName(names[i])));
			for (int j = 0; j < i; j++)
				if (key[j] == key[i])
					ereport(ERROR,
							(errcode(ERRCODE_DUPLICATE_COLUMN),
							 errmsg("argument \"unique_key\" names column \"%s\" twice",
									load->columns[key[i]].name)));
			attnums[i] = get_attnum(RelationGetRelid(load->target), load->columns[key[i]].name);
		}
		/* a trigger that keeps rows out must not be taken for a conflict */
		load->duplicate_rule = update ? DUPLICATES_UPDATE : has_unique_index(load->target, attnums, nkey) &&
			!has_keeping_trigger(load->target, false) ?
			DUPLICATES_BY_INDEX : DUPLICATES_BY_JOIN;
	}
	if (load->duplicate_rule == DUPLICATES_BY_INDEX)
	{
		appendStringInfoString(&query, " ON CONFLICT (");
		for (int i = 0; i < nkey; i++)
			appendStringInfo(&query, "%s%s", i > 0 ? ", " : "",
							 quote_identifier(load->columns[key[i]].name));
		appendStringInfoString(&query, ") DO NOTHING");
	}

	load->batch.md.name = pstrdup(BATCH_NAME);
	load->batch.md.reliddesc = InvalidOid;
	load->batch.md.tupdesc = desc;
	load->batch.md.enrtype = ENR_NAMED_TUPLESTORE;
	load->batch.md.enrtuples = BATCH_ROWS;
	if (SPI_register_relation(&load->batch) != SPI_OK_REL_REGISTER)
		elog(ERROR, "could not register the batch");
	load->insert = SPI_prepare(query.data, 0, NULL);
	if (load->insert == NULL)
		elog(ERROR, "could not prepare: %s", query.data);
	if (load->duplicate_rule == DUPLICATES_BY_JOIN || load->duplicate_rule == DUPLICATES_UPDATE)
	{
		const char *same = same_key(load, key, nkey);

		load->find_known = known_query(key, nkey, target, same);
		if (update)
			prepare_update(load, key, nkey, target, same);
	}
	batch_try_insert(load);
}

/* Rows that a rule takes elsewhere could not be counted. */
static void
check_target(Relation target, bool update)
{
	if (target->rd_rules == NULL)
		return;
	for (int i = 0; i < target->rd_rules->numLocks; i++)
	{
		CmdType		event = target->rd_rules->rules[i]->event;

		if (event == CMD_INSERT || (event == CMD_UPDATE && update))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("table \"%s\" has a rule for %s", RelationGetRelationName(target),
							event == CMD_INSERT ? "INSERT" : "UPDATE"),
					 errhint("Load into another table, and INSERT ... SELECT from it.")));
	}
}

/* ----------
 * The functions
 * ----------
 */

/* An argument that must not be NULL. */
static void
require_argument(FunctionCallInfo fcinfo, int argno, const char *name)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
}

static CsvNulls
nulls_argument(FunctionCallInfo fcinfo, int argno)
{
	CsvNulls	nulls = {0};
	Datum	   *texts;
	bool	   *isnull;
	int			n;

	if (PG_ARGISNULL(argno))
		return nulls;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(argno), TEXTOID, -1, false, TYPALIGN_INT,
					  &texts, &isnull, &n);
	nulls.texts = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
		if (!isnull[i])
			nulls.texts[nulls.n++] = TextDatumGetCString(texts[i]);
	return nulls;
}

/* What the functions share; "source" says for the log where the CSV is from. */
static Datum
load_csv(FunctionCallInfo fcinfo, CsvReader *reader, const char *source)
{
	static const char *const on_errors[] = {"reject", "stop"};
	static const char *const on_duplicates[] = {"skip", "update"};
	TimestampTz started = GetCurrentTimestamp();
	Load	   *load = palloc0(sizeof(Load));
	CsvHeader	header = {-1, NULL};
	TupleDesc	desc;
	Datum		values[7];
	bool		nulls[7] = {false};
	bool		update;
	MemoryContext caller = CurrentMemoryContext;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	require_argument(fcinfo, 4, "header");
	load->nulls = nulls_argument(fcinfo, 5);
	load->stop = arg_choice(fcinfo, 6, "on_error", on_errors, lengthof(on_errors)) == 1;
	update = arg_choice(fcinfo, 8, "on_duplicate", on_duplicates, lengthof(on_duplicates)) == 1;
	if (update && PG_ARGISNULL(7))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"on_duplicate\" is \"update\", and there is no \"unique_key\""),
				 errhint("Name the columns by which a record is known: unique_key => '{id}'.")));

	load->reader = reader;
	load->batch_context = AllocSetContextCreate(CurrentMemoryContext, "crimeml CSV batch",
												ALLOCSET_DEFAULT_SIZES);
	load->scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml CSV scratch",
										  ALLOCSET_DEFAULT_SIZES);
	load->rows = palloc(sizeof(Row) * BATCH_ROWS);
	load->max_rows = BATCH_ROWS;
	load->target = relation_open(PG_GETARG_OID(0), RowExclusiveLock);
	check_target(load->target, update);

	load->specs = columns_parse(PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2));
	if (PG_GETARG_BOOL(4))
	{
		header = csv_header(reader);
		if (load->specs.n > 0)
			columns_find(&load->specs, &header);
		else
			load->specs = columns_by_name(&header, load->target);
		columns_notice_ignored(&load->specs, &header);
	}
	else if (load->specs.n == 0)
	{
		load->specs = columns_of_table(load->target);
		header.nfields = load->specs.n;
	}
	else
		columns_find(&load->specs, &header);
	load->nfields = header.nfields;
	load->columns = columns_resolve(&load->specs, load->target);

	load->rejected_desc = CreateTemplateTupleDesc(4);
	TupleDescInitEntry(load->rejected_desc, 1, "line", INT8OID, -1, 0);
	TupleDescInitEntry(load->rejected_desc, 2, "reason", TEXTOID, -1, 0);
	TupleDescInitEntry(load->rejected_desc, 3, "sqlstate", TEXTOID, -1, 0);
	TupleDescInitEntry(load->rejected_desc, 4, "content", TEXTOID, -1, 0);
	load->rejected_rows = tuplestore_begin_heap(false, false, work_mem);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	prepare(load, PG_ARGISNULL(7) ? NULL : PG_GETARG_ARRAYTYPE_P(7), update);
	MemoryContextSwitchTo(caller);
	read_rows(load);
	Assert(load->read == load->loaded + load->updated + load->rejected + load->duplicates);
	columns_tell(load->columns, load->specs.n);
	values[0] = Int64GetDatum(loads_write(load, source, started));
	SPI_finish();
	MemoryContextSwitchTo(caller);

	values[1] = Int64GetDatum(load->read);
	values[2] = Int64GetDatum(load->loaded);
	values[3] = Int64GetDatum(load->updated);
	values[4] = Int64GetDatum(load->rejected);
	values[5] = Int64GetDatum(load->duplicates);
	values[6] = Int64GetDatum(csv_empty_lines(reader));
	tuplestore_end(load->rejected_rows);
	MemoryContextDelete(load->batch_context);
	MemoryContextDelete(load->scratch);
	relation_close(load->target, NoLock);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* load_csv(target, content, columns, delimiter, header, nulls, on_error, unique_key, on_duplicate) */
Datum
crimeml_load_csv(PG_FUNCTION_ARGS)
{
	bytea	   *content;

	require_argument(fcinfo, 0, "target");
	require_argument(fcinfo, 1, "content");
	content = PG_GETARG_BYTEA_PP(1);
	return load_csv(fcinfo, csv_open_bytes(VARDATA_ANY(content), VARSIZE_ANY_EXHDR(content),
										   csv_delimiter_argument(fcinfo, 3)), "bytea");
}

/* load_csv(target, large_object, ...) */
Datum
crimeml_load_csv_large_object(PG_FUNCTION_ARGS)
{
	require_argument(fcinfo, 0, "target");
	require_argument(fcinfo, 1, "large_object");
	return load_csv(fcinfo, csv_open_large_object(PG_GETARG_OID(1), csv_delimiter_argument(fcinfo, 3)),
					psprintf("large object %u", PG_GETARG_OID(1)));
}

/* load_csv_file(target, path, ...) */
Datum
crimeml_load_csv_file(PG_FUNCTION_ARGS)
{
	char	   *path;

	require_argument(fcinfo, 0, "target");
	path = arg_text(fcinfo, 1, "path");
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read files of the server"),
				 errdetail("Only roles with privileges of \"pg_read_server_files\" may."),
				 errhint("From psql, load the file with \\lo_import and load_csv(target, :LASTOID).")));
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("argument \"path\" is \"%s\", and must be an absolute path", path)));
	return load_csv(fcinfo, csv_open_file(path, csv_delimiter_argument(fcinfo, 3)), path);
}
