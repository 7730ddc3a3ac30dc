/*
 * coder.h
 *		Categorical values turned into codes.
 */
#ifndef CRIMEML_CODER_H
#define CRIMEML_CODER_H

#include "data/dictionary.h"
#include "data/kinds.h"

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

#endif							/* CRIMEML_CODER_H */
