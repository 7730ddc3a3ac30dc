/*
 * frame.c
 *		The rows that a training aggregate has seen, by column.
 */
#include "data/frame_store.h"

#include <math.h>

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define FRAME_MAX_ROWS	PG_INT32_MAX
#define FRAME_FIRST_ROWS 64

/* What a label of this form asks for: TASK_..., or 0 when it cannot be one. */
static int
label_task(ValueForm form)
{
	switch (input_kind(form))
	{
		case INPUT_CATEGORY:
		case INPUT_BOOLEAN:
			return TASK_CLASSIFY;
		case INPUT_NUMBER:
			return form == FORM_FLOAT4 || form == FORM_FLOAT8 || form == FORM_NUMERIC ?
				TASK_REGRESS : TASK_CLASSIFY;
		default:
			return 0;
	}
}

Frame *
frame_create(MemoryContext context, Oid label_type, int task, const char *time_zone)
{
	MemoryContext own = AllocSetContextCreate(context, "crimeml frame",
											  ALLOCSET_SMALL_SIZES);
	Frame	   *frame = MemoryContextAllocZero(own, sizeof(Frame));
	int			natural;

	frame->context = own;
	frame->label_type = getBaseType(label_type);
	frame->label_form = value_form(frame->label_type);
	natural = label_task(frame->label_form);
	if (natural == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a label of type %s cannot be used", format_type_be(label_type)),
				 errhint("Text, enum, boolean and integer labels classify; float and numeric ones regress.")));
	if (task == TASK_REGRESS && input_kind(frame->label_form) == INPUT_CATEGORY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a label of type %s is no number", format_type_be(label_type)),
				 errhint("A number is to be predicted. Cast the label to double precision.")));
	frame->task = task != 0 ? task : natural;
	if (time_zone == NULL)
		time_zone = pg_get_timezone_name(session_timezone);
	frame->time_zone = MemoryContextStrdup(own, time_zone);
	frame->zone = pg_tzset(time_zone);
	if (frame->zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"time_zone\": \"%s\" is not a time zone", time_zone),
				 errhint("The names are in the view pg_timezone_names.")));
	coder_init(&frame->label, own, NULL, 0);
	return frame;
}

Frame *
frame_create_like(MemoryContext context, const Frame *other)
{
	Frame	   *frame = frame_create(context, other->label_type, other->task, other->time_zone);

	for (int r = 0; r < FRAME_ROLES; r++)
		if (other->role_name[r] != NULL)
			frame->role_name[r] = MemoryContextStrdup(frame->context, other->role_name[r]);
	return frame;
}

/* Bytes of a row in the arrays. */
static Size
row_bytes(const Frame *frame)
{
	Size		bytes = frame->task == TASK_CLASSIFY ? sizeof(int32) : sizeof(double);

	for (int i = 0; i < frame->schema->nfeatures; i++)
		bytes += frame->schema->feature[i].is_category ? sizeof(int32) : sizeof(double);
	for (int r = 0; r < FRAME_ROLES; r++)
		if (frame_keeps(frame, r))
			bytes += sizeof(double);
	return bytes;
}

/* Bytes of the dictionaries. */
static Size
dictionary_bytes(const Frame *frame)
{
	Size		bytes = coder_bytes(&frame->label);

	for (int i = 0; i < frame->schema->nfeatures; i++)
		if (frame->schema->feature[i].is_category)
			bytes += coder_bytes(&frame->column[i].coder);
	return bytes;
}

Size
frame_memory(const Frame *frame)
{
	Size		finished = 2 * sizeof(uint64) + 2 * sizeof(uint32);

	if (frame->schema == NULL)
		return 0;
	/* finishing hashes and orders the rows, and sorts the codes anew */
	for (int i = 0; i < frame->schema->nfeatures; i++)
		if (frame->schema->feature[i].is_category)
			finished += sizeof(int32);
	if (frame_keeps(frame, ROLE_EXPOSURE))
		finished += sizeof(double);
	return add_size(mul_size(frame->capacity, row_bytes(frame)),
					add_size(mul_size(frame->rows, finished), dictionary_bytes(frame)));
}

int64
frame_rows(const Frame *frame)
{
	return frame->rows;
}

int64
frame_skipped(const Frame *frame)
{
	return frame->skipped;
}

int
frame_task(const Frame *frame)
{
	return frame->task;
}

/* Error when bytes are above the limit. */
static void
check_memory(const Frame *frame, Size bytes, int64 rows)
{
	if (bytes / 1024 > (Size) crimeml_memory_limit)
		crimeml_check_memory(bytes, psprintf("training on %lld rows or more", (long long) rows),
							 "the number of rows (WHERE, TABLESAMPLE) or of features");
}

/* An array of the frame with room for n elements. */
static void *
grow(const Frame *frame, void *array, int64 n, Size size)
{
	if (array != NULL)
		return crimeml_realloc(array, frame->rows, n, size);
	return crimeml_alloc_raw(frame->context, n, size);
}

void
frame_reserve(Frame *frame, int64 rows)
{
	Size		limit = (Size) crimeml_memory_limit * 1024;
	Size		dictionaries = dictionary_bytes(frame);
	Size		width = row_bytes(frame);
	int64		capacity = Max(FRAME_FIRST_ROWS, 2 * frame->capacity);

	if (rows <= frame->capacity)
		return;
	if (rows > FRAME_MAX_ROWS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("training takes at most %d rows", FRAME_MAX_ROWS)));
	check_memory(frame, add_size(mul_size(rows, width), dictionaries), rows);
	/* double, as far as the limit goes */
	if (limit > dictionaries)
		capacity = Min(capacity, (int64) ((limit - dictionaries) / width));
	capacity = Max(capacity, rows);
	if (frame->task == TASK_CLASSIFY)
		frame->label_class = grow(frame, frame->label_class, capacity, sizeof(int32));
	else
		frame->label_value = grow(frame, frame->label_value, capacity, sizeof(double));
	for (int i = 0; i < frame->schema->nfeatures; i++)
	{
		FrameColumn *column = &frame->column[i];

		if (frame->schema->feature[i].is_category)
			column->code = grow(frame, column->code, capacity, sizeof(int32));
		else
			column->number = grow(frame, column->number, capacity, sizeof(double));
	}
	for (int r = 0; r < FRAME_ROLES; r++)
		if (frame_keeps(frame, r))
			frame->role[r] = grow(frame, frame->role[r], capacity, sizeof(double));
	frame->capacity = capacity;
}

void
frame_make_features(Schema *schema)
{
	const char *twice = schema_make_features(schema);

	if (twice != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("there are two features \"%s\"", text_from_utf8(twice)),
				 errhint("Give one of them another name with AS.")));
	if (schema->nfeatures > LEARN_MAX_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("there are %d features, more than %d", schema->nfeatures,
						LEARN_MAX_FEATURES)));
}

void
frame_set_inputs(Frame *frame, Schema *schema)
{
	MemoryContext old = MemoryContextSwitchTo(frame->context);

	if (schema->ninputs == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no features"),
				 errhint("Give a row of columns: LATERAL (SELECT a, b) f, or ROW(a, b).")));
	frame_make_features(schema);
	frame->points = crimeml_array(PointReader *, schema->ninputs);
	frame->leaf = crimeml_array(int, schema->ninputs);
	frame->column = crimeml_array(FrameColumn, schema->nfeatures);
	for (int i = 0; i < schema->nfeatures; i++)
		if (schema->feature[i].is_category)
			coder_init(&frame->column[i].coder, frame->context, NULL, 0);
	schema->time_zone = frame->time_zone;
	frame->schema = schema;
	MemoryContextSwitchTo(old);
}

/* The inputs that a shape gives, in the frame's memory. */
static Schema *
shape_inputs(const Frame *frame, const RowShape *shape)
{
	MemoryContext old = MemoryContextSwitchTo(frame->context);
	Schema	   *schema = palloc0(sizeof(Schema));

	schema->input = crimeml_array(SchemaInput, Max(shape->nleaves, 1));
	for (int i = 0; i < shape->nleaves; i++)
	{
		const RowLeaf *leaf = &shape->leaf[i];
		SchemaInput *input = &schema->input[schema->ninputs];

		if (frame_is_role(frame, i))
			continue;
		schema->ninputs++;
		input->name = pstrdup(leaf->name);
		schema_input_init(input, input_kind(leaf->form));
		if (input->kind == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("feature \"%s\" of type %s cannot be used",
							text_from_utf8(leaf->name), format_type_be(leaf->type)),
					 errhint("Numbers, boolean, text, enum, date, timestamp and point geometry can; leave it out or cast it.")));
	}
	MemoryContextSwitchTo(old);
	return schema;
}

/* A row type that is new: the first one makes the inputs, others must fit. */
static void
frame_bind(Frame *frame)
{
	const RowShape *shape = &frame->shape;
	bool		fits = true;
	int			inputs = 0;

	frame->bound = false;
	frame_bind_roles(frame);
	if (frame->schema == NULL)
		frame_set_inputs(frame, shape_inputs(frame, shape));
	for (int i = 0; fits && i < shape->nleaves; i++)
	{
		const SchemaInput *input = &frame->schema->input[inputs];

		if (frame_is_role(frame, i))
			continue;
		fits = inputs < frame->schema->ninputs && strcmp(shape->leaf[i].name, input->name) == 0 &&
			input_kind(shape->leaf[i].form) == input->kind;
		if (fits)
			frame->leaf[inputs++] = i;
	}
	if (!fits || inputs != frame->schema->ninputs)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the rows do not all have the same features"),
				 errdetail("The first row has: %s.", schema_input_names(frame->schema)),
				 errhint("Give every row the same columns, of the same types.")));
	frame->bound = true;
}

/* The label of the row that is being added. */
static void
add_label(Frame *frame, Datum label)
{
	ValueForm	form = frame->label_form;
	bool		number = input_kind(form) == INPUT_NUMBER;
	double		value = 0;
	int32		class;

	if (frame->task == TASK_REGRESS || label_task(form) == TASK_REGRESS)
	{
		value = value_number(form, label, NULL);
		if (isnan(value))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the label has a value that is not a number (NaN)"),
					 errhint("Make it null: such rows are left out.")));
	}
	if (frame->task == TASK_REGRESS)
	{
		frame->label_value[frame->rows] = value;
		return;
	}
	if (label_task(form) == TASK_REGRESS)
		class = coder_code(&frame->label, FORM_FLOAT8, Float8GetDatum(value));
	else
		class = coder_code(&frame->label, form, label);
	if (class >= LEARN_MAX_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the label has more than %d classes, \"%s\" being one more",
						LEARN_MAX_CLASSES,
						text_from_utf8(frame->label.level.entry[class].text)),
				 number ? errhint("For a quantity use option \"task\": \"regress\".") :
				 errhint("Put the texts into groups: a label has as many classes as there are different texts.")));
	frame->label_class[frame->rows] = class;
}

/* The reader of a point input. */
static PointReader *
frame_points(Frame *frame, int input)
{
	if (frame->points[input] == NULL)
	{
		frame->points[input] = point_reader_create(frame->context);
		frame->points[input]->srid = frame->schema->input[input].srid;
	}
	return frame->points[input];
}

/* The features of the row that is being added. */
static void
add_features(Frame *frame)
{
	const Schema *schema = frame->schema;
	int64		row = frame->rows;

	for (int i = 0; i < schema->ninputs; i++)
	{
		SchemaInput *input = &schema->input[i];
		const RowLeaf *leaf = &frame->shape.leaf[frame->leaf[i]];
		FrameColumn *column = &frame->column[input->first];
		Datum		value;
		bool		known = row_value(&frame->shape, leaf, &value);
		double		out[3];

		switch (input->kind)
		{
			case INPUT_NUMBER:
			case INPUT_BOOLEAN:
				column->number[row] = known ?
					value_number(leaf->form, value, input->name) : missing_number();
				continue;
			case INPUT_CATEGORY:
				column->code[row] = known ?
					coder_code(&column->coder, leaf->form, value) : -1;
				continue;
			case INPUT_POINT:
				if (known)
				{
					value_point(frame_points(frame, i), value, input->name, out);
					input->srid = frame->points[i]->srid;
				}
				break;
			case INPUT_TIMESTAMPTZ:
			case INPUT_TIMESTAMP:
			case INPUT_DATE:
				if (known)
				{
					value_time(input->kind, input->parts, value, frame->zone, out);
					schema_range_time(&input->range, input->kind, value);
				}
				break;
		}
		for (int j = 0; j < input->count; j++)
			column[j].number[row] = known ? out[j] : missing_number();
	}
}

void
frame_add(Frame *frame, Datum label, bool label_isnull, HeapTupleHeader features)
{
	double		role[FRAME_ROLES];

	if (label_isnull)
	{
		frame->skipped++;
		return;
	}
	if (row_read_record(&frame->shape, frame->context, features) || !frame->bound)
		frame_bind(frame);
	if (!frame_read_roles(frame, role))
	{
		frame->skipped++;
		frame->weightless++;
		return;
	}
	if (frame->rows == frame->capacity)
		frame_reserve(frame, frame->rows + 1);
	/* texts grow between the rows */
	if (frame->rows % 4096 == 0)
		check_memory(frame, frame_memory(frame), frame->rows);
	add_label(frame, label);
	add_features(frame);
	for (int r = 0; r < FRAME_ROLES; r++)
		if (frame->role[r] != NULL)
			frame->role[r][frame->rows] = role[r];
	frame->rows++;
}

/* The codes in a of b's texts. */
static int32 *
merge_dictionary(Dictionary *a, const Dictionary *b)
{
	int32	   *map = crimeml_array(int32, b->n + 1);

	for (int32 i = 0; i < b->n; i++)
	{
		map[i] = dictionary_add(a, b->entry[i].text, b->entry[i].len);
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return map;
}

/* Append codes, in the meaning that map gives them. */
static void
append_codes(int32 *to, const int32 *from, int64 n, const int32 *map)
{
	for (int64 i = 0; i < n; i++)
	{
		to[i] = from[i] < 0 ? -1 : map[from[i]];
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* Take over b's inputs, or see that they are the same. */
static void
combine_inputs(Frame *a, const Frame *b)
{
	bool		same;

	if (a->schema == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(a->context);
		Schema	   *schema = palloc0(sizeof(Schema));

		schema->ninputs = b->schema->ninputs;
		schema->input = crimeml_array(SchemaInput, schema->ninputs);
		for (int i = 0; i < schema->ninputs; i++)
		{
			schema->input[i] = b->schema->input[i];
			schema->input[i].name = pstrdup(schema->input[i].name);
		}
		MemoryContextSwitchTo(old);
		frame_set_inputs(a, schema);
		return;
	}
	same = a->schema->ninputs == b->schema->ninputs;
	for (int i = 0; same && i < a->schema->ninputs; i++)
	{
		SchemaInput *mine = &a->schema->input[i];
		const SchemaInput *other = &b->schema->input[i];

		same = strcmp(mine->name, other->name) == 0 && mine->kind == other->kind;
		if (same)
			schema_range_join(&mine->range, &other->range);
		if (!same || other->srid < 0 || mine->srid == other->srid)
			continue;
		if (mine->srid >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("points of SRID %d and of SRID %d cannot be used together",
							mine->srid, other->srid),
					 errhint("Bring them into one with ST_Transform.")));
		mine->srid = other->srid;
		if (a->points[i] != NULL)
			a->points[i]->srid = other->srid;
	}
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the rows do not all have the same features"),
				 errdetail("Some have: %s.  Others have: %s.",
						   schema_input_names(a->schema), schema_input_names(b->schema)),
				 errhint("Give every row the same columns, of the same types.")));
}

void
frame_combine(Frame *a, const Frame *b)
{
	if (a->label_type != b->label_type || a->task != b->task ||
		strcmp(a->time_zone, b->time_zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the rows do not all have the same label type, task and time zone"),
				 errhint("Options must be the same for every row.")));
	a->skipped += b->skipped;
	a->weightless += b->weightless;
	if (b->rows == 0)
		return;
	combine_inputs(a, b);
	frame_reserve(a, a->rows + b->rows);
	for (int r = 0; r < FRAME_ROLES; r++)
		if (a->role[r] != NULL)
			memcpy(a->role[r] + a->rows, b->role[r], b->rows * sizeof(double));
	for (int i = -1; i < a->schema->nfeatures; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i >= 0 && !a->schema->feature[i].is_category)
			crimeml_copy(a->column[i].number + a->rows, b->column[i].number,
						 b->rows * sizeof(double));
		else if (i >= 0)
		{
			int32	   *map = merge_dictionary(&a->column[i].coder.level,
											   &b->column[i].coder.level);

			append_codes(a->column[i].code + a->rows, b->column[i].code, b->rows, map);
			pfree(map);
		}
		else if (a->task == TASK_REGRESS)
			crimeml_copy(a->label_value + a->rows, b->label_value, b->rows * sizeof(double));
		else
		{
			int32	   *map = merge_dictionary(&a->label.level, &b->label.level);

			if (a->label.level.n > LEARN_MAX_CLASSES)
				ereport(ERROR,
						(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						 errmsg("the label has more than %d classes, \"%s\" being one more",
								LEARN_MAX_CLASSES,
								text_from_utf8(a->label.level.entry[LEARN_MAX_CLASSES].text)),
						 errhint("For a quantity use option \"task\": \"regress\"; put texts into groups.")));
			append_codes(a->label_class + a->rows, b->label_class, b->rows, map);
			pfree(map);
		}
	}
	a->rows += b->rows;
	check_memory(a, frame_memory(a), a->rows);
}
