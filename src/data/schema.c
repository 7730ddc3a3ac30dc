/*
 * schema.c
 *		What a model knows of its features: names, kinds, dictionaries.
 */
#include "data/schema.h"

#include "data/dictionary.h"
#include "data/rowtype.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

/*
 * Make the features that the inputs give, without their levels.  The answer
 * is a name that is there twice, or NULL.
 */
const char *
schema_make_features(Schema *schema)
{
	const char *const *suffixes;
	Dictionary	inputs;
	Dictionary	features;
	const char *twice = NULL;
	int			n = 0;

	for (int i = 0; i < schema->ninputs; i++)
		n += input_kind_features(schema->input[i].kind, &suffixes);
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
		input->count = input_kind_features(input->kind, &suffixes);
		for (int j = 0; j < input->count && twice == NULL; j++, n++)
		{
			SchemaFeature *feature = &schema->feature[n];

			feature->name = psprintf("%s%s", input->name, suffixes[j]);
			feature->is_category = input->kind == INPUT_CATEGORY;
			if (dictionary_add(&features, feature->name, strlen(feature->name)) < n)
				twice = feature->name;
		}
	}
	return twice;
}

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
			write_u32(w, (uint32) input->srid);
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
		input->kind = read_u8(r);
		input->srid = -1;
		if (input->kind < INPUT_NUMBER || input->kind > INPUT_DATE)
			reader_damaged(r, "a feature is of unknown kind");
		if (input->kind == INPUT_TIMESTAMPTZ)
			needs_zone = true;
		if (input->kind == INPUT_POINT)
		{
			input->srid = (int32) read_u32(r);
			if (input->srid < -1 || input->srid > 999999)
				reader_damaged(r, "an SRID is out of range");
		}
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
