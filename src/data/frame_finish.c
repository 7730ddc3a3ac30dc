/*
 * frame_finish.c
 *		A frame made ready for a learner: dictionaries sorted, rows in their
 *		canonical order, and the checks that need all rows.
 *
 * The canonical order is the order of a 64-bit hash of each row's values.  Rows
 * are distributed into buckets by the high bits of the hash, so that a bucket
 * fits the processor's cache, and each bucket is sorted.  Two rows of the same
 * hash are nearly always two equal rows, whose order does not matter.  Where
 * they are not equal, their values decide.
 */
#include "data/frame_store.h"

#include <math.h>

#include "data/axes.h"
#include "data/points.h"
#include "stat/plain_math.h"

#define LEAK_ROWS	20			/* fewer may equal the label by chance */
#define BLOCK_ROWS	4096		/* hashed at once, within a cache */
#define BUCKET_ROWS 1024		/* sorted at once, about */
#define BUCKET_BITS_MAX 11		/* more places to write to would thrash */

typedef struct HashedRow
{
	uint64		hash;
	uint32		row;
} HashedRow;

#define ST_SORT sort_hashed_rows
#define ST_ELEMENT_TYPE HashedRow
#define ST_COMPARE(a, b) ((a)->hash < (b)->hash ? -1 : (a)->hash > (b)->hash)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Codes in their new meaning. */
static int32 *
map_codes(const int32 *code, int64 rows, const int32 *map)
{
	int32	   *result = crimeml_alloc_raw(CurrentMemoryContext, rows, sizeof(int32));

	for (int64 i = 0; i < rows; i++)
	{
		result[i] = code[i] < 0 ? -1 : map[code[i]];
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return result;
}

/* The range of a number, boolean or point; that of times came with the rows. */
static void
find_range(const Frame *frame, SchemaInput *input)
{
	const FrameColumn *column = &frame->column[input->first];
	int			n = input->kind == INPUT_POINT ? 2 : 1;

	if (input->kind == INPUT_CATEGORY || input_kind_is_time(input->kind))
		return;
	for (int64 row = 0; row < frame->rows; row++)
	{
		double		number[2] = {column[0].number[row], n == 2 ? column[1].number[row] : 0};

		schema_range_numbers(&input->range, number, n);
		if (row % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/*
 * How long x is in units of y.  The mean latitude is one of whole numbers, so
 * that it does not depend on the order of the rows.
 */
static int
find_x_length(const Frame *frame, const SchemaInput *input)
{
	const double *y = frame->column[input->first + 1].number;
	int64		sum = 0;
	int64		n = 0;

	if (!srid_info(input->srid).geographic)
		return X_LENGTH_UNIT;
	for (int64 row = 0; row < frame->rows; row++)
	{
		if (row % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(y[row]))
			continue;
		sum += (int64) rint(Min(Max(y[row], -90), 90) * 1e6);
		n++;
	}
	return degree_x_length(n > 0 ? sum / 1e6 / n : 0);
}

/* Which features an input is to give. */
static void
choose_features(const Frame *frame, const FrameFeatures *wanted, SchemaInput *input)
{
	if (input->kind == INPUT_POINT)
	{
		input->axes = wanted->axes;
		if (input->axes > POINT_AXES_MIN)
			input->x_length = find_x_length(frame, input);
	}
	if (wanted->time_parts == TIME_PARTS_WEEK ||
		(wanted->time_parts == TIME_PARTS_AUTO &&
		 (frame->task == TASK_CLASSIFY || schema_range_days(input) < DOY_DAYS)))
		input->parts &= ~TIME_DOY;
}

/* The turned axes of a point, as columns of their own. */
static void
turn_points(const Frame *frame, const SchemaInput *input, LearnFeature *feature)
{
	double	   *turned[POINT_AXES_MAX];
	double		axis[POINT_AXES_MAX];

	for (int i = POINT_AXES_MIN; i < input->axes; i++)
		feature[i].number = turned[i] =
			crimeml_alloc_raw(CurrentMemoryContext, frame->rows, sizeof(double));
	for (int64 row = 0; row < frame->rows; row++)
	{
		if (row % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		axis[0] = feature[0].number[row];
		axis[1] = feature[1].number[row];
		point_turn_axes(axis, input->axes, input->x_length);
		for (int i = POINT_AXES_MIN; i < input->axes; i++)
			turned[i][row] = axis[i];
	}
}

/* All that the frame holds: the schema with levels and ranges, and the columns. */
static Schema *
finish_held(const Frame *frame, LearnData *held)
{
	const Schema *from = frame->schema;
	Schema	   *schema = palloc(sizeof(Schema));
	LearnFeature *feature = crimeml_array(LearnFeature, from->nfeatures);
	bool		needs_zone = false;

	*schema = *from;
	schema->input = crimeml_array(SchemaInput, from->ninputs);
	schema->feature = crimeml_array(SchemaFeature, from->nfeatures);
	for (int i = 0; i < from->ninputs; i++)
	{
		schema->input[i] = from->input[i];
		find_range(frame, &schema->input[i]);
		needs_zone |= from->input[i].kind == INPUT_TIMESTAMPTZ;
	}
	if (!needs_zone)
		schema->time_zone = pstrdup("");
	for (int i = 0; i < from->nfeatures; i++)
	{
		const FrameColumn *column = &frame->column[i];

		schema->feature[i] = from->feature[i];
		feature[i].is_category = from->feature[i].is_category;
		if (feature[i].is_category)
		{
			int32	   *map;

			schema->feature[i].level = dictionary_sorted(&column->coder.level, &map);
			schema->feature[i].levels = column->coder.level.n;
			feature[i].levels = column->coder.level.n;
			feature[i].code = map_codes(column->code, frame->rows, map);
			pfree(map);
		}
		else
			feature[i].number = column->number;
	}
	held->feature = feature;
	held->features = from->nfeatures;
	return schema;
}

/* The held feature of that name, or -1. */
static int
find_held(const Schema *held_schema, const SchemaInput *input, const char *name)
{
	for (int i = input->first; i < input->first + input->count; i++)
		if (strcmp(held_schema->feature[i].name, name) == 0)
			return i;
	return -1;
}

/* The schema and the features that a learner gets of what is held. */
static void
finish_features(const Frame *frame, const FrameFeatures *wanted, const Schema *held_schema,
				const LearnData *held, FrameData *finished)
{
	Schema	   *schema = palloc(sizeof(Schema));
	LearnFeature *feature;

	*schema = *held_schema;
	schema->input = crimeml_array(SchemaInput, schema->ninputs);
	for (int i = 0; i < schema->ninputs; i++)
	{
		schema->input[i] = held_schema->input[i];
		choose_features(frame, wanted, &schema->input[i]);
	}
	frame_make_features(schema);
	for (int i = 0; i < schema->ninputs; i++)
		if (schema->input[i].kind == INPUT_POINT)
			finished->turned_bytes += mul_size(schema->input[i].axes - POINT_AXES_MIN,
											   mul_size(frame->rows, sizeof(double)));
	crimeml_check_memory(add_size(frame_memory(frame), finished->turned_bytes),
						 psprintf("training on %lld rows", (long long) frame->rows),
						 "option \"axes\" or the number of rows");
	feature = crimeml_array(LearnFeature, schema->nfeatures);
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];

		for (int j = input->first; j < input->first + input->count; j++)
		{
			char	   *name = schema->feature[j].name;
			int			from = find_held(held_schema, &held_schema->input[i], name);

			if (from >= 0)
			{
				schema->feature[j] = held_schema->feature[from];
				feature[j] = held->feature[from];
			}
			feature[j].name = text_from_utf8(name);
		}
		if (input->axes > POINT_AXES_MIN)
			turn_points(frame, input, feature + input->first);
	}
	finished->schema = schema;
	finished->data.feature = feature;
	finished->data.features = schema->nfeatures;
}

/* The classes and the labels. */
static void
finish_label(const Frame *frame, FrameData *finished)
{
	int32	   *map;

	if (frame->task == TASK_REGRESS)
	{
		finished->data.label_value = frame->label_value;
		return;
	}
	finished->class_name = dictionary_sorted(&frame->label.level, &map);
	finished->classes = finished->data.classes = frame->label.level.n;
	finished->data.label_class = map_codes(frame->label_class, frame->rows, map);
	pfree(map);
}

/* Weights, offsets and times. */
static void
finish_roles(const Frame *frame, FrameData *finished)
{
	LearnData  *data = &finished->data;
	double	   *offset;

	data->weight = frame->role[ROLE_WEIGHT];
	data->time = frame->role[ROLE_TIME];
	if (frame->role[ROLE_EXPOSURE] == NULL)
		return;
	data->offset = offset = scratch_array(double, frame->rows);
	for (int64 i = 0; i < frame->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		offset[i] = plain_log(frame->role[ROLE_EXPOSURE][i]);
	}
}

/* Has some feature a value in some row? */
static bool
has_values(const Frame *frame)
{
	for (int i = 0; i < frame->schema->nfeatures; i++)
	{
		const FrameColumn *column = &frame->column[i];

		for (int64 row = 0; row < frame->rows; row++)
		{
			if (frame->schema->feature[i].is_category ? column->code[row] >= 0 :
				!isnan(column->number[row]))
				return true;
			if (row % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
		}
	}
	return false;
}

char *
frame_nothing_to_learn(const Frame *frame)
{
	if (frame->rows == 0 && frame->skipped == 0)
		return pstrdup("there are no rows");
	if (frame->rows == 0 && frame->weightless == frame->skipped)
		return psprintf("the weight is 0 in all of %lld rows", (long long) frame->skipped);
	if (frame->rows == 0 && frame->weightless > 0)
		return psprintf("the label is null or the weight 0 in all of %lld rows",
						(long long) frame->skipped);
	if (frame->rows == 0)
		return psprintf("the label is null in all of %lld rows", (long long) frame->skipped);
	if (frame->task == TASK_CLASSIFY && frame->label.level.n < 2)
		return psprintf("the label has one class only, \"%s\", in %lld rows",
						text_from_utf8(frame->label.level.entry[0].text),
						(long long) frame->rows);
	if (!has_values(frame))
		return psprintf("the features (%s) are null in all of %lld rows",
						schema_input_names(frame->schema), (long long) frame->rows);
	return NULL;
}

/* What a class is as a number: labels may be numbers that classify. */
static double *
class_numbers(const Frame *frame, const FrameData *finished)
{
	double	   *number = crimeml_array(double, finished->classes);

	for (int i = 0; i < finished->classes; i++)
		number[i] = frame->label_form == FORM_BOOL ?
			strcmp(finished->class_name[i], "true") == 0 :
			strtod(finished->class_name[i], NULL);
	return number;
}

/* For each class the level of the feature with the same text, or -2. */
static int32 *
class_levels(const FrameData *finished, const SchemaFeature *feature)
{
	int32	   *code = crimeml_array(int32, finished->classes);
	int32		level = 0;

	for (int i = 0; i < finished->classes; i++)
	{
		while (level < feature->levels &&
			   strcmp(feature->level[level], finished->class_name[i]) < 0)
			level++;
		code[i] = level < feature->levels &&
			strcmp(feature->level[level], finished->class_name[i]) == 0 ? level : -2;
	}
	return code;
}

/* Is the feature the label in this row?  level or number are of the classes. */
static inline bool
is_label(const LearnData *data, const LearnFeature *feature, const int32 *level,
		 const double *number, int64 row)
{
	if (feature->is_category)
		return feature->code[row] == level[data->label_class[row]];
	return feature->number[row] == (data->classes == 0 ? data->label_value[row] :
									number[data->label_class[row]]);
}

/* A feature that is the label itself, in every row. */
static void
check_leaks(const Frame *frame, const FrameData *finished)
{
	const LearnData *data = &finished->data;
	InputKind	label_kind = input_kind(frame->label_form);
	double	   *class_number = NULL;

	if (data->classes > 0 && label_kind != INPUT_CATEGORY)
		class_number = class_numbers(frame, finished);
	for (int i = 0; i < data->features; i++)
	{
		const LearnFeature *feature = &data->feature[i];
		int32	   *level = NULL;
		int64		row = 0;
		const SchemaInput *input = &finished->schema->input[finished->schema->feature[i].input];

		if (feature->is_category ? data->classes == 0 :
			data->classes > 0 && class_number == NULL)
			continue;
		if (input->kind == INPUT_POINT && i - input->first >= POINT_AXES_MIN)
			continue;			/* nobody gave it */
		if (feature->is_category)
			level = class_levels(finished, &finished->schema->feature[i]);
		while (row < data->rows && is_label(data, feature, level, class_number, row))
			if (row++ % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
		if (level != NULL)
			pfree(level);
		if (row == data->rows)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("feature \"%s\" equals the label in every row",
							text_from_utf8(finished->schema->feature[i].name)),
					 errhint("It gives the label away: leave it out of the features.")));
	}
}

/* The bits of a number.  Equal numbers have equal bits: the frame has no -0, and
 * one NaN. */
static inline uint64
number_bits(double number)
{
	uint64		bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

/* Hashes of a row by different factors are independent of each other. */
#define ORDER_FACTOR	UINT64CONST(0x9e3779b97f4a7c15)
#define SECOND_FACTOR	UINT64CONST(0xd1342543de82ef95)

static inline uint64
hash_step(uint64 hash, uint64 value, uint64 factor)
{
	hash = (hash ^ value) * factor;
	return hash ^ (hash >> 32);
}

/* Take a column of numbers, or of codes, into the hashes of n rows. */
static inline void
hash_column(uint64 *hash, int n, const double *number, const int32 *code, uint64 factor)
{
	if (number != NULL)
		for (int i = 0; i < n; i++)
			hash[i] = hash_step(hash[i], number_bits(number[i]), factor);
	else
		for (int i = 0; i < n; i++)
			hash[i] = hash_step(hash[i], (uint32) code[i], factor);
}

/* The columns of a row besides its features, from the first one; the order of
 * the rows takes in all, the fingerprint the time by its features alone. */
typedef enum RowColumn
{
	COLUMN_TIME = -4,
	COLUMN_OFFSET,
	COLUMN_WEIGHT,
	COLUMN_LABEL
} RowColumn;

/* A column's numbers or codes; false where it is not there. */
static inline bool
row_column(const LearnData *data, int i, const double **number, const int32 **code)
{
	*code = i >= 0 ? data->feature[i].code : i == COLUMN_LABEL ? data->label_class : NULL;
	*number = i >= 0 ? data->feature[i].number : i == COLUMN_LABEL ? data->label_value :
		i == COLUMN_WEIGHT ? data->weight : i == COLUMN_OFFSET ? data->offset : data->time;
	return *number != NULL || *code != NULL;
}

/* Hashes of the rows from start on, as many as a block has; the answer is how
 * many there are. */
static int
hash_rows(const LearnData *data, RowColumn first, int64 start, uint64 factor, uint64 *hash)
{
	int			n = (int) Min(BLOCK_ROWS, data->rows - start);

	CHECK_FOR_INTERRUPTS();
	memset(hash, 0, n * sizeof(uint64));
	for (int i = first; i < data->features; i++)
	{
		const double *number;
		const int32 *code;

		if (!row_column(data, i, &number, &code))
			continue;
		hash_column(hash, n, number != NULL ? number + start : NULL,
					code != NULL ? code + start : NULL, factor);
	}
	for (int i = 0; i < n; i++)
		hash[i] = crimeml_mix64(hash[i]);
	return n;
}

/* Rows by their values. */
static int
compare_rows(const LearnData *data, uint32 a, uint32 b)
{
	for (int i = COLUMN_TIME; i < data->features; i++)
	{
		const double *number;
		const int32 *code;

		if (!row_column(data, i, &number, &code))
			continue;
		if (number != NULL)
		{
			uint64		x = number_bits(number[a]);
			uint64		y = number_bits(number[b]);

			if (x != y)
				return x < y ? -1 : 1;
		}
		else if (code[a] != code[b])
			return code[a] < code[b] ? -1 : 1;
	}
	return 0;
}

static int
compare_hashed_rows(const void *a, const void *b, void *data)
{
	CHECK_FOR_INTERRUPTS();
	return compare_rows(data, ((const HashedRow *) a)->row, ((const HashedRow *) b)->row);
}

/* Order the rows of one hash by their values, unless they are all equal. */
static void
sort_ties(const LearnData *data, HashedRow *tie, Size n)
{
	for (Size i = 1; i < n; i++)
	{
		if (compare_rows(data, tie[0].row, tie[i].row) != 0)
		{
			qsort_arg(tie, n, sizeof(HashedRow), compare_hashed_rows,
					  unconstify(LearnData *, data));
			return;
		}
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* The rows of a bucket in their order. */
static void
sort_bucket(const LearnData *data, HashedRow *row, Size n, uint32 *order)
{
	sort_hashed_rows(row, n);
	for (Size i = 0; i < n;)
	{
		Size		end = i + 1;

		while (end < n && row[end].hash == row[i].hash)
			end++;
		if (end > i + 1)
			sort_ties(data, row + i, end - i);
		i = end;
	}
	for (Size i = 0; i < n; i++)
		order[i] = row[i].row;
}

/* The canonical order of the rows. */
static uint32 *
canonical_order(const LearnData *data)
{
	int64		rows = data->rows;
	int			bits = 1;
	int			shift;
	uint64	   *hash = palloc(BLOCK_ROWS * sizeof(uint64));
	Size	   *start;
	HashedRow  *sorted = crimeml_alloc_raw(CurrentMemoryContext, rows, sizeof(HashedRow));
	uint32	   *order = crimeml_alloc_raw(CurrentMemoryContext, rows, sizeof(uint32));

	while (bits < BUCKET_BITS_MAX && ((int64) BUCKET_ROWS << bits) < rows)
		bits++;
	shift = 64 - bits;
	/* start[b + 2] counts bucket b; then start[b + 1] is where it is filled */
	start = crimeml_array(Size, (1 << bits) + 2);
	for (int64 block = 0; block < rows; block += BLOCK_ROWS)
	{
		int			n = hash_rows(data, COLUMN_TIME, block, ORDER_FACTOR, hash);

		for (int i = 0; i < n; i++)
			start[(hash[i] >> shift) + 2]++;
	}
	for (int b = 2; b < (1 << bits) + 2; b++)
		start[b] += start[b - 1];
	for (int64 block = 0; block < rows; block += BLOCK_ROWS)
	{
		int			n = hash_rows(data, COLUMN_TIME, block, ORDER_FACTOR, hash);

		for (int i = 0; i < n; i++)
		{
			HashedRow  *to = &sorted[start[(hash[i] >> shift) + 1]++];

			to->hash = hash[i];
			to->row = (uint32) (block + i);
		}
	}
	for (int b = 0; b < 1 << bits; b++)
	{
		CHECK_FOR_INTERRUPTS();
		sort_bucket(data, sorted + start[b], start[b + 1] - start[b], order + start[b]);
	}
	pfree(start);
	pfree(sorted);
	pfree(hash);
	return order;
}

/*
 * SHA-256 of schema, classes and rows, cut to 128 bits.  Of the rows it takes
 * two sums over all rows, each of another hash of a row: a sum does not depend
 * on the order.  All is of what the frame holds, whichever features are made of it.
 */
static void
fingerprint(const Schema *schema, const LearnData *held, FrameData *finished)
{
	const uint64 factors[2] = {ORDER_FACTOR, SECOND_FACTOR};
	uint64	   *hash = palloc(BLOCK_ROWS * sizeof(uint64));
	Fingerprint *hasher = fingerprint_begin();
	ByteWriter	w;

	writer_init(&w);
	schema_write(schema, &w);
	write_varint(&w, finished->classes);
	for (int i = 0; i < finished->classes; i++)
		write_text(&w, finished->class_name[i]);
	write_varint(&w, held->rows);
	for (int f = 0; f < 2; f++)
	{
		uint64		sum = 0;

		for (int64 block = 0; block < held->rows; block += BLOCK_ROWS)
		{
			int			n = hash_rows(held, COLUMN_OFFSET, block, factors[f], hash);

			for (int i = 0; i < n; i++)
				sum += hash[i];
		}
		write_u64(&w, sum);
	}
	fingerprint_add(hasher, w.data, w.len);
	fingerprint_end(hasher, finished->fingerprint);
	pfree(w.data);
	pfree(hash);
}

FrameData *
frame_finish(const Frame *frame, const FrameFeatures *features)
{
	FrameData  *finished = palloc0(sizeof(FrameData));
	Schema	   *held_schema;
	LearnData	held;

	finished->data.rows = frame->rows;
	finish_label(frame, finished);
	finish_roles(frame, finished);
	held = finished->data;
	held_schema = finish_held(frame, &held);
	finish_features(frame, features, held_schema, &held, finished);
	if (frame->rows >= LEAK_ROWS)
		check_leaks(frame, finished);
	finished->data.order = canonical_order(&held);
	fingerprint(held_schema, &held, finished);
	return finished;
}
