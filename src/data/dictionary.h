/*
 * dictionary.h
 *		Texts and their codes, and categorical values turned into codes.
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

extern ValueForm value_form(Oid base_type);

/*
 * Values of a text or enum column, or labels of any form that classifies,
 * into codes of UTF-8 texts: of a dictionary that takes up what is new, or of
 * the sorted levels of a model, where what is new is -1.  The text of the row
 * before, and the enum values and numbers met so far, are known without
 * looking at texts.
 */
typedef struct Coder
{
	Dictionary	level;			/* unless sorted is set */
	char	  **sorted;
	int32		nsorted;
	Dictionary	key;			/* 8 bytes each: enum oid or number */
	int32	   *key_code;
	int32		key_capacity;
	uint64		last_key;
	int32		last_key_code;	/* -1: none yet */
	int32		last;			/* -1: none yet */
} Coder;

/* sorted is NULL, or nsorted levels that are kept by the caller. */
extern void coder_init(Coder *coder, MemoryContext context, char **sorted, int32 nsorted);
extern int32 coder_code(Coder *coder, ValueForm form, Datum value);
extern Size coder_bytes(const Coder *coder);

#endif							/* CRIMEML_DICTIONARY_H */
