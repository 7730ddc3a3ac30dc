/*
 * utf8.h
 *		Text in the database's encoding to UTF-8, in which models keep it, and
 *		back.  A character that the database cannot hold is an error.
 */
#ifndef CRIMEML_UTF8_H
#define CRIMEML_UTF8_H

#include "crimeml.h"

#include "mb/pg_wchar.h"

/*
 * Text of len bytes.  The result is palloc'd and ends with a NUL, or, where
 * nothing changes, is text itself, which then ends as the caller made it.
 */
static inline char *
text_to_utf8(const char *text, int len)
{
	return pg_server_to_any(text, len, PG_UTF8);
}

static inline char *
text_from_utf8(const char *text)
{
	return pg_any_to_server(text, strlen(text), PG_UTF8);
}

#endif							/* CRIMEML_UTF8_H */
