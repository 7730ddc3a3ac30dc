/*
 * schema.c
 *		What a model knows of its features: names, kinds, dictionaries.
 */
#include "data/schema.h"

#include <math.h>

#include "data/axes.h"
#include "data/dictionary.h"
#include "data/rowtype.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

void
schema_input_init(SchemaInput *input, InputKind kind)
{
	input->kind = kind;
	input->srid = -1;
	input->axes = kind == INPUT_POINT ? POINT_AXES_MIN : 0;
	input->x_length = X_LENGTH_UNIT;
	input->parts = input_kind_parts(kind);
}

/* The number of an input's features, and what is put after its name for each. */
static int
feature_suffixes(const SchemaInput *input, const char *suffix[POINT_AXES_MAX])
{
	int			n = 0;

	for (int i = 0; i < input->axes; i++)
		suffix[n++] = point_axis_suffix(i);
	for (int i = 0; i < TIME_PARTS; i++)
		if (input->parts & (1 << i))
			suffix[n++] = time_part_suffix(i);
	if (n == 0)
		suffix[n++] = "";
	return n;
}

/*
 * Make the features that the inputs give, without their levels.  The answer
 * is a name that is there twice, or NULL.
 */
const char *
schema_make_features(Schema *schema)
{
	const char *suffix[POINT_AXES_MAX];
	Dictionary	inputs;
	Dictionary	features;
	const char *twice = NULL;
	int			n = 0;

	for (int i = 0; i < schema->ninputs; i++)
		n += feature_suffixes(&schema->input[i], suffix);
	schema->nfeatures = n;
	schema->feature = crimeml_array(SchemaFeature, n);
	dictionary_init(&inputs, CurrentMemoryContext);
	dictionary_init(&features, CurrentMemoryContext);
	n = 0;
	for (int i = 0; i < schema->ninputs && twice == NULL; i++)
	{
		SchemaInput *input = &schema->input[i];

		if (dictionary_add(&inputs, input->name, strlen(input->name)) < i)
			twice = input->name;
		input->first = n;
		input->count = feature_suffixes(input, suffix);
		for (int j = 0; j < input->count && twice == NULL; j++, n++)
		{
			SchemaFeature *feature = &schema->feature[n];

			feature->name = psprintf("%s%s", input->name, suffix[j]);
			feature->input = i;
			feature->is_category = input->kind == INPUT_CATEGORY;
			if (dictionary_add(&features, feature->name, strlen(feature->name)) < n)
				twice = feature->name;
		}
	}
	return twice;
}

/* ----------
 * Ranges
 * ----------
 */

void
schema_range_numbers(SchemaRange *range, const double *number, int n)
{
	if (isnan(number[0]))
		return;
	for (int i = 0; i < n; i++)
	{
		range->least[i] = range->known ? Min(range->least[i], number[i]) : number[i];
		range->greatest[i] = range->known ? Max(range->greatest[i], number[i]) : number[i];
	}
	range->known = true;
}

void
schema_range_time(SchemaRange *range, InputKind kind, Datum value)
{
	int64		at;

	if (kind == INPUT_DATE)
	{
		at = DatumGetDateADT(value);
		if (DATE_NOT_FINITE((DateADT) at))
			return;
	}
	else
	{
		at = DatumGetTimestamp(value);
		if (TIMESTAMP_NOT_FINITE(at))
			return;
	}
	range->earliest = range->known ? Min(range->earliest, at) : at;
	range->latest = range->known ? Max(range->latest, at) : at;
	range->known = true;
}

void
schema_range_join(SchemaRange *range, const SchemaRange *other)
{
	if (!other->known)
		return;
	if (!range->known)
	{
		*range = *other;
		return;
	}
	for (int i = 0; i < 2; i++)
	{
		range->least[i] = Min(range->least[i], other->least[i]);
		range->greatest[i] = Max(range->greatest[i], other->greatest[i]);
	}
	range->earliest = Min(range->earliest, other->earliest);
	range->latest = Max(range->latest, other->latest);
}

void
schema_range_write(const SchemaInput *input, ByteWriter *w)
{
	const SchemaRange *range = &input->range;

	if (input->kind == INPUT_CATEGORY)
		return;
	write_u8(w, range->known);
	if (!range->known)
		return;
	if (input_kind_is_time(input->kind))
	{
		write_u64(w, (uint64) range->earliest);
		write_u64(w, (uint64) range->latest);
		return;
	}
	for (int i = 0; i < (input->kind == INPUT_POINT ? 2 : 1); i++)
	{
		write_short_f64(w, range->least[i]);
		write_short_f64(w, range->greatest[i]);
	}
}

double
schema_range_days(const SchemaInput *input)
{
	double		span = (double) input->range.latest - (double) input->range.earliest;

	if (!input->range.known)
		return 0;
	return span / (input->kind == INPUT_DATE ? 1 : USECS_PER_DAY);
}

/* Whether a stored time is one that its type can show. */
static bool
time_valid(InputKind kind, int64 at)
{
	if (kind == INPUT_DATE)
		return at >= DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE &&
			at < DATE_END_JULIAN - POSTGRES_EPOCH_JDATE;
	return IS_VALID_TIMESTAMP(at);
}

void
schema_range_read(SchemaInput *input, ByteReader *r)
{
	SchemaRange *range = &input->range;
	bool		good = true;

	memset(range, 0, sizeof(*range));
	if (input->kind == INPUT_CATEGORY)
		return;
	range->known = read_u8(r) != 0;
	if (!range->known)
		return;
	if (input_kind_is_time(input->kind))
	{
		range->earliest = (int64) read_u64(r);
		range->latest = (int64) read_u64(r);
		good = range->earliest <= range->latest && time_valid(input->kind, range->earliest) &&
			time_valid(input->kind, range->latest);
	}
	else
		for (int i = 0; i < (input->kind == INPUT_POINT ? 2 : 1); i++)
		{
			range->least[i] = read_short_f64(r);
			range->greatest[i] = read_short_f64(r);
			good &= isfinite(range->least[i]) && isfinite(range->greatest[i]) &&
				range->least[i] <= range->greatest[i];
		}
	if (!good)
		reader_damaged(r, "the range of a feature is wrong");
}

/* ----------
 * The stored form
 * ----------
 */

/* Inputs and dictionaries; the features follow from the inputs. */
void
schema_write(const Schema *schema, ByteWriter *w)
{
	write_text(w, schema->time_zone);
	write_varint(w, schema->ninputs);
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];

		write_text(w, input->name);
		write_u8(w, input->kind);
		if (input->kind == INPUT_POINT)
		{
			write_u32(w, (uint32) input->srid);
			write_u8(w, input->axes);
			write_u16(w, input->x_length);
		}
		if (input_kind_is_time(input->kind))
			write_u8(w, input->parts);
		schema_range_write(input, w);
		if (input->kind == INPUT_CATEGORY)
		{
			const SchemaFeature *feature = &schema->feature[input->first];

			write_varint(w, feature->levels);
			for (int j = 0; j < feature->levels; j++)
				write_text(w, feature->level[j]);
		}
	}
}

Schema *
schema_read(ByteReader *r)
{
	Schema	   *schema = palloc0(sizeof(Schema));
	SchemaFeature *levels;
	bool		needs_zone = false;

	schema->time_zone = read_text(r);
	schema->ninputs = read_count(r, 2, LEARN_MAX_FEATURES);
	if (schema->ninputs == 0)
		reader_damaged(r, "it has no features");
	schema->input = crimeml_array(SchemaInput, schema->ninputs);
	levels = crimeml_array(SchemaFeature, schema->ninputs);
	for (int i = 0; i < schema->ninputs; i++)
	{
		SchemaInput *input = &schema->input[i];

		CHECK_FOR_INTERRUPTS();
		input->name = read_text(r);
		schema_input_init(input, read_u8(r));
		if (input->kind < INPUT_NUMBER || input->kind > INPUT_DATE)
			reader_damaged(r, "a feature is of unknown kind");
		if (input->kind == INPUT_TIMESTAMPTZ)
			needs_zone = true;
		if (input->kind == INPUT_POINT)
		{
			input->srid = (int32) read_u32(r);
			if (input->srid < -1 || input->srid > 999999)
				reader_damaged(r, "an SRID is out of range");
			input->axes = read_u8(r);
			input->x_length = read_u16(r);
			if (input->axes < POINT_AXES_MIN || input->axes > POINT_AXES_MAX ||
				input->x_length == 0 || input->x_length > X_LENGTH_UNIT)
				reader_damaged(r, "the axes of a point are out of range");
		}
		if (input_kind_is_time(input->kind))
		{
			int			parts = input->parts;

			input->parts = read_u8(r);
			if (input->parts == 0 || (input->parts & ~parts) != 0)
				reader_damaged(r, "a time has parts that it cannot have");
		}
		schema_range_read(input, r);
		if (input->kind == INPUT_CATEGORY)
		{
			levels[i].levels = read_count(r, 1, INT32_MAX);
			levels[i].level = crimeml_array(char *, levels[i].levels);
			for (int j = 0; j < levels[i].levels; j++)
			{
				levels[i].level[j] = read_text(r);
				if (j > 0 && strcmp(levels[i].level[j - 1], levels[i].level[j]) >= 0)
					reader_damaged(r, "the levels of a feature are not in order");
				if (j % 1024 == 0)
					CHECK_FOR_INTERRUPTS();
			}
		}
	}
	if (needs_zone != (schema->time_zone[0] != '\0') ||
		strlen(schema->time_zone) > TZ_STRLEN_MAX)
		reader_damaged(r, "its time zone is wrong");
	if (schema_make_features(schema) != NULL)
		reader_damaged(r, "two features have one name");
	if (schema->nfeatures > LEARN_MAX_FEATURES)
		reader_damaged(r, "it has too many features");
	for (int i = 0; i < schema->ninputs; i++)
	{
		SchemaFeature *feature = &schema->feature[schema->input[i].first];

		feature->levels = levels[i].levels;
		feature->level = levels[i].level;
	}
	pfree(levels);
	return schema;
}

/* "a", "b" and "c", in the database's encoding: what a model wants. */
char *
schema_input_names(const Schema *schema)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < schema->ninputs; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 text_from_utf8(schema->input[i].name));
	return names.data;
}
