/*
 * report.c
 *		Reports in HTML: html_table, html_image, html_text, report_html; and
 *		write_file, by which cron and others put results on disk.
 *
 * A page stands alone: styles and pictures are inside, nothing is loaded, so
 * that it can be mailed, archived and printed.  All text is escaped, here and
 * once; report_html() takes its parts as HTML.
 */
#include "bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arguments.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_type.h"
#include "data/source.h"
#include "mb/pg_wchar.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(crimeml_html_table);
PG_FUNCTION_INFO_V1(crimeml_html_image);
PG_FUNCTION_INFO_V1(crimeml_html_text);
PG_FUNCTION_INFO_V1(crimeml_report_html);
PG_FUNCTION_INFO_V1(crimeml_write_file_bytea);
PG_FUNCTION_INFO_V1(crimeml_write_file_text);

/* A browser shows no more of a table or text in reasonable time. */
#define MAX_PART (64 * 1024 * 1024)
/* Nor is a page of use that is larger. */
#define MAX_PAGE (512 * 1024 * 1024)

/* Bytes of text that are looked at between two looks for interrupts. */
#define ESCAPE_BLOCK ((Size) 65536)

static const char page_style[] =
"    :root { color-scheme: light; }\n"
"    body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.5rem 3rem; color: #24292f; background: #fff;\n"
"      font: 16px/1.5 system-ui, -apple-system, \"Segoe UI\", Roboto, \"DejaVu Sans\", sans-serif; }\n"
"    h1 { margin: 0 0 .2rem; font-size: 1.9rem; line-height: 1.2; }\n"
"    h2 { margin: 2.2rem 0 .6rem; font-size: 1.2rem; line-height: 1.3; }\n"
"    p { margin: .6rem 0; max-width: 45rem; white-space: pre-line; }\n"
"    h1, h2, p { overflow-wrap: break-word; }\n"
"    img { display: block; max-width: 100%; height: auto; }\n"
"    .table { overflow-x: auto; }\n"
"    table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }\n"
"    th, td { padding: .3rem .8rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e3e6ea; }\n"
"    th { border-bottom: 2px solid #8b949e; white-space: nowrap; }\n"
"    th.n, td.n { text-align: right; white-space: nowrap; }\n"
"    tbody tr:nth-child(even) { background: #f6f7f8; }\n"
"    .note, .foot { color: #6b737c; font-size: .85rem; }\n"
"    .foot { max-width: none; margin-top: 3rem; border-top: 1px solid #e3e6ea; padding-top: .6rem; }\n"
"    @media print {\n"
"      @page { margin: 15mm; }\n"
"      body { max-width: none; padding: 0; font-size: 10pt; }\n"
"      .part { break-inside: avoid-page; }\n"
"      .long { break-inside: auto; }\n"
"      tr, img { break-inside: avoid; }\n"
"      h2 { break-after: avoid; }\n"
"      thead { display: table-header-group; }\n"
"      .table { overflow: visible; }\n"
"      td { overflow-wrap: anywhere; }\n"
"      tbody tr:nth-child(even), th { -webkit-print-color-adjust: exact; print-color-adjust: exact; }\n"
"    }\n";

/*
 * A page or a part of one, in the making.  The length word of the text that it
 * becomes comes first, so that nothing is copied.
 */
static void
html_start(StringInfo html)
{
	initStringInfo(html);
	appendStringInfoSpaces(html, VARHDRSZ);
}

static text *
html_finish(StringInfo html)
{
	SET_VARSIZE(html->data, html->len);
	return (text *) html->data;
}

/* Room for so many bytes more, within what a page may have. */
static void
html_reserve(StringInfo html, Size bytes)
{
	if (html->len + bytes > MAX_PAGE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the page is above %d MB of HTML", MAX_PAGE / (1024 * 1024)),
				 errhint("Leave out or shorten parts; lower the width of pictures.")));
	enlargeStringInfo(html, (int) bytes);
}

static void
append_bytes(StringInfo html, const char *bytes, Size len)
{
	html_reserve(html, len);
	crimeml_copy(html->data + html->len, bytes, len);
	html->len += (int) len;
	html->data[html->len] = '\0';
}

/*
 * The bytes of a character that HTML and XML do not allow, at the beginning of
 * a text: most control characters, and in UTF-8 U+0080 to U+009F, U+FFFE and
 * U+FFFF.  0: the character is allowed.
 */
static int
forbidden(const unsigned char *text)
{
	if ((text[0] < 0x20 && strchr("\t\n\r", text[0]) == NULL) || text[0] == 0x7f)
		return 1;
	if (GetDatabaseEncoding() != PG_UTF8)
		return 0;
	if (text[0] == 0xc2 && text[1] < 0xa0)
		return 2;
	return text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe ? 3 : 0;
}

/* Text as HTML.  What is not allowed becomes the sign for an unknown character. */
static void
append_escaped(StringInfo html, const char *text)
{
	while (*text != '\0')
	{
		Size		plain = 0;
		int			bytes = 1;
		const char *escape;

		while (plain < ESCAPE_BLOCK && text[plain] != '\0' &&
			   strchr("&<>\"'", text[plain]) == NULL &&
			   forbidden((const unsigned char *) text + plain) == 0)
			plain++;
		append_bytes(html, text, plain);
		text += plain;
		if (plain == ESCAPE_BLOCK || *text == '\0')
			continue;
		switch (*text)
		{
			case '&':
				escape = "&amp;";
				break;
			case '<':
				escape = "&lt;";
				break;
			case '>':
				escape = "&gt;";
				break;
			case '"':
				escape = "&quot;";
				break;
			case '\'':
				escape = "&#39;";
				break;
			default:
				escape = "&#xfffd;";
				bytes = forbidden((const unsigned char *) text);
		}
		append_bytes(html, escape, strlen(escape));
		text += bytes;
	}
}

/* A section's heading, where there is a title. */
static void
append_heading(StringInfo html, const char *title)
{
	if (title == NULL)
		return;
	appendStringInfoString(html, "<h2>");
	append_escaped(html, title);
	appendStringInfoString(html, "</h2>\n");
}

/* ----------
 * html_table
 * ----------
 */

typedef struct HtmlTable
{
	StringInfo	html;
	FmgrInfo   *output;			/* by column */
	bool	   *number;
	bool	   *boolean;
	int64		rows;
} HtmlTable;

/* The head of the table. */
static void
table_start(void *arg, TupleDesc desc)
{
	HtmlTable  *table = arg;

	table->output = palloc0(desc->natts * sizeof(FmgrInfo));
	table->number = palloc0(desc->natts * sizeof(bool));
	table->boolean = palloc0(desc->natts * sizeof(bool));
	appendStringInfoString(table->html, "<div class=\"table\"><table>\n<thead><tr>");
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		Oid			output;
		bool		varlena;
		char		category;
		bool		preferred;

		getTypeOutputInfo(attr->atttypid, &output, &varlena);
		fmgr_info(output, &table->output[i]);
		get_type_category_preferred(getBaseType(attr->atttypid), &category, &preferred);
		table->number[i] = category == TYPCATEGORY_NUMERIC;
		table->boolean[i] = getBaseType(attr->atttypid) == BOOLOID;
		appendStringInfo(table->html, "<th scope=\"col\"%s>",
						 table->number[i] ? " class=\"n\"" : "");
		append_escaped(table->html, NameStr(attr->attname));
		appendStringInfoString(table->html, "</th>");
	}
	appendStringInfoString(table->html, "</tr></thead>\n<tbody>\n");
}

/* One row of it. */
static void
table_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	HtmlTable  *table = arg;

	appendStringInfoString(table->html, "<tr>");
	for (int i = 0; i < desc->natts; i++)
	{
		appendStringInfoString(table->html, table->number[i] ? "<td class=\"n\">" : "<td>");
		if (isnull[i])
			;
		else if (table->boolean[i])
			appendStringInfoString(table->html, DatumGetBool(values[i]) ? "yes" : "no");
		else
			append_escaped(table->html, OutputFunctionCall(&table->output[i], values[i]));
		appendStringInfoString(table->html, "</td>");
		if (table->html->len > MAX_PART)
			break;
	}
	appendStringInfoString(table->html, "</tr>\n");
	table->rows++;
	if (table->html->len > MAX_PART)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the table is above %d MB of HTML after %lld rows",
						MAX_PART / (1024 * 1024), (long long) table->rows),
				 errhint("Add LIMIT to the source, or leave out wide columns such as geometries.")));
}

/* html_table(source, title) -> text */
Datum
crimeml_html_table(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	char	   *title = arg_title(fcinfo, 1);
	StringInfoData html;
	StringInfoData body;
	HtmlTable	table = {0};

	initStringInfo(&body);
	table.html = &body;
	source_read("html_table", source, table_start, table_row, &table);
	appendStringInfoString(&body, "</tbody>\n</table></div>\n");

	/* a long table may break over pages, a short one does not */
	html_start(&html);
	appendStringInfo(&html, "<div class=\"part%s\">\n", table.rows > 30 ? " long" : "");
	append_heading(&html, title);
	append_bytes(&html, body.data, body.len);
	if (table.rows == 0)
		appendStringInfoString(&html, "<p class=\"note\">No rows.</p>\n");
	appendStringInfoString(&html, "</div>\n");
	PG_RETURN_TEXT_P(html_finish(&html));
}

/* ----------
 * html_image, html_text, report_html
 * ----------
 */

/* Four bytes, highest first, as PNG has them. */
static uint32
png_u32(const uint8 *p)
{
	return (uint32) p[0] << 24 | (uint32) p[1] << 16 | (uint32) p[2] << 8 | p[3];
}

/* html_image(png, title) -> text; NULL for NULL */
Datum
crimeml_html_image(PG_FUNCTION_ARGS)
{
	static const uint8 signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
	0, 0, 0, 13, 'I', 'H', 'D', 'R'};
	bytea	   *png;
	const uint8 *bytes;
	int			len;
	Size		chars;
	char	   *title;
	StringInfoData html;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	png = PG_GETARG_BYTEA_PP(0);
	bytes = (const uint8 *) VARDATA_ANY(png);
	len = VARSIZE_ANY_EXHDR(png);
	if (len < 24 || memcmp(bytes, signature, sizeof(signature)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"png\" is not a PNG picture"),
				 errhint("Pictures come from crimeml.heatmap_png().")));
	title = arg_title(fcinfo, 1);
	html_start(&html);
	appendStringInfoString(&html, "<div class=\"part\">\n");
	append_heading(&html, title);
	appendStringInfo(&html, "<img width=\"%u\" height=\"%u\" alt=\"",
					 png_u32(bytes + 16), png_u32(bytes + 20));
	append_escaped(&html, title == NULL ? "Picture" : title);
	appendStringInfoString(&html, "\" src=\"data:image/png;base64,");
	chars = base64_length(len);
	html_reserve(&html, chars);
	base64_encode(bytes, len, html.data + html.len);
	html.len += (int) chars;
	html.data[html.len] = '\0';
	appendStringInfoString(&html, "\">\n</div>\n");
	PG_RETURN_TEXT_P(html_finish(&html));
}

/* html_text(content, title) -> text; NULL for NULL */
Datum
crimeml_html_text(PG_FUNCTION_ARGS)
{
	text	   *content;
	StringInfoData html;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	content = PG_GETARG_TEXT_PP(0);
	if (VARSIZE_ANY_EXHDR(content) > MAX_PART)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the text is above %d MB", MAX_PART / (1024 * 1024)),
				 errhint("Leave out a part of it.")));
	html_start(&html);
	appendStringInfoString(&html, "<div class=\"part\">\n");
	append_heading(&html, arg_title(fcinfo, 1));
	appendStringInfoString(&html, "<p>");
	append_escaped(&html, text_to_cstring(content));
	appendStringInfoString(&html, "</p>\n</div>\n");
	PG_RETURN_TEXT_P(html_finish(&html));
}

/* report_html(title, VARIADIC parts) -> text */
Datum
crimeml_report_html(PG_FUNCTION_ARGS)
{
	char	   *title = arg_title(fcinfo, 0);
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	StringInfoData html;
	StringInfoData escaped;
	int			given = 0;
	int			null = 0;

	if (title == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "title")));
	initStringInfo(&escaped);
	append_escaped(&escaped, title);
	html_start(&html);
	appendStringInfo(&html,
					 "<!DOCTYPE html>\n"
					 "<html lang=\"en\">\n"
					 "<head>\n"
					 "  <meta charset=\"utf-8\">\n"
					 "  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
					 "  <title>%s</title>\n"
					 "  <style>\n%s  </style>\n"
					 "</head>\n"
					 "<body>\n"
					 "<h1>%s</h1>\n", escaped.data, page_style, escaped.data);
	if (!PG_ARGISNULL(1))
	{
		ArrayIterator parts = array_create_iterator(PG_GETARG_ARRAYTYPE_P(1), 0, NULL);
		Datum		part;
		bool		isnull;

		while (array_iterate(parts, &part, &isnull))
		{
			CHECK_FOR_INTERRUPTS();
			given++;
			null += isnull;
			if (!isnull)
				append_bytes(&html, VARDATA_ANY(DatumGetPointer(part)),
							 VARSIZE_ANY_EXHDR(DatumGetPointer(part)));
		}
		array_free_iterator(parts);
	}
	if (given == 0)
		ereport(NOTICE,
				(errmsg("report_html: the report has no parts")));
	else if (null > 0)
		ereport(NOTICE,
				(errmsg("report_html: parts that are null, left out: %d of %d", null, given)));
	appendStringInfo(&html, "<p class=\"foot\">Made by crimeml on %s.</p>\n</body>\n</html>\n",
					 timestamptz_to_str(now - now % USECS_PER_SEC));
	PG_RETURN_TEXT_P(html_finish(&html));
}

/* ----------
 * write_file
 * ----------
 */

/* May the caller write there, and is there something that is no file? */
static void
check_path(const char *path)
{
	struct stat st;

	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write files on the server"),
				 errhint("GRANT pg_write_server_files TO the role, or take the value to the client with psql's \\g or COPY TO STDOUT.")));
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("path \"%s\" is not absolute", path),
				 errhint("The file is written by the server: give its place from the root, as in /srv/reports/week.html.")));
	if (stat(path, &st) != 0)
	{
		if (errno == ENAMETOOLONG)
			ereport(ERROR,
					(errcode(ERRCODE_NAME_TOO_LONG),
					 errmsg("the name of a file or folder in argument \"path\" is too long")));
	}
	else if (!S_ISREG(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is %s, not a file", path,
						S_ISDIR(st.st_mode) ? "a directory" : "something else"),
				 errhint("Add the name of a file.")));
}

/* Bytes to an open file, down to the disk; 0, or what went wrong. */
static int
write_all(int fd, const char *data, Size len)
{
	while (len > 0)
	{
		ssize_t		written;

		CHECK_FOR_INTERRUPTS();
		errno = 0;
		written = write(fd, data, Min(len, 16 * 1024 * 1024));
		if (written <= 0)
			return errno != 0 ? errno : ENOSPC;
		data += written;
		len -= written;
	}
	return pg_fsync(fd) == 0 ? 0 : errno;
}

/*
 * Write a new file beside the old one and put it in its place, so that a
 * reader never sees half of it, nor a crash leaves half of it.  Others may
 * read it, as with COPY TO.
 */
static void
write_whole_file(const char *path, const char *data, Size len)
{
	char	   *folder = pstrdup(path);
	char	   *temporary;
	int			fd;
	volatile int error = 0;

	/* this session's own name: that of the file may be as long as names can be */
	get_parent_directory(folder);
	temporary = psprintf("%s/.crimeml-%d-%lld", folder, MyProcPid, (long long) MyStartTimestamp);
	fd = OpenTransientFilePerm(temporary, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY,
							   S_IRUSR | S_IWUSR);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", path),
				 errhint("The folder must be there, and the server's user (mostly postgres) must be allowed to write to it.")));

	PG_TRY();
	{
		/* not by umask(), which would be everybody's in this process */
		if (fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) != 0)
			error = errno;
		else
			error = write_all(fd, data, len);
	}
	PG_CATCH();
	{
		unlink(temporary);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (CloseTransientFile(fd) != 0 && error == 0)
		error = errno;
	if (error == 0 && rename(temporary, path) != 0)
		error = errno;
	if (error != 0)
	{
		unlink(temporary);
		errno = error;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", path)));
	}
	/* the name, too, is to outlive a crash; a folder that may not be opened is passed over */
	(void) fsync_fname_ext(folder, true, true, ERROR);
}

/* The path, checked; false when there is no content to be written. */
static bool
has_content(FunctionCallInfo fcinfo, char **path)
{
	*path = arg_text(fcinfo, 0, "path");
	check_path(*path);
	if (PG_ARGISNULL(1))
		ereport(NOTICE,
				(errmsg("write_file: the content is null, and \"%s\" is not written", *path)));
	return !PG_ARGISNULL(1);
}

/* write_file(path, content bytea) -> bytes written */
Datum
crimeml_write_file_bytea(PG_FUNCTION_ARGS)
{
	char	   *path;
	bytea	   *content;

	if (!has_content(fcinfo, &path))
		PG_RETURN_NULL();
	content = PG_GETARG_BYTEA_PP(1);
	write_whole_file(path, VARDATA_ANY(content), VARSIZE_ANY_EXHDR(content));
	PG_RETURN_INT64(VARSIZE_ANY_EXHDR(content));
}

/* write_file(path, content text) -> bytes written, in UTF-8 */
Datum
crimeml_write_file_text(PG_FUNCTION_ARGS)
{
	char	   *path;
	char	   *content;

	if (!has_content(fcinfo, &path))
		PG_RETURN_NULL();
	content = text_to_cstring(PG_GETARG_TEXT_PP(1));
	content = pg_server_to_any(content, strlen(content), PG_UTF8);
	write_whole_file(path, content, strlen(content));
	PG_RETURN_INT64(strlen(content));
}
