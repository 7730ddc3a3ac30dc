/*
 * schema.h
 *		What a model knows of its features: names, kinds, dictionaries.
 *
 * The schema is stored in the model, in UTF-8 whatever the database's
 * encoding, and is the only thing that turns a row into numbers, in training
 * and in prediction alike.
 *
 * A row has inputs (the leaf columns of the features record; the fields of a
 * composite column c are leaves named c_field), and each input gives features:
 *
 *		number types	one number			NaN and NULL are missing; numeric is
 *											taken as float8
 *		boolean			one number			0, 1
 *		text, enum		one category		dictionary sorted by UTF-8 bytes
 *		point geometry	<name>_x, <name>_y	in the SRID of training, which is kept
 *		timestamptz		<name>_hour, <name>_weekday (ISO, 1 to 7), <name>_doy, in
 *						the time zone kept (<name>_hour with its minutes as a
 *						fraction is NOT taken: 0 to 23)
 *		timestamp		the same, no zone
 *		date			<name>_weekday, <name>_doy
 *
 * Domains count as their base type.  Any other type is an error naming column
 * and type.  An infinite number is an error; an infinite date is missing.
 */
#ifndef CRIMEML_SCHEMA_H
#define CRIMEML_SCHEMA_H

#include "bytes.h"
#include "data/kinds.h"
#include "learn/learn.h"

#include "access/htup_details.h"
#include "utf8.h"
#include "utils/jsonb.h"

/*
 * The range of an input's values in the training rows, beyond which a model
 * only guesses.
 */
typedef struct SchemaRange
{
	bool		known;			/* some row had a value; categories: false */
	double		least[2];		/* of a number or boolean; of the x and y of points */
	double		greatest[2];
	int64		earliest;		/* of a time: a Timestamp, or a DateADT of a date */
	int64		latest;
} SchemaRange;

typedef struct SchemaInput
{
	char	   *name;			/* UTF-8 */
	InputKind	kind;
	int			first;			/* its first feature */
	int			count;			/* and how many */
	int32		srid;			/* INPUT_POINT */
	SchemaRange range;
} SchemaInput;

typedef struct SchemaFeature
{
	char	   *name;			/* UTF-8 */
	bool		is_category;
	int32		levels;
	char	  **level;			/* UTF-8, sorted by bytes, distinct */
} SchemaFeature;

typedef struct Schema
{
	int			ninputs;
	SchemaInput *input;
	int			nfeatures;
	SchemaFeature *feature;
	char	   *time_zone;		/* "" when no input needs one */
} Schema;

/* Take a number, a point's (of n coordinates) or a time into a range; NaN and
 * infinite times are no values. */
extern void schema_range_numbers(SchemaRange *range, const double *number, int n);
extern void schema_range_time(SchemaRange *range, InputKind kind, Datum value);

/* Take another range of the same input into a range. */
extern void schema_range_join(SchemaRange *range, const SchemaRange *other);

/* An input's range, as its kind has it. */
extern void schema_range_write(const SchemaInput *input, ByteWriter *w);
extern void schema_range_read(SchemaInput *input, ByteReader *r);

extern void schema_write(const Schema *schema, ByteWriter *w);
extern Schema *schema_read(ByteReader *r);	/* checks everything */

/*
 * Make the features of the inputs (names and kinds), still without levels.
 * The answer is a name that is there twice, or NULL.
 */
extern const char *schema_make_features(Schema *schema);

/* The names of the inputs with commas between, in the database's encoding. */
extern char *schema_input_names(const Schema *schema);

/*
 * Rows into numbers by a finished schema: row takes nfeatures doubles, a
 * category as its code, missing (and a level not in the dictionary) as NaN.
 *
 * Inputs are matched by name; extra columns are ignored; a missing one is
 * ERRCODE_UNDEFINED_COLUMN naming it and listing what the model wants; a
 * column of another kind is ERRCODE_DATATYPE_MISMATCH.  An anonymous ROW
 * (columns f1, f2, ...) is matched by position and must have as many columns
 * as the schema has inputs.  The binding is kept until the row type changes.
 */
typedef struct RowEncoder RowEncoder;

extern RowEncoder *encoder_create(MemoryContext context, const Schema *schema);

/* What an exposure may be. */
#define EXPOSURE_LEAST 1e-9
#define EXPOSURE_GREATEST 1e18

/*
 * Rows may have a column besides (UTF-8) that is read as an exposure; what the
 * last row had there, or 1 where it did not have the column.  NaN: null.
 */
extern void encoder_set_exposure(RowEncoder *encoder, const char *column);
extern double encoder_exposure(const RowEncoder *encoder);
extern void encode_record(RowEncoder *encoder, HeapTupleHeader record, double *row);
extern void encode_columns(RowEncoder *encoder, TupleDesc desc,
						   const Datum *values, const bool *isnull, double *row);

/*
 * A JSON object: keys are input names; a number, boolean or string as the
 * input's kind wants it; a point as GeoJSON geometry, as {"x":..,"y":..}, or
 * WKT text; times as strings (without a zone they are in the schema's); null
 * is missing; a nested object fits the inputs key_field.
 */
extern void encode_jsonb(RowEncoder *encoder, Jsonb *jsonb, double *row);

#endif							/* CRIMEML_SCHEMA_H */
