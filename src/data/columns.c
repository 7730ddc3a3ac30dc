/*
 * columns.c
 *		The "columns" argument: what of a CSV goes into which column, and how.
 *		See columns.h.
 */
#include "data/columns.h"

#include <math.h>

#include "arguments.h"
#include "catalog/heap.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#define COLUMNS_HINT \
	"As in {\"offence\": \"OFFENSE\", \"at\": {\"from\": [\"date\", \"time\"], \"format\": \"MM/DD/YYYY HH24:MI\"}}."

/* ----------
 * The specification
 * ----------
 */
pg_noreturn static void
bad_column(const char *column, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"columns\": \"%s\" %s", column, problem),
			 errhint(COLUMNS_HINT)));
}

/* A whole number that fits; false for another value. */
static bool
read_int32(const JsonbValue *value, int32 *number)
{
	Datum		numeric;
	double		approximate;

	if (value->type != jbvNumeric)
		return false;
	numeric = NumericGetDatum(value->val.numeric);
	approximate = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, numeric));
	if (!(fabs(approximate) < PG_INT32_MAX) ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, numeric,
										  DirectFunctionCall2(numeric_trunc, numeric, Int32GetDatum(0)))))
		return false;
	*number = (int32) approximate;
	return true;
}

static void
parse_field(const char *column, const JsonbValue *value, ColumnField *field)
{
	if (value->type == jbvString)
	{
		field->name = pnstrdup(value->val.string.val, value->val.string.len);
		field->position = -1;
	}
	else if (value->type == jbvNumeric)
	{
		int32		number = 0;

		if (!read_int32(value, &number) || number < 1 || number > CSV_FIELDS)
			bad_column(column, psprintf("takes field number %s; they go from 1 to %d",
										numeric_normalize(value->val.numeric), CSV_FIELDS));
		field->name = NULL;
		field->position = number - 1;
	}
	else
		bad_column(column, "must come from the name of a field or its number");
}

static char *
parse_string(const char *column, const char *key, const JsonbValue *value)
{
	if (value->type != jbvString || value->val.string.len == 0)
		bad_column(column, psprintf("has a \"%s\" that is no text", key));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static int
parse_srid(const char *column, const char *key, const JsonbValue *value)
{
	int32		srid = 0;

	if (!read_int32(value, &srid) || srid <= 0)
		bad_column(column, psprintf("has a \"%s\" that is no SRID", key));
	return srid;
}

static double *
parse_bounds(const char *column, const JsonbValue *value)
{
	double	   *bounds = palloc(sizeof(double) * 4);
	JsonbContainer *array = value->type == jbvBinary ? value->val.binary.data : NULL;
	bool		fits = array != NULL && JsonContainerIsArray(array) && JsonContainerSize(array) == 4;

	for (int i = 0; i < 4 && fits; i++)
	{
		JsonbValue *side = getIthJsonbValueFromContainer(array, i);

		fits = side->type == jbvNumeric;
		if (fits)
			bounds[i] = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														   NumericGetDatum(side->val.numeric)));
	}
	if (!fits || !(bounds[0] < bounds[2] && bounds[1] < bounds[3]))
		bad_column(column, "has \"bounds\" that are no [xmin, ymin, xmax, ymax]");
	return bounds;
}

static void
parse_from(ColumnSpec *spec, const JsonbValue *value)
{
	JsonbContainer *array;

	if (value->type != jbvBinary)
	{
		spec->nfields = 1;
		spec->fields = palloc(sizeof(ColumnField));
		parse_field(spec->name, value, spec->fields);
		return;
	}
	array = value->val.binary.data;
	if (!JsonContainerIsArray(array) || JsonContainerSize(array) == 0)
		bad_column(spec->name, "has a \"from\" that names no field");
	spec->nfields = JsonContainerSize(array);
	spec->fields = palloc(sizeof(ColumnField) * spec->nfields);
	for (int i = 0; i < spec->nfields; i++)
		parse_field(spec->name, getIthJsonbValueFromContainer(array, i), &spec->fields[i]);
}

/* One column given as an object. */
static void
parse_object(ColumnSpec *spec, JsonbContainer *object)
{
	static const char *const keys[] = {"from", "format", "time_zone", "srid", "transform", "bounds"};
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;

	(void) JsonbIteratorNext(&it, &value, true);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_END_OBJECT)
	{
		char	   *key;

		Assert(token == WJB_KEY);
		key = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&it, &value, true);
		if (strcmp(key, "from") == 0)
			parse_from(spec, &value);
		else if (strcmp(key, "format") == 0)
			spec->format = time_format_parse(spec->name, parse_string(spec->name, key, &value));
		else if (strcmp(key, "time_zone") == 0)
			spec->time_zone = parse_string(spec->name, key, &value);
		else if (strcmp(key, "srid") == 0)
			spec->srid = parse_srid(spec->name, key, &value);
		else if (strcmp(key, "transform") == 0)
			spec->transform = parse_srid(spec->name, key, &value);
		else if (strcmp(key, "bounds") == 0)
			spec->bounds = parse_bounds(spec->name, &value);
		else
		{
			const char *nearest = nearest_name(key, keys, lengthof(keys));

			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"columns\": \"%s\" has an unknown key \"%s\"", spec->name, key),
					 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
					 errhint("There are \"from\", \"format\", \"time_zone\", \"srid\", \"transform\" and \"bounds\".")));
		}
	}
	if (spec->nfields == 0)
		bad_column(spec->name, "has no \"from\"");
}

ColumnSpecs
columns_parse(Jsonb *columns)
{
	ColumnSpecs result = {0};
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (columns == NULL)
		return result;
	if (!JB_ROOT_IS_OBJECT(columns) || JB_ROOT_COUNT(columns) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"columns\" must be an object keyed by the table's columns"),
				 errhint(COLUMNS_HINT)));
	result.specs = palloc0(sizeof(ColumnSpec) * JB_ROOT_COUNT(columns));
	it = JsonbIteratorInit(&columns->root);
	(void) JsonbIteratorNext(&it, &value, true);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_END_OBJECT)
	{
		ColumnSpec *spec = &result.specs[result.n++];

		Assert(token == WJB_KEY);
		spec->name = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&it, &value, true);
		if (value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			parse_object(spec, value.val.binary.data);
		else
			parse_from(spec, &value);
	}
	return result;
}

/* ----------
 * The header
 * ----------
 */
CsvHeader
csv_header(CsvReader *reader)
{
	CsvHeader	header;
	CsvRecord	record;

	if (!csv_next(reader, &record))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("there is no header line: the content is empty"),
				 errhint("The first line names the fields; load_csv does without by header => false.")));
	if (record.problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the header in line %lld cannot be read: %s",
						(long long) record.line, record.problem)));
	header.nfields = record.nfields;
	header.names = palloc(sizeof(char *) * record.nfields);
	for (int i = 0; i < record.nfields; i++)
	{
		const char *name = record.text + record.starts[i];
		int			len;

		while (*name == ' ' || *name == '\t')
			name++;
		len = strlen(name);
		while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
			len--;
		header.names[i] = pnstrdup(name, len);
		for (int j = 0; j < i && len > 0; j++)
			if (strcmp(header.names[i], header.names[j]) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("the header has \"%s\" twice, as fields %d and %d",
								header.names[i], j + 1, i + 1),
						 errhint("Rename one of them, or read with header => false and give fields by number.")));
	}
	return header;
}

bool
delimiter_seems_wrong(const CsvHeader *header)
{
	return header->nfields == 1 && strpbrk(header->names[0], ";\t|,") != NULL;
}

int
delimiter_hint(const CsvHeader *header)
{
	switch (delimiter_seems_wrong(header) ? *strpbrk(header->names[0], ";\t|,") : 0)
	{
		case ';':
			return errhint("The header seems to be cut by semicolons: delimiter => ';'.");
		case '\t':
			return errhint("The header seems to be cut by tabs: delimiter => E'\\t'.");
		case '|':
			return errhint("The header seems to be cut by bars: delimiter => '|'.");
		case ',':
			return errhint("The header seems to be cut by commas: delimiter => ','.");
	}
	return 0;
}

/* The field of a name: as it stands, or else in the other case; -1 when none. */
static int
find_field(const CsvHeader *header, const char *name)
{
	int			found = -1;

	for (int i = 0; i < header->nfields; i++)
		if (strcmp(header->names[i], name) == 0)
			return i;
	for (int i = 0; i < header->nfields; i++)
	{
		if (pg_strcasecmp(header->names[i], name) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("\"%s\" could be field \"%s\" or \"%s\" of the header",
							name, header->names[found], header->names[i]),
					 errhint("Give it in argument \"columns\" as the header spells it.")));
		found = i;
	}
	return found;
}

void
columns_find(ColumnSpecs *specs, const CsvHeader *header)
{
	for (int i = 0; i < specs->n; i++)
		for (int f = 0; f < specs->specs[i].nfields; f++)
		{
			ColumnSpec *spec = &specs->specs[i];
			ColumnField *field = &spec->fields[f];

			if (field->name == NULL)
			{
				if (header->nfields >= 0 && field->position >= header->nfields)
					bad_column(spec->name, psprintf("takes field number %d, and there are %d",
													field->position + 1, header->nfields));
				continue;
			}
			if (header->names == NULL)
				bad_column(spec->name, psprintf("takes field \"%s\" by name, and there is no header",
												field->name));
			field->position = find_field(header, field->name);
			if (field->position < 0)
			{
				const char *nearest = nearest_name(field->name,
													  (const char *const *) header->names,
													  header->nfields);
				StringInfoData names;

				initStringInfo(&names);
				for (int j = 0; j < header->nfields; j++)
					appendStringInfo(&names, "%s%s", j > 0 ? ", " : "", header->names[j]);
				ereport(ERROR,
						(errcode(ERRCODE_UNDEFINED_COLUMN),
						 errmsg("argument \"columns\": \"%s\" takes field \"%s\", which the header does not have",
								spec->name, field->name),
						 errdetail("It has: %s.", names.data),
						 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
						 delimiter_hint(header)));
			}
		}
}

/* Can the table's column be given a value? */
static bool
is_assignable(Form_pg_attribute attr)
{
	return !attr->attisdropped && attr->attgenerated == '\0' &&
		attr->attidentity != ATTRIBUTE_IDENTITY_ALWAYS;
}

static void
add_spec(ColumnSpecs *specs, const char *name, int position)
{
	ColumnSpec *spec = &specs->specs[specs->n++];

	spec->name = pstrdup(name);
	spec->nfields = 1;
	spec->fields = palloc0(sizeof(ColumnField));
	spec->fields[0].position = position;
}

/* Can a field be found by the name that its column has? */
static bool
names_column(const char *name)
{
	return *name != '\0' && strlen(name) < NAMEDATALEN && SystemAttributeByName(name) == NULL;
}

/*
 * A name that none of them has: the given one, or with a number, from *number on,
 * which becomes the next to try for another field of that name.
 */
static char *
free_name(const ColumnSpecs *specs, const char *wanted, int *number)
{
	char	   *name = pstrdup(wanted);

	for (;; (*number)++)
	{
		bool		taken = SystemAttributeByName(name) != NULL;
		char		suffix[16];

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < specs->n && !taken; i++)
			taken = specs->specs[i].name != NULL && strcmp(specs->specs[i].name, name) == 0;
		if (!taken)
			return name;
		pfree(name);
		snprintf(suffix, sizeof(suffix), "_%d", *number);
		name = psprintf("%.*s%s",
						pg_mbcliplen(wanted, strlen(wanted), NAMEDATALEN - 1 - strlen(suffix)),
						wanted, suffix);
	}
}

ColumnSpecs
columns_of_header(const CsvHeader *header)
{
	ColumnSpecs specs;
	const char *last = "";		/* name that was taken, and the next number for it */
	int			number = 2;

	specs.n = header->nfields;
	specs.specs = palloc0(sizeof(ColumnSpec) * header->nfields);
	/* those that have one first, so that no other takes it */
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < header->nfields; i++)
		{
			ColumnSpec *spec = &specs.specs[i];
			char	   *name = header->names[i];
			bool		alone = true;

			CHECK_FOR_INTERRUPTS();
			for (int j = 0; j < header->nfields && alone; j++)
				alone = j == i || pg_strcasecmp(name, header->names[j]) != 0;
			if (alone)
				name = downcase_identifier(name, strlen(name), false, false);
			if (names_column(name) != (pass == 0))
				continue;
			if (*name == '\0')
				name = psprintf("column_%d", i + 1);
			name = pnstrdup(name, pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1));
			if (pass == 1 && strcmp(name, last) != 0)
			{
				last = name;
				number = 2;
			}
			spec->name = pass == 0 ? name : free_name(&specs, name, &number);
			spec->nfields = 1;
			spec->fields = palloc0(sizeof(ColumnField));
			spec->fields[0].position = i;
		}
	return specs;
}

/* The field that was given that name for its column; -1 when none. */
static int
find_renamed(const CsvHeader *header, const ColumnSpecs *named, const char *name)
{
	for (int i = 0; i < header->nfields; i++)
		if (strcmp(named->specs[i].name, name) == 0)
			return i;
	return -1;
}

ColumnSpecs
columns_by_name(const CsvHeader *header, Relation target)
{
	TupleDesc	desc = RelationGetDescr(target);
	ColumnSpecs named = columns_of_header(header);
	ColumnSpecs result = {0};

	result.specs = palloc0(sizeof(ColumnSpec) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		int			position;

		if (!is_assignable(attr))
			continue;
		position = find_field(header, NameStr(attr->attname));
		if (position < 0)
			position = find_renamed(header, &named, NameStr(attr->attname));
		if (position >= 0)
			add_spec(&result, NameStr(attr->attname), position);
	}
	if (result.n == 0)
	{
		StringInfoData names;

		initStringInfo(&names);
		for (int j = 0; j < header->nfields; j++)
			appendStringInfo(&names, "%s%s", j > 0 ? ", " : "", header->names[j]);
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("no field of the header has the name of a column of \"%s\"",
						RelationGetRelationName(target)),
				 errdetail("The header has: %s.", names.data),
				 header->nfields > 1 ?
				 errhint("Say with argument \"columns\" what goes where.") :
				 errhint("Say with argument \"columns\" what goes where, and check the delimiter."),
				 delimiter_hint(header)));
	}
	return result;
}

ColumnSpecs
columns_of_table(Relation target)
{
	TupleDesc	desc = RelationGetDescr(target);
	ColumnSpecs result = {0};

	result.specs = palloc0(sizeof(ColumnSpec) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
		if (is_assignable(TupleDescAttr(desc, i)))
			add_spec(&result, NameStr(TupleDescAttr(desc, i)->attname), result.n);
	return result;
}

void
columns_notice_ignored(const ColumnSpecs *specs, const CsvHeader *header)
{
	StringInfoData ignored;

	initStringInfo(&ignored);
	for (int i = 0; i < header->nfields; i++)
	{
		bool		used = false;

		for (int s = 0; s < specs->n && !used; s++)
			for (int f = 0; f < specs->specs[s].nfields && !used; f++)
				used = specs->specs[s].fields[f].position == i;
		if (!used)
			appendStringInfo(&ignored, *header->names[i] != '\0' ? "%s\"%s\"" : "%s%s, without a name",
							 ignored.len > 0 ? ", " : "",
							 *header->names[i] != '\0' ? header->names[i] : psprintf("number %d", i + 1));
	}
	if (ignored.len > 0)
		ereport(NOTICE,
				(errmsg("fields of the header that go to no column are ignored: %s", ignored.data)));
}

/* ----------
 * The types
 * ----------
 */
static void
resolve_time(Column *column)
{
	ColumnSpec *spec = column->spec;
	bool		zoned = column->base_type == TIMESTAMPTZOID;

	if (!zoned && column->base_type != TIMESTAMPOID && column->base_type != DATEOID &&
		column->base_type != TIMEOID)
		bad_column(spec->name, psprintf("has a format or a time zone, and is of type %s",
										format_type_be(column->type)));
	if (spec->time_zone != NULL)
	{
		if (!zoned)
			bad_column(spec->name, psprintf("has a time zone, which needs type timestamptz and not %s",
											format_type_be(column->type)));
		column->zone = pg_tzset(spec->time_zone);
		if (column->zone == NULL || !pg_tz_acceptable(column->zone))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("time zone \"%s\" not recognized", spec->time_zone),
					 errhint("SELECT name FROM pg_timezone_names lists them.")));
	}
	if (spec->format != NULL)
	{
		time_format_require(spec->name, spec->format, column->base_type);
		column->format = spec->format;
		/* without a zone of its own a local time stays what it is */
		if (!zoned)
			column->zone = pg_tzset("GMT");
		/* INSERT rounds to the column's precision, and checks a domain */
		column->batch_type = column->base_type;
		column->batch_typmod = -1;
	}
}

static void
resolve_place(Column *column)
{
	ColumnSpec *spec = column->spec;
	Oid			geometry = postgis_type("geometry");
	Oid			args[3] = {geometry, INT4OID, BOOLOID};
	Oid			typmod_arg = INT4OID;
	Oid			box3d = postgis_type("box3d");
	static const char *const sides[] = {"st_xmin", "st_ymin", "st_xmax", "st_ymax"};
	int32		own = 0;		/* SRID of the column */
	SridInfo	info;

	if (column->base_type == postgis_type("geography") && OidIsValid(column->base_type))
	{
		column->geography = true;
		own = 4326;
		if (spec->nfields != 2)
			bad_column(spec->name, "is of type geography, which comes from two numbers, as in \"from\": [\"lon\", \"lat\"]");
	}
	else if (column->base_type != geometry || !OidIsValid(geometry))
		bad_column(spec->name, psprintf("has an SRID or bounds, and is of type %s",
										format_type_be(column->type)));
	if (spec->nfields > 2)
		bad_column(spec->name, "is a place, which comes from two numbers or one text");

	column->kind = spec->nfields == 2 ? COLUMN_POINT : COLUMN_SHAPE;
	if (column->type != column->base_type)
	{
		Oid			input;

		/* INSERT makes the domain of it, and checks it */
		column->batch_type = getBaseTypeAndTypmod(column->type, &column->typmod);
		column->batch_typmod = column->typmod;
		getTypeInputInfo(column->base_type, &input, &column->io_param);
		fmgr_info(input, &column->input);
	}
	if (!column->geography && column->typmod >= 0)
		own = DatumGetInt32(OidFunctionCall1(postgis_function("postgis_typmod_srid", 1, &typmod_arg),
											 Int32GetDatum(column->typmod)));
	if (column->typmod >= 0)
		column->multi = pg_strncasecmp(TextDatumGetCString(OidFunctionCall1(
			postgis_function("postgis_typmod_type", 1, &typmod_arg), Int32GetDatum(column->typmod))),
									   "Multi", strlen("Multi")) == 0;
	column->srid = spec->srid > 0 ? spec->srid : own;
	column->transform = spec->transform > 0 ? spec->transform : own;
	if (column->transform > 0 && column->srid == 0)
		bad_column(spec->name, "has a \"transform\" and no \"srid\" to transform from");
	if (own > 0 && column->transform != own)
		bad_column(spec->name, psprintf("is transformed to SRID %d, and the column's is %d",
										column->transform, own));
	if (column->transform == column->srid)
		column->transform = 0;

	column->maker = point_maker_create(CurrentMemoryContext);
	fmgr_info(postgis_function("st_srid", 1, args), &column->st_srid);
	fmgr_info(postgis_function("st_multi", 1, args), &column->st_multi);
	fmgr_info(postgis_function("geometry", 3, args), &column->with_typmod);
	fmgr_info(postgis_function("box3d", 1, args), &column->box3d);
	for (int i = 0; i < lengthof(sides); i++)
		fmgr_info(postgis_function(sides[i], 1, &box3d), &column->side[i]);
	fmgr_info(postgis_function("st_transform", 2, args), &column->st_transform);
	if (column->transform > 0 && !(srid_info(column->srid).known && srid_info(column->transform).known))
		bad_column(spec->name, psprintf("cannot be transformed from SRID %d to %d: spatial_ref_sys does not have both",
										column->srid, column->transform));
	if (column->transform > 0)
		postgis_learn_transform(&column->st_transform, column->srid, column->transform);
	if (column->geography)
	{
		fmgr_info(postgis_function("geography", 1, args), &column->to_geography);
		column->batch_typmod = -1;
	}

	info = srid_info(column->srid);
	column->degrees = info.known ? info.geographic : column->srid == 4326;
	column->bounds = spec->bounds;
	if (info.known)
		column->places = load_places_create(column->name, column->srid,
											column->transform > 0 ? column->transform : column->srid);
}

Column *
columns_resolve(ColumnSpecs *specs, Relation target)
{
	TupleDesc	desc = RelationGetDescr(target);
	Column	   *columns = palloc0(sizeof(Column) * specs->n);
	Oid			geometry = postgis_type("geometry");
	Oid			geography = postgis_type("geography");

	for (int i = 0; i < specs->n; i++)
	{
		Column	   *column = &columns[i];
		ColumnSpec *spec = &specs->specs[i];
		Form_pg_attribute attr = NULL;
		Oid			input;

		for (int a = 0; a < desc->natts && attr == NULL; a++)
			if (!TupleDescAttr(desc, a)->attisdropped &&
				strcmp(NameStr(TupleDescAttr(desc, a)->attname), spec->name) == 0)
				attr = TupleDescAttr(desc, a);
		if (attr == NULL)
		{
			const char **names = palloc(sizeof(char *) * Max(desc->natts, 1));
			const char *nearest;
			int			n = 0;

			for (int a = 0; a < desc->natts; a++)
				if (!TupleDescAttr(desc, a)->attisdropped)
					names[n++] = NameStr(TupleDescAttr(desc, a)->attname);
			nearest = nearest_name(spec->name, names, n);
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("argument \"columns\": table \"%s\" has no column \"%s\"",
							RelationGetRelationName(target), spec->name),
					 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
					 errhint("The keys of \"columns\" are the table's columns, the values say where they come from.")));
		}
		column->spec = spec;
		column->name = spec->name;
		column->context = CurrentMemoryContext;
		column->type = column->batch_type = attr->atttypid;
		column->typmod = column->batch_typmod = column->attribute_typmod = attr->atttypmod;
		column->base_type = getBaseType(attr->atttypid);
		getTypeInputInfo(column->type, &input, &column->io_param);
		fmgr_info(input, &column->input);

		if (spec->srid > 0 || spec->transform > 0 || spec->bounds != NULL ||
			(column->base_type == geometry && OidIsValid(geometry)) ||
			(column->base_type == geography && OidIsValid(geography) && spec->nfields > 1))
			resolve_place(column);
		if (spec->format != NULL || spec->time_zone != NULL)
			resolve_time(column);
	}
	return columns;
}
