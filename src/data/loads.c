/*
 * loads.c
 *		The log of loads: crimeml.loads and crimeml.rejected_rows.
 */
#include "data/loads.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#define REJECTED_NAME "crimeml_rejected"

int64
loads_write(Load *load, const char *source, TimestampTz started)
{
	static const char insert_load[] =
	"INSERT INTO crimeml.loads (target, source, started, finished, role, role_name, read, loaded, updated, rejected, duplicates, empty_lines) "
	"VALUES ($1, $2, $3, pg_catalog.clock_timestamp(), $4, $5, $6, $7, $8, $9, $10, $11) RETURNING load_id";
	static const char insert_rejected[] =
	"INSERT INTO crimeml.rejected_rows (load_id, line, reason, sqlstate, content) "
	"SELECT $1, line, reason, sqlstate, content FROM " REJECTED_NAME;
	EphemeralNamedRelationData rejected = {0};
	Oid			types[] = {TEXTOID, TEXTOID, TIMESTAMPTZOID, REGROLEOID, NAMEOID,
	INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID};
	Datum		values[11];
	NameData	role;
	Oid			loads = get_relname_relid("loads", get_namespace_oid("crimeml", false));
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(loads));
	Oid			owner;
	Oid			caller;
	int			context;
	int			level;
	bool		isnull;
	int64		load_id;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table crimeml.loads does not exist"),
				 errhint("Install the extension again: CREATE EXTENSION crimeml.")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);

	namestrcpy(&role, GetUserNameFromId(GetUserId(), false));
	values[0] = CStringGetTextDatum(quote_qualified_identifier(get_namespace_name(RelationGetNamespace(load->target)),
															   RelationGetRelationName(load->target)));
	values[1] = CStringGetTextDatum(source);
	values[2] = TimestampTzGetDatum(started);
	values[3] = ObjectIdGetDatum(GetUserId());
	values[4] = NameGetDatum(&role);
	values[5] = Int64GetDatum(load->read);
	values[6] = Int64GetDatum(load->loaded);
	values[7] = Int64GetDatum(load->updated);
	values[8] = Int64GetDatum(load->rejected);
	values[9] = Int64GetDatum(load->duplicates);
	values[10] = Int64GetDatum(csv_empty_lines(load->reader));

	/*
	 * The owner of the tables may have put triggers on them: these must do
	 * nothing that outlives the statement, nor run as the caller later.
	 */
	GetUserIdAndSecContext(&caller, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	level = NewGUCNestLevel();
	if (SPI_execute_with_args(insert_load, lengthof(types), types, values, NULL, false, 0) != SPI_OK_INSERT_RETURNING)
		elog(ERROR, "could not write to crimeml.loads");
	load_id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (load->rejected > 0)
	{
		Oid			id_type = INT8OID;
		Datum		id = Int64GetDatum(load_id);

		rejected.md.name = pstrdup(REJECTED_NAME);
		rejected.md.tupdesc = load->rejected_desc;
		rejected.md.enrtype = ENR_NAMED_TUPLESTORE;
		rejected.md.enrtuples = load->rejected;
		rejected.reldata = load->rejected_rows;
		if (SPI_register_relation(&rejected) != SPI_OK_REL_REGISTER ||
			SPI_execute_with_args(insert_rejected, 1, &id_type, &id, NULL, false, 0) != SPI_OK_INSERT)
			elog(ERROR, "could not write to crimeml.rejected_rows");
	}
	AtEOXact_GUC(false, level);
	SetUserIdAndSecContext(caller, context);
	return load_id;
}

PG_FUNCTION_INFO_V1(crimeml_settle_role);

/*
 * Trigger of crimeml.loads, BEFORE INSERT: a role that is not the one that the
 * row names is nobody.  A dump names the roles that are there by name, but one
 * that was dropped by its number, and where it is restored that may be the
 * number of somebody else.
 */
Datum
crimeml_settle_role(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TupleDesc	desc;
	int			role;
	int			role_name;
	Datum		value;
	char	   *name;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		elog(ERROR, "settle_role was not called as a trigger before INSERT");
	desc = RelationGetDescr(trigger->tg_relation);
	role = SPI_fnumber(desc, "role");
	role_name = SPI_fnumber(desc, "role_name");
	if (role <= 0 || role_name <= 0)
		elog(ERROR, "settle_role is for tables with role and role_name");

	value = heap_getattr(trigger->tg_trigtuple, role, desc, &isnull);
	name = isnull ? NULL : GetUserNameFromId(DatumGetObjectId(value), true);
	value = heap_getattr(trigger->tg_trigtuple, role_name, desc, &isnull);
	if (name != NULL && !isnull && strcmp(name, NameStr(*DatumGetName(value))) == 0)
		return PointerGetDatum(trigger->tg_trigtuple);
	value = ObjectIdGetDatum(InvalidOid);
	isnull = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(trigger->tg_trigtuple, desc, 1, &role,
													 &value, &isnull));
}
