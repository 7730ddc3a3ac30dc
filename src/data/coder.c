/*
 * coder.c
 *		Categorical values turned into codes.
 */
#include "data/coder.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utf8.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

void
coder_init(Coder *coder, MemoryContext context, char **sorted, int32 nsorted)
{
	memset(coder, 0, sizeof(*coder));
	dictionary_init(&coder->level, context);
	dictionary_init(&coder->key, context);
	coder->sorted = sorted;
	coder->nsorted = nsorted;
	coder->last = coder->last_key_code = -1;
}

Size
coder_bytes(const Coder *coder)
{
	return coder->level.bytes + coder->key.bytes;
}

/* As strcmp(level, text), of a text without a NUL. */
static inline int
compare_level(const char *level, const char *text, Size len)
{
	int			result = strncmp(level, text, len);

	return result != 0 ? result : level[len] != '\0';
}

/* The position of a text among the sorted levels, or -1. */
static int32
find_sorted(const Coder *coder, const char *text, Size len)
{
	int32		low = 0;
	int32		high = coder->nsorted - 1;

	while (low <= high)
	{
		int32		middle = low + (high - low) / 2;
		int			order = compare_level(coder->sorted[middle], text, len);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

/* The code of a text of the database's encoding. */
static int32
coder_text(Coder *coder, const char *text, Size len)
{
	int			encoding = GetDatabaseEncoding();

	/* in SQL_ASCII, what is no UTF-8 is only an error where it is to be kept */
	if (encoding != PG_UTF8 && (encoding != PG_SQL_ASCII || coder->sorted == NULL))
	{
		char	   *utf8 = text_to_utf8(text, len);

		if (utf8 != text)
		{
			text = utf8;
			len = strlen(utf8);
		}
	}
	if (coder->sorted != NULL)
	{
		if (coder->last < 0 || compare_level(coder->sorted[coder->last], text, len) != 0)
			coder->last = find_sorted(coder, text, len);
	}
	else
	{
		const DictionaryEntry *last = coder->last < 0 ? NULL : &coder->level.entry[coder->last];

		if (last == NULL || last->len != len || memcmp(last->text, text, len) != 0)
			coder->last = dictionary_add(&coder->level, text, len);
	}
	return coder->last;
}

/* The code of a value that has no text of its own, by its text. */
static int32
coder_key_text(Coder *coder, ValueForm form, uint64 key)
{
	char		text[64];
	double		number;
	HeapTuple	tuple;

	switch (form)
	{
		case FORM_ENUM:
			tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum((Oid) key));
			if (!HeapTupleIsValid(tuple))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						 errmsg("invalid internal value for enum: %u", (Oid) key)));
			strlcpy(text, NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel), sizeof(text));
			ReleaseSysCache(tuple);
			break;
		case FORM_BOOL:
			strlcpy(text, key ? "true" : "false", sizeof(text));
			break;
		case FORM_FLOAT8:
			memcpy(&number, &key, sizeof(number));
			double_to_shortest_decimal_buf(number, text);
			break;
		default:
			pg_lltoa((int64) key, text);
			break;
	}
	return coder_text(coder, text, strlen(text));
}

/* The code of such a value, by what is known of it already. */
static int32
coder_key(Coder *coder, ValueForm form, uint64 key)
{
	int32		known;

	if (coder->last_key_code >= 0 && coder->last_key == key)
		return coder->last_key_code;
	known = dictionary_find(&coder->key, (char *) &key, sizeof(key));
	if (known < 0)
	{
		int32		code = coder_key_text(coder, form, key);

		if (code < 0)
			return -1;
		known = dictionary_add(&coder->key, (char *) &key, sizeof(key));
		if (known >= coder->key_capacity)
		{
			int32		capacity = Max(8, 2 * coder->key_capacity);

			if (coder->key_code == NULL)
				coder->key_code = crimeml_alloc(coder->key.context, capacity, sizeof(int32));
			else
				coder->key_code = crimeml_realloc(coder->key_code, coder->key_capacity, capacity,
												  sizeof(int32));
			coder->key_capacity = capacity;
		}
		coder->key_code[known] = code;
	}
	coder->last_key = key;
	coder->last_key_code = coder->key_code[known];
	return coder->last_key_code;
}

int32
coder_code(Coder *coder, ValueForm form, Datum value)
{
	text	   *packed;
	char	   *p;
	char		c;
	int			len;

	switch (form)
	{
		case FORM_TEXT:
		case FORM_BPCHAR:
			packed = (text *) PG_DETOAST_DATUM_PACKED(value);
			p = VARDATA_ANY(packed);
			len = VARSIZE_ANY_EXHDR(packed);
			if (form == FORM_BPCHAR)
				len = bpchartruelen(p, len);
			return coder_text(coder, p, len);
		case FORM_NAME:
			p = NameStr(*DatumGetName(value));
			return coder_text(coder, p, strlen(p));
		case FORM_LITERAL:
			p = DatumGetCString(value);
			return coder_text(coder, p, strlen(p));
		case FORM_CHAR:
			c = DatumGetChar(value);
			return coder_text(coder, &c, c == '\0' ? 0 : 1);
		case FORM_ENUM:
			return coder_key(coder, form, DatumGetObjectId(value));
		case FORM_BOOL:
			return coder_key(coder, form, DatumGetBool(value));
		case FORM_INT2:
			return coder_key(coder, form, (uint64) DatumGetInt16(value));
		case FORM_INT4:
			return coder_key(coder, form, (uint64) DatumGetInt32(value));
		case FORM_INT8:
			return coder_key(coder, form, (uint64) DatumGetInt64(value));
		case FORM_FLOAT8:
			{
				double		number = DatumGetFloat8(value);
				uint64		key;

				memcpy(&key, &number, sizeof(key));
				return coder_key(coder, form, key);
			}
		default:
			elog(ERROR, "value of form %d is no category", form);
	}
}
