/*
 * frame_serial.c
 *		A frame as bytes, for the processes of a parallel plan.
 *
 * A column of whole numbers is written as differences from its least, at the
 * smallest of 0, 1, 2 and 4 bytes that holds them, one value more standing for
 * missing; other numbers at 8 bytes; codes, from 0 for missing, at 1, 2 or 4.
 */
#include "data/frame_store.h"

#include <math.h>

#define FRAME_FORMAT 3

/* n codes (and a shift) at a fixed width; inlined once a width */
static inline void
pack_codes(uint8 *out, const int32 *code, int64 n, const int width)
{
	for (int64 i = 0; i < n; i++)
	{
		uint32		value = (uint32) (code[i] + 1);

		for (int b = 0; b < width; b++)
			*out++ = (uint8) (value >> (8 * b));
	}
}

/* The least width whose values are 0 .. values-1. */
static int
width_of(uint64 values)
{
	return values <= 1 ? 0 : values <= 256 ? 1 : values <= 65536 ? 2 :
		values <= UINT64CONST(1) << 32 ? 4 : 8;
}

/* A dictionary, in the order of its codes. */
static void
write_dictionary(ByteWriter *w, const Dictionary *dictionary)
{
	write_varint(w, dictionary->n);
	for (int32 i = 0; i < dictionary->n; i++)
	{
		write_varint(w, dictionary->entry[i].len);
		write_bytes(w, dictionary->entry[i].text, dictionary->entry[i].len);
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

static void
write_codes(ByteWriter *w, const int32 *code, int64 n, const Dictionary *dictionary)
{
	int			width = width_of((uint64) dictionary->n + 1);
	uint8	   *out;

	CHECK_FOR_INTERRUPTS();
	write_dictionary(w, dictionary);
	out = write_space(w, mul_size(n, width));
	switch (width)
	{
		case 1:
			pack_codes(out, code, n, 1);
			break;
		case 2:
			pack_codes(out, code, n, 2);
			break;
		case 4:
			pack_codes(out, code, n, 4);
			break;
	}
}

/* Differences from the least value, or missing. */
static inline void
pack_whole(uint8 *out, const double *number, int64 n, double least, uint32 missing,
		   const int width)
{
	for (int64 i = 0; i < n; i++)
	{
		uint32		value = isnan(number[i]) ? missing : (uint32) (number[i] - least);

		for (int b = 0; b < width; b++)
			*out++ = (uint8) (value >> (8 * b));
	}
}

static void
write_numbers(ByteWriter *w, const double *number, int64 n)
{
	double		least = INFINITY;
	double		most = -INFINITY;
	bool		missing = false;
	bool		whole = true;
	uint64		span;
	int			width = 8;
	uint8	   *out;

	CHECK_FOR_INTERRUPTS();
	for (int64 i = 0; i < n && whole; i++)
	{
		if (isnan(number[i]))
		{
			missing = true;
			continue;
		}
		whole = fabs(number[i]) < 0x1p53 && number[i] == (double) (int64) number[i];
		least = Min(least, number[i]);
		most = Max(most, number[i]);
	}
	if (whole)
	{
		span = most < least ? 0 : (uint64) (most - least) + 1;
		width = width_of(span + missing);
	}
	write_u8(w, width);
	if (width == 8)
	{
		out = write_space(w, mul_size(n, 8));
		for (int64 i = 0; i < n; i++)
		{
			uint64		bits;

			memcpy(&bits, &number[i], sizeof(bits));
			for (int b = 0; b < 8; b++)
				*out++ = (uint8) (bits >> (8 * b));
		}
		return;
	}
	write_f64(w, span > 0 ? least : 0);
	write_varint(w, span);
	out = write_space(w, mul_size(n, width));
	switch (width)
	{
		case 1:
			pack_whole(out, number, n, least, (uint32) span, 1);
			break;
		case 2:
			pack_whole(out, number, n, least, (uint32) span, 2);
			break;
		case 4:
			pack_whole(out, number, n, least, (uint32) span, 4);
			break;
	}
}

void
frame_write(const Frame *frame, ByteWriter *w)
{
	const Schema *schema = frame->schema;

	write_u8(w, FRAME_FORMAT);
	write_u32(w, frame->label_type);
	write_u8(w, frame->task);
	write_text(w, frame->time_zone);
	for (int role = 0; role < FRAME_ROLES; role++)
	{
		write_u8(w, frame->role_name[role] != NULL);
		if (frame->role_name[role] != NULL)
			write_text(w, frame->role_name[role]);
	}
	write_varint(w, frame->skipped);
	write_varint(w, frame->weightless);
	write_varint(w, frame->rows);
	if (frame->rows == 0)
		return;
	write_varint(w, schema->ninputs);
	for (int i = 0; i < schema->ninputs; i++)
	{
		write_text(w, schema->input[i].name);
		write_u8(w, schema->input[i].kind);
		write_u32(w, (uint32) schema->input[i].srid);
		if (input_kind_is_time(schema->input[i].kind))
			schema_range_write(&schema->input[i], w);
	}
	for (int role = 0; role < FRAME_ROLES; role++)
		if (frame->role[role] != NULL)
			write_numbers(w, frame->role[role], frame->rows);
	if (frame->task == TASK_CLASSIFY)
		write_codes(w, frame->label_class, frame->rows, &frame->label.level);
	else
		write_numbers(w, frame->label_value, frame->rows);
	for (int i = 0; i < schema->nfeatures; i++)
	{
		if (schema->feature[i].is_category)
			write_codes(w, frame->column[i].code, frame->rows, &frame->column[i].coder.level);
		else
			write_numbers(w, frame->column[i].number, frame->rows);
	}
}

/* One value at a fixed width. */
static inline uint64
unpack(const uint8 *in, const int width)
{
	uint64		value = 0;

	for (int b = 0; b < width; b++)
		value |= (uint64) in[b] << (8 * b);
	return value;
}

static void
read_codes(ByteReader *r, int32 *code, int64 n, Dictionary *dictionary)
{
	int32		levels = read_count(r, 1, PG_INT32_MAX);
	int			width = width_of((uint64) levels + 1);
	const uint8 *in;

	for (int32 i = 0; i < levels; i++)
	{
		char	   *text = read_text(r);

		if (dictionary_add(dictionary, text, strlen(text)) != i)
			reader_damaged(r, "a text is there twice");
		pfree(text);
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	in = read_bytes(r, mul_size(n, width));
	for (int64 i = 0; i < n; i++, in += width)
	{
		uint64		value = width == 1 ? in[0] : unpack(in, width);

		if (value > (uint64) levels)
			reader_damaged(r, "a code is out of range");
		code[i] = (int32) value - 1;
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

static void
read_numbers(ByteReader *r, double *number, int64 n)
{
	int			width = read_u8(r);
	double		least = 0;
	uint64		span = 0;
	const uint8 *in;

	if (width > 8 || (width & (width - 1)) != 0)
		reader_damaged(r, "a width is out of range");
	if (width < 8)
	{
		least = read_f64(r);
		span = read_varint(r);
		if (!(fabs(least) < 0x1p53))
			reader_damaged(r, "a number is out of range");
	}
	in = read_bytes(r, mul_size(n, width));
	for (int64 i = 0; i < n; i++, in += width)
	{
		uint64		value = unpack(in, width);

		if (width == 8)
		{
			memcpy(&number[i], &value, sizeof(value));
			if (isinf(number[i]))
				reader_damaged(r, "a number is infinite");
		}
		else if (value > span)
			reader_damaged(r, "a number is out of range");
		else
			number[i] = value == span ? missing_number() : least + value;
		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

Frame *
frame_read(MemoryContext context, ByteReader *r)
{
	MemoryContext old;
	Frame	   *frame;
	Schema	   *schema;
	Oid			label_type;
	int			task;
	int64		rows;

	if (read_u8(r) != FRAME_FORMAT)
		reader_damaged(r, "it has another format");
	label_type = read_u32(r);
	task = read_u8(r);
	if (task != TASK_CLASSIFY && task != TASK_REGRESS)
		reader_damaged(r, "the task is not known");
	frame = frame_create(context, label_type, task, read_text(r));
	old = MemoryContextSwitchTo(frame->context);
	for (int role = 0; role < FRAME_ROLES; role++)
		if (read_u8(r) != 0)
			frame->role_name[role] = read_text(r);
	MemoryContextSwitchTo(old);
	frame->skipped = read_varint(r);
	frame->weightless = read_varint(r);
	rows = read_varint(r);
	if (rows == 0)
		return frame;
	if (rows < 0 || rows > PG_INT32_MAX)
		reader_damaged(r, "the number of rows is out of range");

	old = MemoryContextSwitchTo(frame->context);
	schema = palloc0(sizeof(Schema));
	schema->ninputs = read_count(r, 6, LEARN_MAX_FEATURES);
	schema->input = crimeml_array(SchemaInput, Max(schema->ninputs, 1));
	for (int i = 0; i < schema->ninputs; i++)
	{
		schema->input[i].name = read_text(r);
		schema->input[i].kind = read_u8(r);
		schema->input[i].srid = (int32) read_u32(r);
		if (input_kind_name(schema->input[i].kind) == NULL)
			reader_damaged(r, "a feature is of unknown kind");
		if (input_kind_is_time(schema->input[i].kind))
			schema_range_read(&schema->input[i], r);
	}
	frame_set_inputs(frame, schema);
	frame_reserve(frame, rows);
	for (int role = 0; role < FRAME_ROLES; role++)
		if (frame->role[role] != NULL)
			read_numbers(r, frame->role[role], rows);
	if (task == TASK_CLASSIFY)
		read_codes(r, frame->label_class, rows, &frame->label.level);
	else
		read_numbers(r, frame->label_value, rows);
	for (int i = 0; i < schema->nfeatures; i++)
	{
		if (schema->feature[i].is_category)
			read_codes(r, frame->column[i].code, rows, &frame->column[i].coder.level);
		else
			read_numbers(r, frame->column[i].number, rows);
	}
	frame->rows = rows;
	MemoryContextSwitchTo(old);
	return frame;
}
