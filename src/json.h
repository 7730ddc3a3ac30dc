/*
 * json.h
 *		jsonb results, key by key, and what a jsonb value is in words.
 *
 * Texts are in the database's encoding, and are kept until json_end(): they are
 * not copied.
 */
#ifndef CRIMEML_JSON_H
#define CRIMEML_JSON_H

#include "crimeml.h"

#include "utils/jsonb.h"

typedef struct JsonWriter
{
	JsonbParseState *state;
	int			depth;
	Jsonb	   *result;			/* when the outermost object has ended */
} JsonWriter;

/*
 * Objects and arrays.  The outermost object has no key, and neither has what
 * stands in an array: key is NULL there.
 */
extern void json_begin_object(JsonWriter *json, const char *key);
extern void json_end_object(JsonWriter *json);
extern void json_begin_array(JsonWriter *json, const char *key);
extern void json_end_array(JsonWriter *json);

extern void json_text(JsonWriter *json, const char *key, const char *text); /* NULL: null */
extern void json_integer(JsonWriter *json, const char *key, int64 n);
extern void json_number(JsonWriter *json, const char *key, double number);	/* not finite: null */
extern void json_boolean(JsonWriter *json, const char *key, bool value);
extern void json_null(JsonWriter *json, const char *key);
extern void json_hex(JsonWriter *json, const char *key, const uint8 *bytes, int n);

/* A value as it was written, shortened, for messages. */
extern char *json_value_text(const JsonbValue *value);

/* Text for a message, which a long one is not to fill. */
extern char *json_shortened(const char *text, int len);

/* The number that a jsonb number is; beyond float8's range infinite. */
extern double json_value_number(const JsonbValue *value);

/* Is it that text? */
extern bool json_value_is(const JsonbValue *value, const char *text);

#endif							/* CRIMEML_JSON_H */
