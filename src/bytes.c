/*
 * bytes.c
 *		Little-endian bytes, written and read with checks.
 */
#include "bytes.h"

#include "common/base64.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"

void
writer_init(ByteWriter *w)
{
	w->context = CurrentMemoryContext;
	w->capacity = 1024;
	w->len = 0;
	w->data = palloc(w->capacity);
}

static void
writer_grow(ByteWriter *w, Size len)
{
	Size		need = add_size(w->len, len);

	if (need <= w->capacity)
		return;
	while (w->capacity < need)
		w->capacity = mul_size(w->capacity, 2);
	w->data = crimeml_realloc(w->data, w->len, w->capacity, 1);
}

void
write_bytes(ByteWriter *w, const void *bytes, Size len)
{
	if (len == 0)
		return;
	writer_grow(w, len);
	crimeml_copy(w->data + w->len, bytes, len);
	w->len += len;
}

/* Room for len bytes, counted as written; valid until the next write. */
uint8 *
write_space(ByteWriter *w, Size len)
{
	writer_grow(w, len);
	w->len += len;
	return w->data + w->len - len;
}

void
write_u8(ByteWriter *w, uint8 value)
{
	writer_grow(w, 1);
	w->data[w->len++] = value;
}

/* The n low bytes of value, lowest first. */
static void
write_low(ByteWriter *w, uint64 value, int n)
{
	writer_grow(w, n);
	for (int i = 0; i < n; i++)
		w->data[w->len++] = (uint8) (value >> (8 * i));
}

void
write_u16(ByteWriter *w, uint16 value)
{
	write_low(w, value, 2);
}

void
write_u32(ByteWriter *w, uint32 value)
{
	write_low(w, value, 4);
}

void
write_u64(ByteWriter *w, uint64 value)
{
	write_low(w, value, 8);
}

void
write_f64(ByteWriter *w, double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	write_low(w, bits, 8);
}

void
write_varint(ByteWriter *w, uint64 value)
{
	writer_grow(w, 10);
	while (value >= 0x80)
	{
		w->data[w->len++] = (uint8) (value | 0x80);
		value >>= 7;
	}
	w->data[w->len++] = (uint8) value;
}

/*
 * A double as a varint of its bytes turned round: those that are zero in a small
 * whole number come to be the high ones, which a varint leaves out.
 */
void
write_short_f64(ByteWriter *w, double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	write_varint(w, pg_bswap64(bits));
}

void
write_text(ByteWriter *w, const char *text)
{
	Size		len = strlen(text);

	write_varint(w, len);
	write_bytes(w, text, len);
}

void
reader_init(ByteReader *r, const void *data, Size len, const char *what)
{
	r->data = data;
	r->len = len;
	r->at = 0;
	r->what = what;
}

void
reader_damaged(ByteReader *r, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("damaged %s", r->what),
			 errdetail("At byte %zu of %zu: %s.", r->at, r->len, detail)));
}

const uint8 *
read_bytes(ByteReader *r, Size len)
{
	const uint8 *p = r->data + r->at;

	if (len > r->len - r->at)
		reader_damaged(r, "it ends too early");
	r->at += len;
	return p;
}

static inline uint64
read_low(ByteReader *r, int n)
{
	const uint8 *p = read_bytes(r, n);
	uint64		value = 0;

	for (int i = 0; i < n; i++)
		value |= (uint64) p[i] << (8 * i);
	return value;
}

uint8
read_u8(ByteReader *r)
{
	return *read_bytes(r, 1);
}

uint16
read_u16(ByteReader *r)
{
	return (uint16) read_low(r, 2);
}

uint32
read_u32(ByteReader *r)
{
	return (uint32) read_low(r, 4);
}

uint64
read_u64(ByteReader *r)
{
	return read_low(r, 8);
}

double
read_f64(ByteReader *r)
{
	uint64		bits = read_low(r, 8);
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

uint64
read_varint(ByteReader *r)
{
	uint64		value = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte = read_u8(r);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64) (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	reader_damaged(r, "a number is too long");
}

double
read_short_f64(ByteReader *r)
{
	uint64		bits = pg_bswap64(read_varint(r));
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

char *
read_text(ByteReader *r)
{
	uint64		len = read_varint(r);
	const uint8 *p;
	char	   *text;

	if (len > r->len - r->at)
		reader_damaged(r, "a text ends too early");
	p = read_bytes(r, len);
	if (memchr(p, 0, len) != NULL ||
		!pg_verify_mbstr(PG_UTF8, (const char *) p, len, true))
		reader_damaged(r, "a text is not valid UTF-8");
	text = palloc(len + 1);
	memcpy(text, p, len);
	text[len] = '\0';
	return text;
}

uint32
read_count(ByteReader *r, Size min_size, uint32 max)
{
	uint64		n = read_varint(r);

	if (n > max || n > (r->len - r->at) / Max(min_size, 1))
		reader_damaged(r, "a count is out of range");
	return (uint32) n;
}

void
read_end(ByteReader *r)
{
	if (r->at != r->len)
		reader_damaged(r, "bytes are left over");
}

/* Errors leave the context to the resource owner, as those of PostgreSQL do. */
static void
check_hash(bool good)
{
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not compute a SHA-256 hash")));
}

Fingerprint *
fingerprint_begin(void)
{
	Fingerprint *fingerprint = pg_cryptohash_create(PG_SHA256);

	check_hash(fingerprint != NULL && pg_cryptohash_init(fingerprint) >= 0);
	return fingerprint;
}

void
fingerprint_add(Fingerprint *fingerprint, const void *data, Size len)
{
	for (Size at = 0; at < len; at += CRIMEML_BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		check_hash(pg_cryptohash_update(fingerprint, (const uint8 *) data + at,
										Min(CRIMEML_BLOCK, len - at)) >= 0);
	}
}

void
fingerprint_end(Fingerprint *fingerprint, uint8 *bytes)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	check_hash(pg_cryptohash_final(fingerprint, digest, sizeof(digest)) >= 0);
	pg_cryptohash_free(fingerprint);
	memcpy(bytes, digest, FINGERPRINT_SIZE);
}

pg_crc32c
bytes_crc32c(pg_crc32c crc, const void *data, Size len)
{
	for (Size at = 0; at < len; at += CRIMEML_BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		COMP_CRC32C(crc, (const uint8 *) data + at, Min(CRIMEML_BLOCK, len - at));
	}
	return crc;
}

Size
base64_length(Size len)
{
	return (len + 2) / 3 * 4;
}

void
base64_encode(const void *data, Size len, char *text)
{
	for (Size at = 0; at < len; at += CRIMEML_BLOCK)
	{
		int			part = (int) Min(CRIMEML_BLOCK, len - at);
		int			room = (int) base64_length(part);

		CHECK_FOR_INTERRUPTS();
		/* a block of 3 bytes is 4 characters */
		if (pg_b64_encode((const void *) ((const char *) data + at), part,
						  text + at / 3 * 4, room) != room)
			elog(ERROR, "base64 overflow");
	}
}

void *
base64_decode(const char *text, Size chars, Size front, Size *len)
{
	/* a block of 4 characters is 3 bytes */
	char	   *data = palloc(front + chars / 4 * 3 + 3);

	*len = 0;
	for (Size at = 0; at < chars; at += CRIMEML_BLOCK)
	{
		int			part = (int) Min(CRIMEML_BLOCK, chars - at);
		int			got;

		CHECK_FOR_INTERRUPTS();
		got = pg_b64_decode((const void *) (text + at), part, (void *) (data + front + *len),
							part / 4 * 3 + 3);
		if (got < 0)
		{
			pfree(data);
			return NULL;
		}
		*len += got;
	}
	return data;
}
