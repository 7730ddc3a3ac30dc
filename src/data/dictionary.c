/*
 * dictionary.c
 *		Distinct texts and their codes.
 */
#include "data/dictionary.h"

#include "common/hashfn.h"

#define DICTIONARY_MAX	(1 << 29)

/* An empty dictionary; it takes memory at the first text. */
void
dictionary_init(Dictionary *dictionary, MemoryContext context)
{
	memset(dictionary, 0, sizeof(*dictionary));
	dictionary->context = context;
}

/* Where the text is, or the free slot where it belongs. */
static inline uint32
dictionary_slot(const Dictionary *dictionary, const char *text, Size len, uint32 hash)
{
	uint32		at = hash & (dictionary->slots - 1);

	while (dictionary->slot[at] != 0)
	{
		const DictionaryEntry *entry = &dictionary->entry[dictionary->slot[at] - 1];

		if (entry->hash == hash && entry->len == len &&
			memcmp(entry->text, text, len) == 0)
			break;
		at = (at + 1) & (dictionary->slots - 1);
	}
	return at;
}

int32
dictionary_find(const Dictionary *dictionary, const char *text, Size len)
{
	if (dictionary->n == 0)
		return -1;
	return dictionary->slot[dictionary_slot(dictionary, text, len,
											hash_bytes((const unsigned char *) text, len))] - 1;
}

/* Room for one more: the slots are at most half full. */
static void
dictionary_grow(Dictionary *dictionary)
{
	if (dictionary->n >= DICTIONARY_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a text column has more than %d different values", DICTIONARY_MAX)));
	if (dictionary->capacity == 0)
	{
		dictionary->capacity = 8;
		dictionary->entry = crimeml_alloc(dictionary->context, 8, sizeof(DictionaryEntry));
	}
	else
	{
		dictionary->capacity *= 2;
		dictionary->entry = crimeml_realloc(dictionary->entry, dictionary->n, dictionary->capacity,
											sizeof(DictionaryEntry));
		pfree(dictionary->slot);
	}
	dictionary->slots = 2 * dictionary->capacity;
	dictionary->slot = crimeml_alloc(dictionary->context, dictionary->slots, sizeof(int32));
	for (int32 i = 0; i < dictionary->n; i++)
	{
		const DictionaryEntry *entry = &dictionary->entry[i];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		dictionary->slot[dictionary_slot(dictionary, entry->text, entry->len, entry->hash)] = i + 1;
	}
}

int32
dictionary_add(Dictionary *dictionary, const char *text, Size len)
{
	uint32		hash = hash_bytes((const unsigned char *) text, len);
	uint32		at;
	DictionaryEntry *entry;

	if (dictionary->n == dictionary->capacity)
		dictionary_grow(dictionary);
	at = dictionary_slot(dictionary, text, len, hash);
	if (dictionary->slot[at] == 0)
	{
		entry = &dictionary->entry[dictionary->n];
		entry->text = MemoryContextAlloc(dictionary->context, len + 1);
		memcpy(entry->text, text, len);
		entry->text[len] = '\0';
		entry->len = len;
		entry->hash = hash;
		dictionary->slot[at] = ++dictionary->n;
		/* a chunk of palloc has a header and is rounded up */
		dictionary->bytes += len + 32 + sizeof(DictionaryEntry) + 4 * sizeof(int32);
	}
	return dictionary->slot[at] - 1;
}

/* A dictionary's entries for sorting, with the codes that they have. */
typedef struct DictionaryLevel
{
	const char *text;
	int32		code;
} DictionaryLevel;

static int
compare_levels(const void *a, const void *b)
{
	/* there may be as many levels as rows */
	CHECK_FOR_INTERRUPTS();
	return strcmp(((const DictionaryLevel *) a)->text, ((const DictionaryLevel *) b)->text);
}

char **
dictionary_sorted(const Dictionary *dictionary, int32 **map)
{
	int32		n = dictionary->n;
	DictionaryLevel *level = crimeml_array(DictionaryLevel, n + 1);
	char	  **sorted = crimeml_array(char *, n + 1);

	*map = crimeml_array(int32, n + 1);
	for (int32 i = 0; i < n; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		level[i].text = dictionary->entry[i].text;
		level[i].code = i;
	}
	qsort(level, n, sizeof(DictionaryLevel), compare_levels);
	for (int32 i = 0; i < n; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sorted[i] = unconstify(char *, level[i].text);
		(*map)[level[i].code] = i;
	}
	pfree(level);
	return sorted;
}
