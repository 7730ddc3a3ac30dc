/*
 * png.c
 *		A picture as a PNG file, by zlib.
 *
 * Cairo writes PNG too, but in one call, which takes seconds for a large
 * picture and cannot be cancelled; and it keeps no words in the file.
 */
#include "draw/png.h"

#include <zlib.h>

#include "bytes.h"

#define COLOR_RGB 2
#define COLOR_RGBA 6

/* Compressed bytes of a chunk. */
#define CHUNK 65536

/* Filters of a row: differences from the pixel to the left, and above. */
enum
{
	FILTER_NONE,
	FILTER_SUB,
	FILTER_UP,
	FILTERS
};

typedef struct PngWriter
{
	ByteWriter	w;
	z_stream	stream;
	uint8		chunk[CHUNK];
} PngWriter;

/* Nothing may jump out of zlib; it gives Z_MEM_ERROR then. */
static void *
png_alloc(void *context, unsigned items, unsigned size)
{
	return MemoryContextAllocExtended(context, (Size) items * size, MCXT_ALLOC_NO_OOM);
}

static void
png_free(void *context, void *block)
{
	pfree(block);
}

/* Four bytes, highest first. */
static void
write_be32(ByteWriter *w, uint32 value)
{
	write_u8(w, (uint8) (value >> 24));
	write_u8(w, (uint8) (value >> 16));
	write_u8(w, (uint8) (value >> 8));
	write_u8(w, (uint8) value);
}

/* Length, name, bytes, and the CRC of name and bytes. */
static void
write_chunk(ByteWriter *w, const char *name, const void *bytes, Size len)
{
	uint32		crc = crc32(crc32(0, (const uint8 *) name, 4), bytes, (uInt) len);

	write_be32(w, (uint32) len);
	write_bytes(w, name, 4);
	write_bytes(w, bytes, len);
	write_be32(w, crc);
}

/* tEXt is Latin-1, of which ASCII is a part; other text goes into iTXt. */
static void
write_words(ByteWriter *w, const PngText *text)
{
	bool		ascii = true;
	ByteWriter	body;

	for (const char *c = text->text; *c != '\0'; c++)
		ascii &= ((unsigned char) *c & 0x80) == 0;
	writer_init(&body);
	write_bytes(&body, text->keyword, strlen(text->keyword) + 1);
	/* not compressed; in no language, and the keyword not translated */
	if (!ascii)
		write_bytes(&body, "\0\0\0", 4);
	write_bytes(&body, text->text, strlen(text->text));
	write_chunk(w, ascii ? "tEXt" : "iTXt", body.data, body.len);
}

static bool
is_opaque(const uint32 *pixel, int width, int height, int stride)
{
	for (int y = 0; y < height; y++)
	{
		uint32		all = 0xff000000;

		CHECK_FOR_INTERRUPTS();
		for (int x = 0; x < width; x++)
			all &= pixel[(Size) y * stride + x];
		if (all >> 24 != 0xff)
			return false;
	}
	return true;
}

/* A row's bytes, no longer premultiplied. */
static void
unpack_row(const uint32 *pixel, int width, int channels, uint8 *row)
{
	for (int x = 0; x < width; x++)
	{
		uint32		alpha = pixel[x] >> 24;

		for (int shift = 16; shift >= 0; shift -= 8)
		{
			uint32		value = (pixel[x] >> shift) & 0xff;

			*row++ = (uint8) (alpha == 255 ? value :
							  alpha == 0 ? 0 : (value * 255 + alpha / 2) / alpha);
		}
		if (channels == 4)
			*row++ = (uint8) alpha;
	}
}

/* The sum of differences, each as far from 0 as it is either way around. */
static uint64
sum_of(const uint8 *difference, Size len)
{
	uint64		sum = 0;

	for (Size i = 0; i < len; i++)
		sum += Min(difference[i], 256 - difference[i]);
	return sum;
}

/*
 * The row by the filter whose differences are the least in sum, which is what
 * PNG's authors advise; its number comes first.
 */
static const uint8 *
filter_row(const uint8 *row, const uint8 *above, Size len, int channels, uint8 *filtered[FILTERS])
{
	int			best = 0;
	uint64		least = PG_UINT64_MAX;
	uint8	   *sub = filtered[FILTER_SUB] + 1;
	uint8	   *up = filtered[FILTER_UP] + 1;

	memcpy(filtered[FILTER_NONE] + 1, row, len);
	memcpy(sub, row, channels);
	for (Size i = channels; i < len; i++)
		sub[i] = (uint8) (row[i] - row[i - channels]);
	for (Size i = 0; i < len; i++)
		up[i] = (uint8) (row[i] - above[i]);
	for (int filter = 0; filter < FILTERS; filter++)
	{
		uint64		sum = sum_of(filtered[filter] + 1, len);

		filtered[filter][0] = (uint8) filter;
		if (sum < least)
		{
			least = sum;
			best = filter;
		}
	}
	return filtered[best];
}

/* Compress bytes; chunks that are full, and at the end the last one, go out. */
static void
png_deflate(PngWriter *png, const uint8 *bytes, Size len, bool last)
{
	z_stream   *stream = &png->stream;
	int			status;

	stream->next_in = unconstify(uint8 *, bytes);
	stream->avail_in = (uInt) len;
	do
	{
		CHECK_FOR_INTERRUPTS();
		status = deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END)
			elog(ERROR, "compressing a picture failed: %d", status);
		if (stream->avail_out == 0 || status == Z_STREAM_END)
		{
			write_chunk(&png->w, "IDAT", png->chunk, CHUNK - stream->avail_out);
			stream->next_out = png->chunk;
			stream->avail_out = CHUNK;
		}
	} while (last ? status != Z_STREAM_END : stream->avail_in > 0);
}

bytea *
png_file(const uint32 *pixel, int width, int height, int stride,
		 const PngText *text, int texts)
{
	static const uint8 signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	PngWriter  *png = palloc0(sizeof(PngWriter));
	int			channels = is_opaque(pixel, width, height, stride) ? 3 : 4;
	Size		len = (Size) width * channels;
	uint8	   *row = palloc(len);
	uint8	   *above = palloc0(len);
	uint8	   *filtered[FILTERS];
	ByteWriter	head;
	bytea	   *result;

	writer_init(&png->w);
	write_u32(&png->w, 0);		/* the length word, so that nothing is copied */
	write_bytes(&png->w, signature, sizeof(signature));
	writer_init(&head);
	write_be32(&head, width);
	write_be32(&head, height);
	write_u8(&head, 8);			/* bits */
	write_u8(&head, channels == 3 ? COLOR_RGB : COLOR_RGBA);
	write_u8(&head, 0);			/* deflate, the usual filters, not interlaced */
	write_u8(&head, 0);
	write_u8(&head, 0);
	write_chunk(&png->w, "IHDR", head.data, head.len);
	for (int i = 0; i < texts; i++)
		write_words(&png->w, &text[i]);

	png->stream.zalloc = png_alloc;
	png->stream.zfree = png_free;
	png->stream.opaque = CurrentMemoryContext;
	if (deflateInit2(&png->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, 8,
					 Z_FILTERED) != Z_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory while drawing")));
	png->stream.next_out = png->chunk;
	png->stream.avail_out = CHUNK;
	for (int i = 0; i < FILTERS; i++)
		filtered[i] = palloc(len + 1);
	for (int y = 0; y < height; y++)
	{
		uint8	   *other = above;

		unpack_row(pixel + (Size) y * stride, width, channels, row);
		png_deflate(png, filter_row(row, above, len, channels, filtered), len + 1, false);
		above = row;
		row = other;
	}
	png_deflate(png, NULL, 0, true);
	deflateEnd(&png->stream);
	write_chunk(&png->w, "IEND", "", 0);

	if (png->w.len > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the picture is above 1 GB"),
				 errhint("Lower its width.")));
	result = (bytea *) png->w.data;
	SET_VARSIZE(result, png->w.len);
	return result;
}
