/*
 * json.c
 *		jsonb results, key by key, and what a jsonb value is in words.
 */
#include "json.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Characters of a value that a message shows. */
#define SHOWN 60

/* ----------
 * Writing
 * ----------
 */

static void
put_string(JsonWriter *json, JsonbIteratorToken token, const char *text)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	(void) pushJsonbValue(&json->state, token, &value);
}

/* The key, and then the value; within an array the value alone. */
static void
put_value(JsonWriter *json, const char *key, JsonbValue *value)
{
	if (key != NULL)
		put_string(json, WJB_KEY, key);
	(void) pushJsonbValue(&json->state, key != NULL ? WJB_VALUE : WJB_ELEM, value);
}

static void
begin(JsonWriter *json, const char *key, JsonbIteratorToken token)
{
	if (key != NULL)
		put_string(json, WJB_KEY, key);
	(void) pushJsonbValue(&json->state, token, NULL);
	json->depth++;
}

static void
end(JsonWriter *json, JsonbIteratorToken token)
{
	JsonbValue *value = pushJsonbValue(&json->state, token, NULL);

	if (--json->depth == 0)
		json->result = JsonbValueToJsonb(value);
}

void
json_begin_object(JsonWriter *json, const char *key)
{
	begin(json, key, WJB_BEGIN_OBJECT);
}

void
json_end_object(JsonWriter *json)
{
	end(json, WJB_END_OBJECT);
}

void
json_begin_array(JsonWriter *json, const char *key)
{
	begin(json, key, WJB_BEGIN_ARRAY);
}

void
json_end_array(JsonWriter *json)
{
	end(json, WJB_END_ARRAY);
}

void
json_text(JsonWriter *json, const char *key, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
	{
		json_null(json, key);
		return;
	}
	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	put_value(json, key, &value);
}

void
json_integer(JsonWriter *json, const char *key, int64 n)
{
	JsonbValue	value;

	value.type = jbvNumeric;
	value.val.numeric = int64_to_numeric(n);
	put_value(json, key, &value);
}

/*
 * With all digits that it takes to have it back, where float8_numeric would stop
 * at 15.  JSON has neither NaN nor infinity.
 */
void
json_number(JsonWriter *json, const char *key, double number)
{
	JsonbValue	value;

	if (!isfinite(number))
	{
		json_null(json, key);
		return;
	}
	value.type = jbvNumeric;
	value.val.numeric = DatumGetNumeric(DirectFunctionCall3(numeric_in,
															CStringGetDatum(double_to_shortest_decimal(number)),
															ObjectIdGetDatum(InvalidOid),
															Int32GetDatum(-1)));
	put_value(json, key, &value);
}

void
json_boolean(JsonWriter *json, const char *key, bool boolean)
{
	JsonbValue	value;

	value.type = jbvBool;
	value.val.boolean = boolean;
	put_value(json, key, &value);
}

void
json_null(JsonWriter *json, const char *key)
{
	JsonbValue	value;

	value.type = jbvNull;
	put_value(json, key, &value);
}

void
json_hex(JsonWriter *json, const char *key, const uint8 *bytes, int n)
{
	char	   *text = palloc(2 * n + 1);

	hex_encode((const char *) bytes, n, text);
	text[2 * n] = '\0';
	json_text(json, key, text);
}

/* ----------
 * Reading
 * ----------
 */

char *
json_shortened(const char *text, int len)
{
	if (len <= SHOWN)
		return pnstrdup(text, len);
	return psprintf("%.*s...", pg_mbcliplen(text, len, SHOWN - 3), text);
}

char *
json_value_text(const JsonbValue *value)
{
	char	   *text;

	switch (value->type)
	{
		case jbvString:
			return psprintf("\"%s\"", json_shortened(value->val.string.val, value->val.string.len));
		case jbvNumeric:
			text = DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
			return json_shortened(text, strlen(text));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		case jbvBinary:
			/* not a number's worth of text for a large one */
			if (value->val.binary.len > 1024)
				return pstrdup(JsonContainerIsArray(value->val.binary.data) ?
							   "a long array" : "a large object");
			text = JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
			return json_shortened(text, strlen(text));
		default:
			break;
	}
	return pstrdup("null");
}

double
json_value_number(const JsonbValue *value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(value->val.numeric)));
}

bool
json_value_is(const JsonbValue *value, const char *text)
{
	return value->type == jbvString && strlen(text) == value->val.string.len &&
		memcmp(text, value->val.string.val, value->val.string.len) == 0;
}
