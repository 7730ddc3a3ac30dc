/*
 * dictionary.h
 *		Distinct texts and their codes.
 */
#ifndef CRIMEML_DICTIONARY_H
#define CRIMEML_DICTIONARY_H

#include "crimeml.h"

/* Distinct texts, numbered in the order of their coming. */
typedef struct DictionaryEntry
{
	char	   *text;			/* ends with a NUL besides */
	uint32		len;
	uint32		hash;
} DictionaryEntry;

typedef struct Dictionary
{
	MemoryContext context;
	int32		n;
	int32		capacity;
	DictionaryEntry *entry;
	uint32		slots;			/* a power of 2 */
	int32	   *slot;			/* code + 1; 0 is free */
	Size		bytes;			/* that it takes */
} Dictionary;

extern void dictionary_init(Dictionary *dictionary, MemoryContext context);
extern int32 dictionary_find(const Dictionary *dictionary, const char *text, Size len);	/* or -1 */
extern int32 dictionary_add(Dictionary *dictionary, const char *text, Size len);

/*
 * The texts sorted by their bytes, and for each code its place among them, in
 * CurrentMemoryContext; the texts themselves are not copied.
 */
extern char **dictionary_sorted(const Dictionary *dictionary, int32 **map);

#endif							/* CRIMEML_DICTIONARY_H */
