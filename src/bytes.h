/*
 * bytes.h
 *		Little-endian bytes, written and read with checks.
 *
 * Models, grids and aggregate states are written through a ByteWriter, so
 * their bytes are the same on every machine.  A ByteReader never reads past
 * its end: a short or damaged input is an error (ERRCODE_DATA_CORRUPTED,
 * naming reader->what), never a crash.
 */
#ifndef CRIMEML_BYTES_H
#define CRIMEML_BYTES_H

#include "crimeml.h"
#include "port/pg_crc32c.h"

typedef struct ByteWriter
{
	uint8	   *data;
	Size		len;
	Size		capacity;
	MemoryContext context;
} ByteWriter;

typedef struct ByteReader
{
	const uint8 *data;
	Size		len;
	Size		at;
	const char *what;			/* "model", "grid": for the message */
} ByteReader;

extern void writer_init(ByteWriter *w);	/* in CurrentMemoryContext */
extern void write_bytes(ByteWriter *w, const void *bytes, Size len);
extern uint8 *write_space(ByteWriter *w, Size len); /* to be filled in by the caller */
extern void write_u8(ByteWriter *w, uint8 value);
extern void write_u16(ByteWriter *w, uint16 value);
extern void write_u32(ByteWriter *w, uint32 value);
extern void write_u64(ByteWriter *w, uint64 value);
extern void write_f64(ByteWriter *w, double value);
extern void write_short_f64(ByteWriter *w, double value);	/* short where whole and small */
extern void write_varint(ByteWriter *w, uint64 value);	/* LEB128 */
extern void write_text(ByteWriter *w, const char *text);	/* varint length, bytes */

extern void reader_init(ByteReader *r, const void *data, Size len, const char *what);
extern const uint8 *read_bytes(ByteReader *r, Size len);	/* into the input */
extern uint8 read_u8(ByteReader *r);
extern uint16 read_u16(ByteReader *r);
extern uint32 read_u32(ByteReader *r);
extern uint64 read_u64(ByteReader *r);
extern double read_f64(ByteReader *r);
extern double read_short_f64(ByteReader *r);
extern uint64 read_varint(ByteReader *r);
extern char *read_text(ByteReader *r);	/* palloc'd; valid UTF-8 without NUL */

/* A count of things of at least min_size bytes each that must still fit. */
extern uint32 read_count(ByteReader *r, Size min_size, uint32 max);
extern void read_end(ByteReader *r);	/* error unless all was read */
pg_noreturn extern void reader_damaged(ByteReader *r, const char *detail);

/*
 * Fingerprints: the first 16 bytes of the SHA-256 of bytes that come part by part.
 * fingerprint_end() frees what fingerprint_begin() made.
 */
#define FINGERPRINT_SIZE 16

typedef struct pg_cryptohash_ctx Fingerprint;

extern Fingerprint *fingerprint_begin(void);
extern void fingerprint_add(Fingerprint *fingerprint, const void *data, Size len);
extern void fingerprint_end(Fingerprint *fingerprint, uint8 *bytes);

/* COMP_CRC32C and base64 without line breaks, of any length, that can be cancelled. */
extern pg_crc32c bytes_crc32c(pg_crc32c crc, const void *data, Size len);
extern Size base64_length(Size len);	/* characters */
extern void base64_encode(const void *data, Size len, char *text);	/* no NUL after it */

/* Bytes in CurrentMemoryContext after "front" free ones; NULL: it is no base64. */
extern void *base64_decode(const char *text, Size chars, Size front, Size *len);

#endif							/* CRIMEML_BYTES_H */
