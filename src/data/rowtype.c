/*
 * rowtype.c
 *		A row type flattened to leaf columns, and the values of a row.
 */
#include "data/rowtype.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Add the columns of a tuple, and of the composites in it. */
static void
shape_add_level(RowShape *shape, TupleDesc desc, int parent, int column,
				const char *prefix)
{
	int			level = shape->nlevels++;
	RowLevel   *l;

	check_stack_depth();
	shape->level = level == 0 ? palloc(sizeof(RowLevel))
		: repalloc(shape->level, shape->nlevels * sizeof(RowLevel));
	l = &shape->level[level];
	l->desc = desc;
	l->parent = parent;
	l->column = column;
	l->values = palloc0(Max(desc->natts, 1) * sizeof(Datum));
	l->isnull = palloc0(Max(desc->natts, 1) * sizeof(bool));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Oid			type;
		char	   *name;

		if (attribute->attisdropped)
			continue;
		name = NameStr(attribute->attname);
		name = text_to_utf8(name, strlen(name));
		name = prefix != NULL ? psprintf("%s_%s", prefix, name) : pstrdup(name);
		type = getBaseType(attribute->atttypid);
		if (get_typtype(type) == TYPTYPE_COMPOSITE)
		{
			TupleDesc	nested = lookup_rowtype_tupdesc_copy(type, -1);

			shape_add_level(shape, nested, level, i, name);
			continue;
		}
		if (shape->nleaves >= LEARN_MAX_FEATURES)
			ereport(ERROR,
					(errcode(ERRCODE_TOO_MANY_COLUMNS),
					 errmsg("the features have more than %d columns", LEARN_MAX_FEATURES)));
		if ((shape->nleaves & (shape->nleaves - 1)) == 0)
			shape->leaf = shape->nleaves == 0 ? palloc(sizeof(RowLeaf))
				: repalloc(shape->leaf, 2 * shape->nleaves * sizeof(RowLeaf));
		shape->leaf[shape->nleaves++] = (RowLeaf)
		{
			.name = name, .type = type, .form = value_form(type), .level = level, .column = i
		};
	}
}

/* ROW(...) names its columns f1, f2, ... */
static bool
is_anonymous(TupleDesc desc)
{
	char		name[16];

	for (int i = 0; i < desc->natts; i++)
	{
		snprintf(name, sizeof(name), "f%d", i + 1);
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			return false;
	}
	return desc->natts > 0;
}

/* Make the shape of a row type, whose desc is the caller's. */
static void
shape_create(RowShape *shape, MemoryContext parent, TupleDesc desc)
{
	MemoryContext context = shape->context;
	MemoryContext old;

	if (context == NULL)
		context = AllocSetContextCreate(parent, "crimeml row type", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(context);
	memset(shape, 0, sizeof(*shape));
	shape->context = context;
	old = MemoryContextSwitchTo(context);
	shape_add_level(shape, CreateTupleDescCopy(desc), -1, -1, NULL);
	MemoryContextSwitchTo(old);
}

/* Values of the composites within the row. */
static inline void
shape_read_nested(RowShape *shape)
{
	for (int i = 1; i < shape->nlevels; i++)
	{
		RowLevel   *level = &shape->level[i];
		RowLevel   *parent = &shape->level[level->parent];
		HeapTupleData tuple;

		if (parent->isnull[level->column])
		{
			memset(level->isnull, true, level->desc->natts * sizeof(bool));
			continue;
		}
		tuple.t_data = DatumGetHeapTupleHeader(parent->values[level->column]);
		tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
		ItemPointerSetInvalid(&tuple.t_self);
		tuple.t_tableOid = InvalidOid;
		heap_deform_tuple(&tuple, level->desc, level->values, level->isnull);
	}
}

bool
row_read_record(RowShape *shape, MemoryContext parent, HeapTupleHeader record)
{
	Oid			type = HeapTupleHeaderGetTypeId(record);
	int32		typmod = HeapTupleHeaderGetTypMod(record);
	uint64		identifier = assign_record_type_identifier(type, typmod);
	bool		changed = shape->identifier != identifier;
	HeapTupleData tuple;

	if (changed)
	{
		TupleDesc	desc = lookup_rowtype_tupdesc(type, typmod);

		shape_create(shape, parent, desc);
		shape->identifier = identifier;
		shape->anonymous = type == RECORDOID && is_anonymous(desc);
		ReleaseTupleDesc(desc);
	}
	tuple.t_data = record;
	tuple.t_len = HeapTupleHeaderGetDatumLength(record);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	heap_deform_tuple(&tuple, shape->level[0].desc,
					  shape->level[0].values, shape->level[0].isnull);
	shape_read_nested(shape);
	return changed;
}

/* Whether the shape was made for these columns; types are what safety needs. */
static inline bool
shape_fits(const RowShape *shape, TupleDesc desc)
{
	TupleDesc	mine;

	if (shape->source != desc)
		return false;
	mine = shape->level[0].desc;
	if (mine->natts != desc->natts)
		return false;
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(mine, i)->atttypid != TupleDescAttr(desc, i)->atttypid)
			return false;
	return true;
}

bool
row_read_columns(RowShape *shape, MemoryContext parent, TupleDesc desc,
				 const Datum *values, const bool *isnull)
{
	bool		changed = !shape_fits(shape, desc);

	if (changed)
	{
		shape_create(shape, parent, desc);
		shape->source = desc;
	}
	memcpy(shape->level[0].values, values, desc->natts * sizeof(Datum));
	memcpy(shape->level[0].isnull, isnull, desc->natts * sizeof(bool));
	shape_read_nested(shape);
	return changed;
}
