/*
 * kinds.h
 *		What values of SQL types are to a model: numbers, categories, points,
 *		times.
 */
#ifndef CRIMEML_KINDS_H
#define CRIMEML_KINDS_H

#include "data/points.h"
#include "pgtime.h"

/* How a value of a SQL type is held, as far as a model can use it. */
typedef enum ValueForm
{
	FORM_NONE,
	FORM_INT2,
	FORM_INT4,
	FORM_INT8,
	FORM_FLOAT4,
	FORM_FLOAT8,
	FORM_NUMERIC,
	FORM_BOOL,
	FORM_TEXT,					/* and varchar, and what is binary the same */
	FORM_BPCHAR,
	FORM_NAME,
	FORM_CHAR,					/* "char" */
	FORM_LITERAL,				/* unknown: a C string */
	FORM_ENUM,
	FORM_POINT,
	FORM_TIMESTAMPTZ,
	FORM_TIMESTAMP,
	FORM_DATE
} ValueForm;

/* The form of a type; FORM_NONE when no feature or label can have it. */
extern ValueForm value_form(Oid base_type);

typedef enum InputKind
{
	INPUT_NUMBER = 1,			/* the numbers are stored in models */
	INPUT_BOOLEAN = 2,
	INPUT_CATEGORY = 3,
	INPUT_POINT = 4,
	INPUT_TIMESTAMPTZ = 5,
	INPUT_TIMESTAMP = 6,
	INPUT_DATE = 7
} InputKind;

/* The parts of a time that features are made of; stored in models. */
typedef enum TimePart
{
	TIME_HOUR = 1,				/* 0 to 23; a date has none */
	TIME_WEEKDAY = 2,			/* 1 is Monday */
	TIME_DOY = 4				/* day of the year, 1 to 366 */
} TimePart;

#define TIME_PARTS 3

/* All parts that a kind of input has; 0 of what is no time. */
extern int	input_kind_parts(InputKind kind);

/* What is put after an input's name for the i-th part. */
extern const char *time_part_suffix(int i);

/* What a kind of input is made of. */
extern InputKind input_kind(ValueForm form);	/* 0 of FORM_NONE */
extern const char *input_kind_word(InputKind kind);	/* for results: "point" */
extern const char *input_kind_name(InputKind kind);	/* for messages: "a point geometry" */
extern bool input_kind_is_time(InputKind kind);

/*
 * The numbers of a value that is no category: one, a point's x and y, or the
 * parts of a time that are asked for, in the order of TimePart.  -0 is 0, and
 * there is one NaN.  An infinite number is an error that names the feature (UTF-8;
 * NULL means the label); an EMPTY point or infinite time is missing.
 */
extern double value_number(ValueForm form, Datum value, const char *name);
extern void value_time(InputKind kind, int parts, Datum value, const pg_tz *zone, double *out);
extern void value_point(PointReader *reader, Datum value, const char *name, double *out);

/* The one NaN. */
extern double missing_number(void);

#endif							/* CRIMEML_KINDS_H */
