/*
 * row.c
 *		A row type flattened to leaf columns, and the values of a row.
 */
#include "data/row.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
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

		if (attribute->attisdropped || (level == 0 && i == shape->skip_column))
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
shape_create(RowShape *shape, MemoryContext parent, TupleDesc desc, int skip_column)
{
	MemoryContext context = shape->context;
	MemoryContext old;

	if (context == NULL)
		context = AllocSetContextCreate(parent, "crimeml row type", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(context);
	memset(shape, 0, sizeof(*shape));
	shape->context = context;
	shape->skip_column = skip_column;
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

		shape_create(shape, parent, desc, -1);
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
shape_fits(const RowShape *shape, TupleDesc desc, int skip_column)
{
	TupleDesc	mine;

	if (shape->source != desc || shape->skip_column != skip_column)
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
				 const Datum *values, const bool *isnull, int skip_column)
{
	bool		changed = !shape_fits(shape, desc, skip_column);

	if (changed)
	{
		shape_create(shape, parent, desc, skip_column);
		shape->source = desc;
	}
	memcpy(shape->level[0].values, values, desc->natts * sizeof(Datum));
	memcpy(shape->level[0].isnull, isnull, desc->natts * sizeof(bool));
	shape_read_nested(shape);
	return changed;
}

InputKind
row_input_kind(ValueForm form)
{
	switch (form)
	{
		case FORM_INT2:
		case FORM_INT4:
		case FORM_INT8:
		case FORM_FLOAT4:
		case FORM_FLOAT8:
		case FORM_NUMERIC:
			return INPUT_NUMBER;
		case FORM_BOOL:
			return INPUT_BOOLEAN;
		case FORM_TEXT:
		case FORM_BPCHAR:
		case FORM_NAME:
		case FORM_CHAR:
		case FORM_LITERAL:
		case FORM_ENUM:
			return INPUT_CATEGORY;
		case FORM_POINT:
			return INPUT_POINT;
		case FORM_TIMESTAMPTZ:
			return INPUT_TIMESTAMPTZ;
		case FORM_TIMESTAMP:
			return INPUT_TIMESTAMP;
		case FORM_DATE:
			return INPUT_DATE;
		case FORM_NONE:
			break;
	}
	return 0;
}

const char *
row_kind_name(InputKind kind)
{
	switch (kind)
	{
		case INPUT_NUMBER:
			return "a number";
		case INPUT_BOOLEAN:
			return "boolean";
		case INPUT_CATEGORY:
			return "text or enum";
		case INPUT_POINT:
			return "a point geometry";
		case INPUT_TIMESTAMPTZ:
			return "timestamp with time zone";
		case INPUT_TIMESTAMP:
			return "timestamp without time zone";
		case INPUT_DATE:
			return "date";
	}
	return NULL;
}

/* How many features a kind gives, and what is put after the input's name. */
int
row_kind_features(InputKind kind, const char *const **suffixes)
{
	static const char *const none[] = {""};
	static const char *const point[] = {"_x", "_y"};
	static const char *const time[] = {"_hour", "_weekday", "_doy"};

	switch (kind)
	{
		case INPUT_POINT:
			*suffixes = point;
			return 2;
		case INPUT_TIMESTAMPTZ:
		case INPUT_TIMESTAMP:
			*suffixes = time;
			return 3;
		case INPUT_DATE:
			*suffixes = time + 1;
			return 2;
		default:
			*suffixes = none;
			return 1;
	}
}

double
row_missing(void)
{
	return get_float8_nan();
}

double
row_number(ValueForm form, Datum value, const char *name)
{
	double		number;

	switch (form)
	{
		case FORM_INT2:
			return DatumGetInt16(value);
		case FORM_INT4:
			return DatumGetInt32(value);
		case FORM_INT8:
			return (double) DatumGetInt64(value);
		case FORM_BOOL:
			return DatumGetBool(value) ? 1 : 0;
		case FORM_FLOAT4:
			number = DatumGetFloat4(value);
			break;
		case FORM_FLOAT8:
			number = DatumGetFloat8(value);
			break;
		case FORM_NUMERIC:
			/* what is too large becomes infinite, and is named below */
			number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
			break;
		default:
			elog(ERROR, "value of form %d is no number", form);
	}
	if (isnan(number))
		return row_missing();
	if (isinf(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 (void) (name != NULL ?
						 errmsg("feature \"%s\" has an infinite value", text_from_utf8(name)) :
						 errmsg("the label has an infinite value")),
				 errhint("Make it null, or a number within the range of double precision.")));
	return number == 0 ? 0 : number;
}

void
row_time(InputKind kind, Datum value, const pg_tz *zone, double *out)
{
	pg_time_t	seconds;
	struct pg_tm *tm;
	bool		finite;

	if (kind == INPUT_DATE)
	{
		DateADT		date = DatumGetDateADT(value);

		finite = !DATE_NOT_FINITE(date);
		seconds = (pg_time_t) date * SECS_PER_DAY;
	}
	else
	{
		Timestamp	at = DatumGetTimestamp(value);

		finite = !TIMESTAMP_NOT_FINITE(at);
		seconds = at / USECS_PER_SEC - (at % USECS_PER_SEC < 0);
	}
	tm = NULL;
	if (finite)
	{
		seconds += (pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
		tm = kind == INPUT_TIMESTAMPTZ ? pg_localtime(&seconds, zone) : pg_gmtime(&seconds);
	}
	if (kind != INPUT_DATE)
		*out++ = tm != NULL ? tm->tm_hour : row_missing();
	out[0] = tm != NULL ? (tm->tm_wday + 6) % 7 + 1 : row_missing();
	out[1] = tm != NULL ? tm->tm_yday + 1 : row_missing();
}

/* Which column an error of point_read() is about. */
static void
row_point_context(void *name)
{
	errcontext("column \"%s\"", text_from_utf8(name));
}

void
row_point(PointReader *reader, Datum value, const char *name, double *out)
{
	ErrorContextCallback callback;

	callback.callback = row_point_context;
	callback.arg = unconstify(char *, name);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	if (!point_read(reader, value, &out[0], &out[1]))
		out[0] = out[1] = row_missing();
	error_context_stack = callback.previous;
	for (int i = 0; i < 2; i++)
		if (out[i] == 0)
			out[i] = 0;
}
