/*
 * inputs.c
 *		What a model takes: model_inputs(model).
 */
#include "model/cache.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "rows.h"
#include "utf8.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* One end of an input's range; NULL where there is none. */
static char *
range_end(const RowsModel *model, const SchemaInput *input, bool greatest)
{
	const SchemaRange *range = &input->range;
	const double *end = greatest ? range->greatest : range->least;

	if (!range->known)
		return NULL;
	switch (input->kind)
	{
		case INPUT_NUMBER:
			return double_to_shortest_decimal(end[0]);
		case INPUT_BOOLEAN:
			return pstrdup(end[0] != 0 ? "true" : "false");
		case INPUT_POINT:
			return psprintf("%s %s", double_to_shortest_decimal(end[0]),
							double_to_shortest_decimal(end[1]));
		case INPUT_CATEGORY:
			return NULL;
		default:
			return rows_model_time_text(model, input->kind, greatest ? range->latest : range->earliest);
	}
}

/* The levels of a category, ascending by bytes. */
static void
put_levels(Rows *rows, const SchemaFeature *feature)
{
	MemoryContext old = MemoryContextSwitchTo(rows->row);
	Datum	   *level = palloc(sizeof(Datum) * Max(feature->levels, 1));

	for (int i = 0; i < feature->levels; i++)
	{
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		level[i] = CStringGetTextDatum(text_from_utf8(feature->level[i]));
	}
	rows_put(rows, PointerGetDatum(construct_array(level, feature->levels, TEXTOID, -1, false,
												   TYPALIGN_INT)));
	MemoryContextSwitchTo(old);
}

/* The features that are made of an input. */
static void
put_features(Rows *rows, const Schema *schema, const SchemaInput *input)
{
	MemoryContext old = MemoryContextSwitchTo(rows->row);
	Datum	   *name = palloc(sizeof(Datum) * Max(input->count, 1));

	for (int i = 0; i < input->count; i++)
		name[i] = CStringGetTextDatum(text_from_utf8(schema->feature[input->first + i].name));
	rows_put(rows, PointerGetDatum(construct_array(name, input->count, TEXTOID, -1, false,
												   TYPALIGN_INT)));
	MemoryContextSwitchTo(old);
}

PG_FUNCTION_INFO_V1(crimeml_model_inputs);

/* model_inputs(model): a row an input. */
Datum
crimeml_model_inputs(PG_FUNCTION_ARGS)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, "model_inputs", 0, NULL, NULL);
	const Schema *schema = model->schema;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	for (int i = 0; i < schema->ninputs; i++)
	{
		const SchemaInput *input = &schema->input[i];

		rows_text(&rows, text_from_utf8(input->name));
		rows_text(&rows, input_kind_word(input->kind));
		put_features(&rows, schema, input);
		if (input->kind == INPUT_CATEGORY)
			put_levels(&rows, &schema->feature[input->first]);
		else
			rows_null(&rows);
		rows_text(&rows, range_end(model, input, false));
		rows_text(&rows, range_end(model, input, true));
		if (input->kind == INPUT_POINT)
			rows_int32(&rows, input->srid);
		else
			rows_null(&rows);
		rows_text(&rows, input->kind == INPUT_TIMESTAMPTZ ? schema->time_zone : NULL);
		rows_end(&rows);
	}
	return (Datum) 0;
}
