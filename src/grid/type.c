/*
 * type.c
 *		The type crimeml.grid: text and binary form.
 */
#include "grid/grid.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"

#define GRID_FORMAT 0
/* magic, version, checksum */
#define GRID_FRONT 10
/* what follows it, up to the values */
#define GRID_HEADER 64

static void
grid_write(const Grid *grid, ByteWriter *w)
{
	int64		cells = shape_cells(&grid->shape);
	pg_crc32c	crc;
	uint8		bytes[4];

	write_u32(w, GRID_MAGIC);
	write_u16(w, GRID_FORMAT);
	write_u32(w, 0);
	write_u32(w, (uint32) grid->shape.srid);
	write_u32(w, (uint32) grid->shape.i0);
	write_u32(w, (uint32) grid->shape.j0);
	write_u32(w, (uint32) grid->shape.columns);
	write_u32(w, (uint32) grid->shape.rows);
	write_u8(w, grid->kind);
	write_u8(w, grid->kernel);
	write_u8(w, grid->cell_size_rule);
	write_u8(w, grid->bandwidth_rule);
	write_f64(w, grid->shape.cell_size);
	write_f64(w, grid->shape.metres);
	write_f64(w, grid->bandwidth);
	write_u64(w, (uint64) grid->points);
	write_f64(w, grid->weight);
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		write_f64(w, grid->value[i]);
	}

	INIT_CRC32C(crc);
	crc = bytes_crc32c(crc, w->data + GRID_FRONT, w->len - GRID_FRONT);
	FIN_CRC32C(crc);
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8) (crc >> (8 * i));
	memcpy(w->data + GRID_FRONT - 4, bytes, 4);
}

/* Is the number finite and within the bounds? */
static bool
within(double value, double min, double max)
{
	return value >= min && value <= max;
}

/* The one way in: nothing that a function relies on is left unchecked. */
static Grid *
grid_read(const void *data, Size len)
{
	ByteReader	r;
	GridShape	shape = {0};
	Grid	   *grid;
	uint16		format;
	uint32		stored;
	pg_crc32c	crc;
	uint8		byte[4];
	double		bandwidth;
	int64		cells;

	reader_init(&r, data, len, "grid");
	if (read_u32(&r) != GRID_MAGIC)
		reader_damaged(&r, "it does not begin as a grid");
	format = read_u16(&r);
	if (format != GRID_FORMAT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("grid of format %d cannot be read by this version of crimeml", format),
				 errhint("Install the version of crimeml that wrote it, or a newer one.")));
	stored = read_u32(&r);
	INIT_CRC32C(crc);
	crc = bytes_crc32c(crc, (const uint8 *) data + GRID_FRONT, len - GRID_FRONT);
	FIN_CRC32C(crc);
	if (crc != stored)
		reader_damaged(&r, "the checksum is wrong");

	shape.srid = (int32) read_u32(&r);
	shape.i0 = (int32) read_u32(&r);
	shape.j0 = (int32) read_u32(&r);
	shape.columns = (int32) read_u32(&r);
	shape.rows = (int32) read_u32(&r);
	for (int i = 0; i < 4; i++)
		byte[i] = read_u8(&r);
	shape.cell_size = read_f64(&r);
	shape.metres = read_f64(&r);
	bandwidth = read_f64(&r);

	if (shape.srid < 0)
		reader_damaged(&r, "the SRID is negative");
	if (shape.columns < 1 || shape.rows < 1 || shape_cells(&shape) > GRID_MAX_CELLS ||
		(int64) shape.i0 + shape.columns > PG_INT32_MAX ||
		(int64) shape.j0 + shape.rows > PG_INT32_MAX)
		reader_damaged(&r, "the number of cells is out of range");
	if (byte[0] >= GRID_KINDS || byte[1] >= KDE_KERNELS ||
		byte[2] >= GRID_RULES || byte[3] >= GRID_RULES)
		reader_damaged(&r, "an unknown kind, kernel or rule");
	if (!within(shape.cell_size, GRID_MIN_LENGTH, GRID_MAX_LENGTH) ||
		!within(shape.metres, 1e-9, 1e9))
		reader_damaged(&r, "the cell size is out of range");
	if (byte[1] == KDE_NONE ? bandwidth != 0 :
		!within(bandwidth, GRID_MIN_LENGTH, GRID_MAX_LENGTH))
		reader_damaged(&r, "the bandwidth is out of range");

	cells = shape_cells(&shape);
	if (len != GRID_FRONT + GRID_HEADER + (Size) cells * sizeof(double))
		reader_damaged(&r, "its length is not that of its cells");
	grid = grid_create(&shape, byte[0]);
	grid->kernel = byte[1];
	grid->cell_size_rule = byte[2];
	grid->bandwidth_rule = byte[3];
	grid->bandwidth = bandwidth;
	grid->points = (int64) read_u64(&r);
	grid->weight = read_f64(&r);
	if (grid->points < 0 || !isfinite(grid->weight))
		reader_damaged(&r, "the number of points is out of range");
	for (int64 i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		grid->value[i] = read_f64(&r);
		if (isinf(grid->value[i]))
			reader_damaged(&r, "a value is infinite");
	}
	read_end(&r);
	return grid;
}

PG_FUNCTION_INFO_V1(crimeml_grid_in);

Datum
crimeml_grid_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);
	int			len = strlen(text);
	Size		n = 0;
	void	   *bytes = base64_decode(text, len, 0, &n);

	if (bytes == NULL || n < GRID_FRONT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type grid: \"%.*s%s\"",
						pg_mbcliplen(text, len, 20), text, len > 20 ? "..." : ""),
				 errhint("The text of a grid is what crimeml wrote: base64 without line breaks.")));
	PG_RETURN_POINTER(grid_read(bytes, n));
}

PG_FUNCTION_INFO_V1(crimeml_grid_out);

Datum
crimeml_grid_out(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	ByteWriter	w;
	Size		chars;
	char	   *text;

	writer_init(&w);
	grid_write(grid, &w);
	chars = base64_length(w.len);
	text = palloc(chars + 1);
	base64_encode(w.data, w.len, text);
	text[chars] = '\0';
	PG_RETURN_CSTRING(text);
}

PG_FUNCTION_INFO_V1(crimeml_grid_recv);

Datum
crimeml_grid_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;

	PG_RETURN_POINTER(grid_read(pq_getmsgbytes(buf, len), len));
}

PG_FUNCTION_INFO_V1(crimeml_grid_send);

Datum
crimeml_grid_send(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	ByteWriter	w;
	StringInfoData buf;

	writer_init(&w);
	grid_write(grid, &w);
	pq_begintypsend(&buf);
	pq_sendbytes(&buf, (const void *) w.data, (int) w.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
