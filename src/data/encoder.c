/*
 * encoder.c
 *		Rows and JSON objects into numbers, by the schema of a model.
 */
#include "data/schema.h"

#include <math.h>

#include "data/coder.h"
#include "data/rowtype.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

struct RowEncoder
{
	MemoryContext context;
	const Schema *schema;
	pg_tz	   *zone;
	Coder	   *coder;			/* one an input, used by categories */
	PointReader **points;		/* one an input, made when needed */
	PointReader *text_points;	/* of points given as text */
	FmgrInfo	geometry_in;	/* PostGIS keeps what it looked up in here */
	Oid			geometry_ioparam;
	Dictionary	names;			/* of the inputs, for JSON */
	RowShape	shape;
	bool		bound;			/* leaf is for this shape */
	int		   *leaf;			/* of each input */
	const char *exposure_column;	/* NULL: none */
	int			exposure_leaf;	/* -1: the shape has none */
	double		exposure;		/* of the last row */
};

/* An encoder; the schema is the caller's and must live as long. */
RowEncoder *
encoder_create(MemoryContext context, const Schema *schema)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	RowEncoder *encoder = palloc0(sizeof(RowEncoder));

	encoder->context = context;
	encoder->schema = schema;
	if (schema->time_zone[0] != '\0')
	{
		encoder->zone = pg_tzset(schema->time_zone);
		if (encoder->zone == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the model's time zone \"%s\" is not known here", schema->time_zone),
					 errhint("Bring the server's time zone data up to date.")));
	}
	encoder->coder = crimeml_array(Coder, schema->ninputs);
	encoder->points = crimeml_array(PointReader *, schema->ninputs);
	encoder->leaf = crimeml_array(int, schema->ninputs);
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaFeature *feature = &schema->feature[schema->input[i].first];

		if (feature->is_category)
			coder_init(&encoder->coder[i], context, feature->level, feature->levels);
	}
	encoder->exposure = 1;
	MemoryContextSwitchTo(old);
	return encoder;
}

void
encoder_set_exposure(RowEncoder *encoder, const char *column)
{
	encoder->exposure_column = column;
}

double
encoder_exposure(const RowEncoder *encoder)
{
	return encoder->exposure;
}

/* Take an exposure that is there. */
static void
encode_exposure(RowEncoder *encoder, ValueForm form, Datum value)
{
	encoder->exposure = value_number(form, value, encoder->exposure_column);
	if (encoder->exposure < EXPOSURE_LEAST || encoder->exposure > EXPOSURE_GREATEST)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the exposure \"%s\" of a row is %g",
						text_from_utf8(encoder->exposure_column), encoder->exposure),
				 errhint("An exposure is from %g to %g. Without the column the rate for 1 is predicted.",
						 EXPOSURE_LEAST, EXPOSURE_GREATEST)));
}

/* The type of a column does not fit. */
pg_noreturn static void
wrong_kind(const SchemaInput *input, const char *found)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("feature \"%s\" must be %s, not %s",
					text_from_utf8(input->name), input_kind_name(input->kind), found),
			 input->kind == INPUT_POINT ?
			 errhint("Give a geometry; in JSON a GeoJSON geometry, {\"x\": ..., \"y\": ...} or WKT.") :
			 errhint("Cast it to what the model was trained on.")));
}

pg_noreturn static void
missing_input(const Schema *schema, const SchemaInput *input)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("feature \"%s\" is missing", text_from_utf8(input->name)),
			 errdetail("The model takes: %s.", schema_input_names(schema)),
			 errhint("Give it by that name; NULL says that it is not known.")));
}

/* Find the input's column by name. */
static int
find_leaf(const RowShape *shape, const SchemaInput *input)
{
	int			found = -1;

	for (int i = 0; i < shape->nleaves; i++)
		if (strcmp(shape->leaf[i].name, input->name) == 0)
		{
			if (found >= 0)
				ereport(ERROR,
						(errcode(ERRCODE_AMBIGUOUS_COLUMN),
						 errmsg("the row has feature \"%s\" twice",
								text_from_utf8(input->name)),
						 errhint("Give one of them another name with AS.")));
			found = i;
		}
	return found;
}

/* Find the column of the exposure, where the row has one. */
static void
bind_exposure(RowEncoder *encoder)
{
	const RowShape *shape = &encoder->shape;

	encoder->exposure_leaf = -1;
	for (int i = 0; encoder->exposure_column != NULL && i < shape->nleaves; i++)
	{
		if (strcmp(shape->leaf[i].name, encoder->exposure_column) != 0)
			continue;
		/* by position the columns may be the features alone */
		if (shape->anonymous && shape->nleaves == encoder->schema->ninputs)
			continue;
		if (input_kind(shape->leaf[i].form) != INPUT_NUMBER)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the exposure \"%s\" must be a number, not %s",
							text_from_utf8(encoder->exposure_column),
							format_type_be(shape->leaf[i].type))));
		encoder->exposure_leaf = i;
	}
}

/* Match the inputs with the columns of the shape. */
static void
encoder_bind(RowEncoder *encoder)
{
	const Schema *schema = encoder->schema;
	const RowShape *shape = &encoder->shape;
	int			exposures;

	encoder->bound = false;
	bind_exposure(encoder);
	exposures = encoder->exposure_leaf >= 0;
	if (shape->anonymous && shape->nleaves != schema->ninputs + exposures)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("a row of %d columns was given, and the model takes %d",
						shape->nleaves, schema->ninputs),
				 errdetail("The model takes: %s.", schema_input_names(schema)),
				 errhint("ROW(...) is matched by position, a row with column names by name.")));
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];
		int			found = !shape->anonymous ? find_leaf(shape, input) :
			exposures && i >= encoder->exposure_leaf ? i + 1 : i;
		const RowLeaf *leaf;

		if (found < 0)
			missing_input(schema, input);
		leaf = &shape->leaf[found];
		if (leaf->form != FORM_LITERAL && input_kind(leaf->form) != input->kind)
			wrong_kind(input, format_type_be(leaf->type));
		encoder->leaf[i] = found;
	}
	encoder->bound = true;
}

/* The reader of a point input, which holds it to the SRID of training. */
static PointReader *
encoder_points(RowEncoder *encoder, int input)
{
	if (encoder->points[input] == NULL)
	{
		encoder->points[input] = point_reader_create(encoder->context);
		encoder->points[input]->srid = encoder->schema->input[input].srid;
	}
	return encoder->points[input];
}

/* The numbers of one value that is there. */
static inline void
encode_value(RowEncoder *encoder, int i, ValueForm form, Datum value, double *out)
{
	const SchemaInput *input = &encoder->schema->input[i];
	int32		code;

	switch (input->kind)
	{
		case INPUT_NUMBER:
		case INPUT_BOOLEAN:
			*out = value_number(form, value, input->name);
			break;
		case INPUT_CATEGORY:
			code = coder_code(&encoder->coder[i], form, value);
			*out = code < 0 ? missing_number() : code;
			break;
		case INPUT_POINT:
			value_point(encoder_points(encoder, i), value, input->name, out);
			break;
		case INPUT_TIMESTAMPTZ:
		case INPUT_TIMESTAMP:
		case INPUT_DATE:
			value_time(input->kind, value, encoder->zone, out);
			break;
	}
}

/* A value that is not known. */
static inline void
encode_missing(const SchemaInput *input, double *out)
{
	for (int j = 0; j < input->count; j++)
		out[j] = missing_number();
}

/* How many digits there are. */
static int
count_digits(const char *text)
{
	return (int) strspn(text, "0123456789");
}

/*
 * Does the text begin with a date as ISO 8601 writes it, which every DateStyle
 * reads alike?  rest is what follows it: nothing, or a time.
 */
static bool
iso_date(const char *text, const char **rest)
{
	int			year = count_digits(text);
	const char *month = text + year + 1;
	const char *day = month + 3;

	if (year < 4 || month[-1] != '-' || count_digits(month) != 2 || day[-1] != '-' ||
		count_digits(day) != 2 || (day[2] != '\0' && day[2] != ' ' && day[2] != 'T'))
		return false;
	*rest = day + 2;
	return atoi(month) >= 1 && atoi(month) <= 12 && atoi(day) >= 1 && atoi(day) <= 31;
}

/*
 * What the session's settings could change is refused, and so is a zone that
 * would be passed over.
 */
static void
check_time_text(const SchemaInput *input, const char *text)
{
	const char *what = input->kind == INPUT_DATE ? "a date" : "a time";
	const char *rest;

	if (strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0)
		return;
	if (!iso_date(text, &rest))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("feature \"%s\" must be %s in ISO 8601, not \"%s\"",
						text_from_utf8(input->name), what, text),
				 errhint("Year, month and day, then the time: 2024-12-13 23:30.")));
	if (input->kind != INPUT_TIMESTAMPTZ && rest[strspn(rest, "0123456789:. T")] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("feature \"%s\" must be %s without a time zone, not \"%s\"",
						text_from_utf8(input->name), what, text),
				 errhint("The model was trained on local times: give the time as the clock there showed it.")));
}

/* Which feature an error of PostgreSQL's own is about. */
static void
time_context(void *input)
{
	errcontext("feature \"%s\"", text_from_utf8(((const SchemaInput *) input)->name));
}

/* A time without a zone of its own is in the zone of the model. */
static Datum
read_timestamptz(const char *text, pg_tz *zone)
{
	pg_tz	   *session = session_timezone;
	Datum		result;

	PG_TRY();
	{
		session_timezone = zone;
		result = DirectFunctionCall3(timestamptz_in, CStringGetDatum(text),
									 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	}
	PG_FINALLY();
	{
		session_timezone = session;
	}
	PG_END_TRY();
	return result;
}

/*
 * WKT, or what else PostGIS reads.  Where the text has no SRID it has this
 * one (-1 fits any).
 */
static void
encode_point_text(RowEncoder *encoder, int i, char *text, int32 srid, double *out)
{
	const SchemaInput *input = &encoder->schema->input[i];
	PointReader *reader = encoder->text_points;
	Datum		value;

	if (reader == NULL)
	{
		Oid			function;

		reader = point_reader_create(encoder->context);
		getTypeInputInfo(reader->geometry, &function, &encoder->geometry_ioparam);
		fmgr_info_cxt(function, &encoder->geometry_in, encoder->context);
		encoder->text_points = reader;
	}
	value = InputFunctionCall(&encoder->geometry_in, text, encoder->geometry_ioparam, -1);
	reader->srid = -1;
	value_point(reader, value, input->name, out);
	if (reader->srid > 0)
		srid = reader->srid;
	if (srid >= 0 && input->srid >= 0 && srid != input->srid)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("point \"%s\" has SRID %d, and the model was trained on SRID %d",
						text_from_utf8(input->name), srid, input->srid),
				 errhint("Bring it into that with ST_Transform.")));
}

/* A time given as text. */
static void
encode_time_text(RowEncoder *encoder, const SchemaInput *input, char *text, double *out)
{
	ErrorContextCallback callback;
	Datum		value = CStringGetDatum(text);

	check_time_text(input, text);
	callback.callback = time_context;
	callback.arg = unconstify(SchemaInput *, input);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	if (input->kind == INPUT_TIMESTAMPTZ)
		value = read_timestamptz(text, encoder->zone);
	else if (input->kind == INPUT_TIMESTAMP)
		value = DirectFunctionCall3(timestamp_in, value,
									ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	else
		value = DirectFunctionCall1(date_in, value);
	error_context_stack = callback.previous;
	value_time(input->kind, value, encoder->zone, out);
}

/* A value given as text: a string of JSON, or a literal without a type. */
static void
encode_text(RowEncoder *encoder, int i, char *text, double *out)
{
	const SchemaInput *input = &encoder->schema->input[i];

	switch (input->kind)
	{
		case INPUT_NUMBER:
		case INPUT_BOOLEAN:
			wrong_kind(input, "text");
			break;
		case INPUT_CATEGORY:
			encode_value(encoder, i, FORM_LITERAL, CStringGetDatum(text), out);
			break;
		case INPUT_POINT:
			encode_point_text(encoder, i, text, -1, out);
			break;
		case INPUT_TIMESTAMPTZ:
		case INPUT_TIMESTAMP:
		case INPUT_DATE:
			encode_time_text(encoder, input, text, out);
			break;
	}
}

/* The row that the shape holds. */
static void
encode_shape(RowEncoder *encoder, bool changed, double *row)
{
	const Schema *schema = encoder->schema;

	if (changed || !encoder->bound)
		encoder_bind(encoder);
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];
		const RowLeaf *leaf = &encoder->shape.leaf[encoder->leaf[i]];
		double	   *out = row + input->first;
		Datum		value;

		if (!row_value(&encoder->shape, leaf, &value))
			encode_missing(input, out);
		else if (leaf->form == FORM_LITERAL)
			encode_text(encoder, i, DatumGetCString(value), out);
		else
			encode_value(encoder, i, leaf->form, value, out);
	}
	if (encoder->exposure_leaf >= 0)
	{
		const RowLeaf *leaf = &encoder->shape.leaf[encoder->exposure_leaf];
		Datum		value;

		encoder->exposure = missing_number();
		if (row_value(&encoder->shape, leaf, &value))
			encode_exposure(encoder, leaf->form, value);
	}
	else
		encoder->exposure = 1;
}

void
encode_record(RowEncoder *encoder, HeapTupleHeader record, double *row)
{
	bool		changed = row_read_record(&encoder->shape, encoder->context, record);

	encode_shape(encoder, changed, row);
}

void
encode_columns(RowEncoder *encoder, TupleDesc desc, const Datum *values,
			   const bool *isnull, double *row)
{
	bool		changed = row_read_columns(&encoder->shape, encoder->context,
										   desc, values, isnull);

	encode_shape(encoder, changed, row);
}

/* A coordinate of {"x": ..., "y": ...}; false when it is null. */
static bool
json_coordinate(JsonbContainer *object, const char *key, const SchemaInput *input, double *out)
{
	JsonbValue	buffer;
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, strlen(key), &buffer);

	if (value == NULL)
		wrong_kind(input, "an object without x, y or type");
	if (value->type == jbvNull)
		return false;
	if (value->type != jbvNumeric)
		wrong_kind(input, "an object whose x or y is no number");
	*out = value_number(FORM_NUMERIC, NumericGetDatum(value->val.numeric), input->name);
	return true;
}

/* GeoJSON, or an object of x and y. */
static void
encode_json_point(RowEncoder *encoder, int i, JsonbContainer *object, double *out)
{
	const SchemaInput *input = &encoder->schema->input[i];
	JsonbValue	buffer;

	if (getKeyJsonValueFromContainer(object, "type", 4, &buffer) != NULL)
	{
		/* by its standard, longitude and latitude where it does not say */
		bool		says = getKeyJsonValueFromContainer(object, "crs", 3, &buffer) != NULL;

		encode_point_text(encoder, i, JsonbToCString(NULL, object, -1),
						  says || input->srid == 0 ? -1 : 4326, out);
	}
	else if (!json_coordinate(object, "x", input, &out[0]) ||
			 !json_coordinate(object, "y", input, &out[1]))
		encode_missing(input, out);
}

/* One value of a JSON object. */
static void
encode_json_value(RowEncoder *encoder, int i, JsonbValue *value, double *out)
{
	const SchemaInput *input = &encoder->schema->input[i];

	switch (value->type)
	{
		case jbvNull:
			encode_missing(input, out);
			break;
		case jbvString:
			encode_text(encoder, i, pnstrdup(value->val.string.val, value->val.string.len), out);
			break;
		case jbvNumeric:
			if (input->kind != INPUT_NUMBER)
				wrong_kind(input, "a number");
			*out = value_number(FORM_NUMERIC, NumericGetDatum(value->val.numeric), input->name);
			break;
		case jbvBool:
			if (input->kind != INPUT_BOOLEAN)
				wrong_kind(input, "boolean");
			*out = value->val.boolean ? 1 : 0;
			break;
		default:
			if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
				wrong_kind(input, "an array");
			if (input->kind != INPUT_POINT)
				wrong_kind(input, "an object");
			encode_json_point(encoder, i, value->val.binary.data, out);
			break;
	}
}

static void
encode_json_exposure(RowEncoder *encoder, const JsonbValue *value)
{
	if (value->type == jbvNumeric)
		encode_exposure(encoder, FORM_NUMERIC, NumericGetDatum(value->val.numeric));
	else if (value->type == jbvNull)
		encoder->exposure = missing_number();
	else
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the exposure \"%s\" must be a number",
						text_from_utf8(encoder->exposure_column))));
}

/* The values of an object whose keys follow prefix, and of those in it. */
static void
encode_json_object(RowEncoder *encoder, JsonbContainer *object, const char *prefix,
				   bool *given, double *row)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *name = NULL;

	check_stack_depth();
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
		{
			char	   *key = pnstrdup(value.val.string.val, value.val.string.len);

			key = text_to_utf8(key, strlen(key));
			name = prefix != NULL ? psprintf("%s_%s", prefix, key) : key;
		}
		else if (token == WJB_VALUE)
		{
			int			i = dictionary_find(&encoder->names, name, strlen(name));

			if (encoder->exposure_column != NULL && strcmp(name, encoder->exposure_column) == 0)
				encode_json_exposure(encoder, &value);
			else if (i >= 0)
			{
				encode_json_value(encoder, i, &value, row + encoder->schema->input[i].first);
				given[i] = true;
			}
			else if (value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
				encode_json_object(encoder, value.val.binary.data, name, given, row);
		}
	}
}

void
encode_jsonb(RowEncoder *encoder, Jsonb *jsonb, double *row)
{
	const Schema *schema = encoder->schema;
	bool	   *given = palloc0(schema->ninputs * sizeof(bool));

	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("features must be a JSON object"),
				 errdetail("The model takes: %s.", schema_input_names(schema)),
				 errhint("Write {\"name\": value, ...}.")));
	if (encoder->names.n == 0)
	{
		dictionary_init(&encoder->names, encoder->context);
		for (int i = 0; i < schema->ninputs; i++)
			dictionary_add(&encoder->names, schema->input[i].name,
						   strlen(schema->input[i].name));
	}
	encoder->exposure = 1;
	encode_json_object(encoder, &jsonb->root, NULL, given, row);
	for (int i = 0; i < schema->ninputs; i++)
		if (!given[i])
			missing_input(schema, &schema->input[i]);
	pfree(given);
}
