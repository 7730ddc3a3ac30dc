/*
 * csv.c
 *		Records of CSV from bytes that stream in.  See csv.h.
 */
#include "data/csv.h"

#include <csv.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "arguments.h"
#include "catalog/namespace.h"
#include "catalog/pg_largeobject.h"
#include "libpq/be-fsstubs.h"
#include "libpq/libpq-fs.h"
#include "mb/pg_wchar.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define CHUNK (128 * 1024)

struct CsvReader
{
	CsvRead		read;
	void	   *source;
	MemoryContext context;
	bool		began;
	bool		eof;
	int64		line;			/* number of the line at "at" */
	int64		empty_lines;

	/* bytes read; those before "at" are done with */
	char	   *buffer;
	Size		size;
	Size		at;
	Size		end;

	struct csv_parser parser;
	bool		complete;		/* the record's last field was seen */
	Size		fed;			/* bytes of the record given to libcsv */
	int			nfields;
	int			starts[CSV_FIELDS];
	char	   *text;
	Size		text_len;
	Size		text_size;

	Oid			conversion;		/* from UTF-8; InvalidOid when none is needed */
	char	   *converted;
	Size		converted_size;
};

/*
 * Memory of libcsv.  An error must not pass through its frames, so NULL says
 * that there is none; the size stands in front for the copy.
 */
static void *
parser_realloc(void *block, size_t size)
{
	Size	   *grown;

	if (size > MaxAllocHugeSize - MAXIMUM_ALIGNOF)
		return NULL;
	grown = MemoryContextAllocExtended(CurrentMemoryContext, size + MAXIMUM_ALIGNOF,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (grown == NULL)
		return NULL;
	*grown = size;
	if (block != NULL)
	{
		Size	   *before = (Size *) ((char *) block - MAXIMUM_ALIGNOF);

		memcpy((char *) grown + MAXIMUM_ALIGNOF, block, Min(*before, size));
		pfree(before);
	}
	return (char *) grown + MAXIMUM_ALIGNOF;
}

static void
parser_free(void *block)
{
	if (block != NULL)
		pfree((char *) block - MAXIMUM_ALIGNOF);
}

/* Blanks belong to the field. */
static int
parser_is_space(unsigned char c)
{
	return 0;
}

/* A field of the record; there is room for it, see feed_line(). */
static void
parser_field(void *field, size_t len, void *arg)
{
	CsvReader  *reader = arg;

	if (reader->nfields < CSV_FIELDS)
	{
		reader->starts[reader->nfields] = reader->text_len;
		memcpy(reader->text + reader->text_len, field, len);
		reader->text_len += len;
		reader->text[reader->text_len++] = '\0';
	}
	reader->nfields++;
}

static void
parser_record(int c, void *arg)
{
	((CsvReader *) arg)->complete = true;
}

/* Forget a record that was begun. */
static void
parser_reset(CsvReader *reader)
{
	csv_fini(&reader->parser, NULL, NULL, NULL);
	reader->complete = false;
	reader->fed = 0;
	reader->nfields = 0;
	reader->text_len = 0;
}

CsvReader *
csv_open(CsvRead read, void *source, char delimiter)
{
	CsvReader  *reader = palloc0(sizeof(CsvReader));

	reader->read = read;
	reader->source = source;
	reader->context = CurrentMemoryContext;
	reader->line = 1;
	reader->size = 2 * CHUNK;
	reader->buffer = palloc(reader->size);
	reader->text_size = CHUNK;
	reader->text = palloc(reader->text_size);

	if (csv_init(&reader->parser, CSV_STRICT) != 0)
		elog(ERROR, "csv_init failed");
	csv_set_delim(&reader->parser, delimiter);
	csv_set_realloc_func(&reader->parser, parser_realloc);
	csv_set_free_func(&reader->parser, parser_free);
	csv_set_space_func(&reader->parser, parser_is_space);
	csv_set_blk_size(&reader->parser, CHUNK);

	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
	{
		reader->conversion = FindDefaultConversionProc(PG_UTF8, GetDatabaseEncoding());
		if (!OidIsValid(reader->conversion))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("there is no conversion from UTF-8 to the database's encoding %s",
							GetDatabaseEncodingName())));
	}
	return reader;
}

/* More bytes behind those that are there; false at the end. */
static bool
fill(CsvReader *reader)
{
	Size		got;

	if (reader->eof)
		return false;
	if (reader->size - reader->end < CHUNK)
	{
		if (reader->at > 0)
		{
			memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
			reader->end -= reader->at;
			reader->at = 0;
		}
		if (reader->size - reader->end < CHUNK)
		{
			reader->size *= 2;
			reader->buffer = crimeml_realloc(reader->buffer, reader->end, reader->size, 1);
		}
	}
	got = reader->read(reader->source, reader->buffer + reader->end, CHUNK);
	if (got == 0)
		reader->eof = true;
	reader->end += got;
	return got > 0;
}

/*
 * The line that begins "skip" bytes behind reader->at: its length without and
 * with its end.  False when nothing is left; *len > CSV_LINE_BYTES says that
 * the end was not looked for further.
 */
static bool
find_line(CsvReader *reader, Size skip, Size *len, Size *len_with_end)
{
	Size		i = skip;

	for (;;)
	{
		const char *bytes = reader->buffer + reader->at;
		Size		n = reader->end - reader->at;

		while (i < n && bytes[i] != '\n' && bytes[i] != '\r')
			i++;
		*len = i - skip;
		if (i < n && (bytes[i] == '\n' || i + 1 < n || reader->eof))
		{
			bool		crlf = bytes[i] == '\r' && i + 1 < n && bytes[i + 1] == '\n';

			*len_with_end = *len + (crlf ? 2 : 1);
			return true;
		}
		if (*len > CSV_LINE_BYTES)
		{
			*len_with_end = *len;
			return true;
		}
		if (!fill(reader) && i >= reader->end - reader->at)
		{
			*len_with_end = *len;
			return *len > 0;
		}
	}
}

/* Pass over the rest of a line that is too long to be kept. */
static void
skip_line(CsvReader *reader)
{
	Size		len,
				len_with_end;

	while (find_line(reader, 0, &len, &len_with_end))
	{
		CHECK_FOR_INTERRUPTS();
		reader->at += len_with_end;
		if (len_with_end > len)
			break;
	}
}

/* A line to libcsv.  NULL, or what is wrong with it. */
static const char *
feed_line(CsvReader *reader, const char *line, Size len, Size len_with_end)
{
	static const char newline[] = "\n";
	const char *line_end = len_with_end > len ? line + len : newline;
	Size		end_len = len_with_end > len ? len_with_end - len : 1;
	MemoryContext old;
	Size		need;

	if (OidIsValid(reader->conversion))
	{
		need = len * MAX_CONVERSION_GROWTH + 1;
		if (reader->converted_size < need)
		{
			if (reader->converted != NULL)
				pfree(reader->converted);
			reader->converted = crimeml_alloc_raw(reader->context, need, 1);
			reader->converted_size = need;
		}
		if (pg_do_encoding_conversion_buf(reader->conversion, PG_UTF8, GetDatabaseEncoding(),
										  (unsigned char *) unconstify(char *, line), len,
										  (unsigned char *) reader->converted,
										  need, true) != len)
			return psprintf("a character is not valid UTF-8, or not in the database's encoding %s",
							GetDatabaseEncodingName());
		line = reader->converted;
		len = strlen(line);
	}

	/* room for all fields, also for one that began lines ago, each with a NUL */
	reader->fed += len + end_len;
	need = reader->fed + CSV_FIELDS;
	if (reader->text_size < need)
	{
		Size		old_size = reader->text_size;

		reader->text_size = Max(need, 2 * old_size);
		reader->text = crimeml_realloc(reader->text, old_size, reader->text_size, 1);
	}

	old = MemoryContextSwitchTo(reader->context);
	if (csv_parse(&reader->parser, line, len, parser_field, parser_record, reader) == len)
		csv_parse(&reader->parser, line_end, end_len, parser_field, parser_record, reader);
	MemoryContextSwitchTo(old);
	switch (csv_error(&reader->parser))
	{
		case CSV_SUCCESS:
			return NULL;
		case CSV_EPARSE:
			return "a quote stands inside a field, or text follows a closing quote";
		default:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory while reading CSV: %s",
							csv_strerror(csv_error(&reader->parser)))));
	}
}

/* Look at the first bytes for what is no CSV in UTF-8. */
static void
check_beginning(CsvReader *reader)
{
	const unsigned char *bytes;
	Size		n;
	const char *what = NULL;
	const char *hint = NULL;

	while (reader->end < 4 && fill(reader))
		;
	bytes = (unsigned char *) reader->buffer;
	n = reader->end;
	if (n >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
	{
		what = "UTF-16 text";
		hint = "Convert it first: iconv -f UTF-16 -t UTF-8.";
	}
	else if (n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
	{
		what = "compressed by gzip";
		hint = "Decompress it first, or let crimeml.load_csv_file read it on the server.";
	}
	else if (n >= 4 && memcmp(bytes, "PK\003\004", 4) == 0)
	{
		what = "a ZIP archive or a spreadsheet";
		hint = "Take the CSV out of the archive, or save the spreadsheet as CSV in UTF-8.";
	}
	if (what != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("the content is no CSV: it is %s", what),
				 errhint("%s", hint)));
	if (n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		reader->at = 3;
}

bool
csv_next(CsvReader *reader, CsvRecord *record)
{
	Size		len,
				len_with_end,
				first_len = 0,
				first_with_end = 0,
				done = 0;
	int			lines = 0;
	const char *problem = NULL;

	if (!reader->began)
	{
		check_beginning(reader);
		reader->began = true;
	}
	CHECK_FOR_INTERRUPTS();
	for (;;)
	{
		if (!find_line(reader, 0, &len, &len_with_end))
			return false;
		if (len > 0)
			break;
		reader->at += len_with_end;
		reader->line++;
		reader->empty_lines++;
	}

	memset(record, 0, sizeof(*record));
	record->line = reader->line;
	if (len > CSV_LINE_BYTES)
	{
		char	   *beginning = palloc(1000);

		memcpy(beginning, reader->buffer + reader->at, 1000);
		skip_line(reader);
		reader->line++;
		record->problem = psprintf("the line is longer than %d MB; its first 1000 bytes are kept",
								   CSV_LINE_BYTES / (1024 * 1024));
		record->raw = beginning;
		record->raw_len = 1000;
		return true;
	}

	parser_reset(reader);
	for (;;)
	{
		problem = feed_line(reader, reader->buffer + reader->at + done, len, len_with_end);
		lines++;
		done += len_with_end;
		if (lines == 1)
		{
			first_len = len;
			first_with_end = len_with_end;
		}
		if (problem != NULL || reader->complete)
			break;
		CHECK_FOR_INTERRUPTS();
		if (lines >= CSV_QUOTED_LINES || done > CSV_QUOTED_BYTES ||
			!find_line(reader, done, &len, &len_with_end) || len > CSV_LINE_BYTES)
		{
			problem = psprintf("a quote is opened and not closed within %d lines and %d MB",
							   CSV_QUOTED_LINES, CSV_QUOTED_BYTES / (1024 * 1024));
			break;
		}
	}
	if (problem != NULL)
	{
		if (lines > 1 && reader->parser.status == CSV_EPARSE)
			problem = "a quote is opened, and the next quote does not end the field";
		lines = 1;
		done = first_with_end;
		len = first_len;
	}
	else if (reader->nfields > CSV_FIELDS)
		problem = psprintf("%d fields, above the limit of %d", reader->nfields, CSV_FIELDS);

	record->raw = reader->buffer + reader->at;
	record->raw_len = done - (len_with_end - len);
	if (problem != NULL && lines == 1)
		record->raw_len = first_len;
	if (problem == NULL && memchr(record->raw, '\0', record->raw_len) != NULL)
		problem = "a NUL byte, which no text can hold";
	if (problem == NULL &&
		(GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII))
	{
		int			valid = pg_encoding_verifymbstr(PG_UTF8, record->raw, record->raw_len);

		if (valid != record->raw_len)
			problem = psprintf("byte %d is not valid UTF-8", valid + 1);
	}
	reader->at += done;
	reader->line += lines;

	record->problem = problem;
	record->nfields = reader->nfields;
	record->text = reader->text;
	record->text_len = reader->text_len;
	record->starts = reader->starts;
	return true;
}

char
csv_delimiter_argument(FunctionCallInfo fcinfo, int argno)
{
	char	   *delimiter = arg_text(fcinfo, argno, "delimiter");

	if (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0]) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"delimiter\" is \"%s\", and must be one single-byte character", delimiter),
				 errdetail("A quote and an end of line cannot be one."),
				 errhint("A tab is written E'\\t'.")));
	return delimiter[0];
}

int64
csv_empty_lines(CsvReader *reader)
{
	return reader->empty_lines;
}

char *
csv_printable(const char *raw, Size len)
{
	StringInfoData text;
	int			encoding = GetDatabaseEncoding() == PG_SQL_ASCII ? PG_UTF8 : GetDatabaseEncoding();
	Size		i = 0;

	initStringInfo(&text);
	while (i < len)
	{
		int			n = 1;
		bool		valid = raw[i] != '\0' && !IS_HIGHBIT_SET(raw[i]);

		/* what came was UTF-8; elsewhere its bytes would be other characters */
		if (!valid && raw[i] != '\0' && encoding == PG_UTF8)
		{
			n = pg_encoding_mblen(encoding, raw + i);
			valid = n <= len - i && pg_encoding_verifymbchar(encoding, raw + i, n) == n;
		}
		if (valid)
			appendBinaryStringInfo(&text, raw + i, n);
		else
		{
			n = 1;
			appendStringInfo(&text, "\\x%02x", (unsigned char) raw[i]);
		}
		i += n;
	}
	return text.data;
}

/* ----------
 * Sources
 * ----------
 */
typedef struct ByteSource
{
	const char *bytes;
	Size		left;
} ByteSource;

static Size
read_memory(void *source, char *buffer, Size size)
{
	ByteSource *bytes = source;
	Size		n = Min(size, bytes->left);

	memcpy(buffer, bytes->bytes, n);
	bytes->bytes += n;
	bytes->left -= n;
	return n;
}

CsvReader *
csv_open_bytes(const char *bytes, Size len, char delimiter)
{
	ByteSource *source = palloc(sizeof(ByteSource));

	source->bytes = bytes;
	source->left = len;
	return csv_open(read_memory, source, delimiter);
}

/* Closed at its end; where an error comes before, with the transaction. */
static Size
read_large_object(void *source, char *buffer, Size size)
{
	int			fd = *(int *) source;
	int			n = lo_read(fd, buffer, size);

	if (n == 0)
		DirectFunctionCall1(be_lo_close, Int32GetDatum(fd));
	return n;
}

/*
 * Through a descriptor, as a client does it: what inv_open() leaves open is
 * not closed by itself.  It checks that the object exists and may be read.
 */
CsvReader *
csv_open_large_object(Oid id, char delimiter)
{
	int		   *fd = palloc(sizeof(int));

	if (!LargeObjectExists(id))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("large object %u does not exist", id),
				 errhint("psql sets :LASTOID by \\lo_import, and every later INSERT sets it to 0: keep it with \\set file :LASTOID.")));
	*fd = DatumGetInt32(DirectFunctionCall2(be_lo_open, ObjectIdGetDatum(id),
											Int32GetDatum(INV_READ)));
	return csv_open(read_large_object, fd, delimiter);
}

typedef struct FileSource
{
	gzFile		file;
	char	   *path;
	MemoryContextCallback callback;
} FileSource;

static void
close_file(void *arg)
{
	FileSource *source = arg;

	gzclose_r(source->file);
	ReleaseExternalFD();
}

static Size
read_gz(void *arg, char *buffer, Size size)
{
	FileSource *source = arg;
	int			n = gzread(source->file, buffer, size);
	int			status;
	const char *message = gzerror(source->file, &status);

	/* the end of a truncated file is an error as well, and no short read */
	if (n < 0 || (n == 0 && status != Z_OK && status != Z_STREAM_END))
	{
		if (status == Z_ERRNO)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", source->path)));
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("could not decompress file \"%s\": %s", source->path, message),
				 errhint("The file is damaged or was not copied to its end.")));
	}
	return n;
}

CsvReader *
csv_open_file(const char *path, char delimiter)
{
	FileSource *source = palloc0(sizeof(FileSource));
	struct stat info;

	if (stat(path, &info) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path),
				 errhint("The path is one of the server's, read by the server's user.")));
	/* opening a pipe would wait, and no cancel would reach it */
	if (!S_ISREG(info.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a regular file", path)));
	source->path = pstrdup(path);
	ReserveExternalFD();
	source->file = gzopen(path, "rb");
	if (source->file == NULL)
	{
		int			save_errno = errno;

		ReleaseExternalFD();
		errno = save_errno;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path),
				 errhint("The path is one of the server's, read by the server's user.")));
	}
	gzbuffer(source->file, CHUNK);
	source->callback.func = close_file;
	source->callback.arg = source;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &source->callback);
	return csv_open(read_gz, source, delimiter);
}
