/*
 * format.h
 *		The bytes of a model: the header, and what models of every kind have.
 *
 * A model is a varlena (STORAGE external).  After the length word:
 *
 *		4	magic "CRML"
 *		2	format version
 *		2	algorithm code
 *		16	model_id: the first half of SHA-256 of all bytes but it and the CRC
 *		4	CRC-32C of all bytes but itself
 *		1	kind
 *		..	options by name, provenance, metrics
 *		..	the body of the kind
 *
 * all little-endian.  The first 28 bytes are the same in every format.  Format 0
 * is for development: the first release makes it 1, and from then on a layout
 * is kept for ever.
 */
#ifndef CRIMEML_MODEL_FORMAT_H
#define CRIMEML_MODEL_FORMAT_H

#include "algorithm.h"

#define MODEL_ID_AT 8
#define MODEL_ID_SIZE FINGERPRINT_SIZE
#define MODEL_HEADER 28			/* bytes before the sections */

/* What the body of a model is.  Stored: the numbers stay. */
typedef enum ModelKind
{
	MODEL_ROWS = 1,				/* learned from rows; see rows_model.h */
	MODEL_SERIES = 2			/* fitted to series; see series_model.h */
} ModelKind;

typedef struct ModelProvenance
{
	int64		rows;			/* 0: not known, it was trained elsewhere */
	int64		skipped;		/* rows whose label was NULL */
	uint8		fingerprint[FINGERPRINT_SIZE];	/* of the training rows */
	char	   *version;		/* of crimeml; else the program and its version */
	int32		merged;			/* models that were merged into it; 0: trained */
} ModelProvenance;

typedef struct ModelMetric
{
	char	   *name;
	double		value;
} ModelMetric;

/* What a decoded model of every kind has; the base of the kinds' structs. */
typedef struct Model
{
	uint8		id[MODEL_ID_SIZE];
	ModelKind	kind;
	const Algorithm *algorithm;
	OptionValue *option;		/* of the algorithm's own table */
	ModelProvenance provenance;
	int			metrics;
	ModelMetric *metric;
	void	   *engine;			/* what algorithm->decode gave */
	Size		bytes;			/* of the stored model */
} Model;

/*
 * Write a model: begin, append the body, end.  Above 700 MB it is refused with
 * what to lower.  model_end() gives the varlena in CurrentMemoryContext and frees
 * the writer's bytes; payload is appended last.
 */
extern void model_begin(ByteWriter *w, ModelKind kind, const Algorithm *algorithm,
						const OptionValue *option, const ModelProvenance *provenance,
						const ModelMetric *metric, int metrics);
extern struct varlena *model_end(ByteWriter *w, const Algorithm *algorithm,
								 const ByteWriter *payload);

/*
 * Read what stands before the body into the model, whose memory is
 * CurrentMemoryContext; the reader then stands at the body.  Nothing here
 * trusts the checksum, which is the caller's to test.
 */
extern void model_read_header(const uint8 *data, Size len, ModelKind *kind,
							  const Algorithm **algorithm);
extern void model_read_common(const uint8 *data, Size len, ByteReader *r, Model *model);

/* What is wrong with the bytes as a whole, or NULL. */
extern const char *model_damage(const uint8 *data, Size len);

/* The id that the bytes should have. */
extern void model_hash(const uint8 *data, Size len, uint8 *id);

/* A stored value that is damaged is an error. */
extern void model_check_damage(const uint8 *data, Size len);

#endif							/* CRIMEML_MODEL_FORMAT_H */
