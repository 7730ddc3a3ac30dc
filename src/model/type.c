/*
 * type.c
 *		The type crimeml.model: text and binary form.
 *
 * A value is checked whole on every way in: CRC, model_id, and a full decode in
 * a context that is thrown away.
 */
#include "model/kinds.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"

/* All checks of a value that comes in; false with *detail where it is damaged. */
static bool
model_validate(const uint8 *data, Size len, const char **detail)
{
	uint8		id[MODEL_ID_SIZE];
	MemoryContext scratch,
				old;

	*detail = model_damage(data, len);
	if (*detail != NULL)
		return false;
	model_hash(data, len, id);
	if (memcmp(id, data + MODEL_ID_AT, MODEL_ID_SIZE) != 0)
	{
		*detail = "the model_id does not fit";
		return false;
	}
	scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml model check",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	(void) model_decode(data, len);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return true;
}

#define MODEL_HINT "A model is made by an aggregate such as crimeml.forest_agg, " \
	"and moved by COPY, pg_dump or a cast to text."

PG_FUNCTION_INFO_V1(crimeml_model_in);

/* Text form: base64 without line breaks. */
Datum
crimeml_model_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size		chars = strlen(text);
	struct varlena *result;
	Size		len = 0;
	const char *detail;

	result = base64_decode(text, chars, VARHDRSZ, &len);
	if (result == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type crimeml.model"),
				 errdetail("It is not base64 without line breaks."),
				 errhint(MODEL_HINT)));
	SET_VARSIZE(result, VARHDRSZ + len);
	if (!model_validate((uint8 *) VARDATA(result), len, &detail))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type crimeml.model"),
				 errdetail("%zu bytes: %s.", len, detail),
				 errhint(MODEL_HINT)));
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(crimeml_model_out);

Datum
crimeml_model_out(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	const char *data = VARDATA_ANY(value);
	Size		len = VARSIZE_ANY_EXHDR(value);
	Size		chars = base64_length(len);
	char	   *text = palloc(chars + 1);

	base64_encode(data, len, text);
	text[chars] = '\0';
	PG_RETURN_CSTRING(text);
}

PG_FUNCTION_INFO_V1(crimeml_model_recv);

/* Binary form: the bytes themselves. */
Datum
crimeml_model_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	Size		len = buf->len - buf->cursor;
	struct varlena *result = palloc(VARHDRSZ + len);
	const char *detail;

	SET_VARSIZE(result, VARHDRSZ + len);
	pq_copymsgbytes(buf, VARDATA(result), (int) len);
	if (!model_validate((uint8 *) VARDATA(result), len, &detail))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary input for type crimeml.model"),
				 errdetail("%zu bytes: %s.", len, detail),
				 errhint(MODEL_HINT)));
	PG_RETURN_POINTER(result);
}

PG_FUNCTION_INFO_V1(crimeml_model_send);

Datum
crimeml_model_send(PG_FUNCTION_ARGS)
{
	/* a bytea is sent as its bytes, and so is a model */
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}
