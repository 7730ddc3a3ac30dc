/*
 * csv.h
 *		Records of CSV from bytes that stream in.
 *
 * libcsv tells neither line nor raw text, so it is fed one physical line at a
 * time.  A line ends with LF, CR LF or a lone CR.  A quoted field may hold line
 * ends; then the record goes on in the next line.  When the quote is not closed
 * within CSV_QUOTED_LINES lines and CSV_QUOTED_BYTES bytes, or what follows
 * makes no sense, only the first line is a bad record and reading resumes at
 * the second: a stray quote never swallows the file.
 *
 * The content is UTF-8, converted to the encoding of the database; a byte
 * order mark in front is skipped.  Blanks belong to a field.  A quote may stand
 * around a whole field only; within, it is doubled.
 */
#ifndef CRIMEML_CSV_H
#define CRIMEML_CSV_H

#include "crimeml.h"

#define CSV_QUOTED_LINES 100
#define CSV_QUOTED_BYTES (1024 * 1024)
#define CSV_LINE_BYTES (16 * 1024 * 1024)
#define CSV_FIELDS 4096

/* Read up to "size" bytes into buffer; 0 at the end. */
typedef Size (*CsvRead) (void *source, char *buffer, Size size);

typedef struct CsvReader CsvReader;

typedef struct CsvRecord
{
	int64		line;			/* its first line, from 1 */
	const char *problem;		/* why it is no record; NULL when it is one */
	const char *raw;			/* as it came, without the last line end */
	Size		raw_len;
	int			nfields;
	/* the fields in the database's encoding, each with a NUL at its end */
	const char *text;
	Size		text_len;
	const int  *starts;			/* of the fields in text */
} CsvRecord;

/* The reader, with all its memory, lives in CurrentMemoryContext. */
extern CsvReader *csv_open(CsvRead read, void *source, char delimiter);

/* The delimiter that an SQL function's argument "delimiter" gives. */
extern char csv_delimiter_argument(FunctionCallInfo fcinfo, int argno);

/* The next record, valid until the next call; false at the end. */
extern bool csv_next(CsvReader *reader, CsvRecord *record);

/* Lines without any character, seen so far. */
extern int64 csv_empty_lines(CsvReader *reader);

/* Raw bytes as text; what the encoding does not allow becomes \xHH. */
extern char *csv_printable(const char *raw, Size len);

/* Sources.  A server file may be plain or gzip; it is closed with the context. */
extern CsvReader *csv_open_bytes(const char *bytes, Size len, char delimiter);
extern CsvReader *csv_open_large_object(Oid id, char delimiter);
extern CsvReader *csv_open_file(const char *path, char delimiter);

#endif							/* CRIMEML_CSV_H */
