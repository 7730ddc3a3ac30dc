/*
 * format.c
 *		The bytes of a model: the header, and what models of every kind have.
 */
#include "model/format.h"

#include <math.h>

#include "forecast/methods.h"
#include "model/algorithms.h"

#define MODEL_MAGIC "CRML"
#define MODEL_FORMAT 0
#define MODEL_CRC_AT 24
#define MODEL_MAX_BYTES ((Size) 700 * 1024 * 1024)
#define MODEL_MAX_METRICS 1024

/* ----------
 * Header
 * ----------
 */

/* CRC-32C of all bytes but the CRC's own. */
static pg_crc32c
model_crc(const uint8 *data, Size len)
{
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	crc = bytes_crc32c(crc, data, MODEL_CRC_AT);
	crc = bytes_crc32c(crc, data + MODEL_HEADER, len - MODEL_HEADER);
	FIN_CRC32C(crc);
	return crc;
}

void
model_hash(const uint8 *data, Size len, uint8 *id)
{
	Fingerprint *hash = fingerprint_begin();

	fingerprint_add(hash, data, MODEL_ID_AT);
	fingerprint_add(hash, data + MODEL_HEADER, len - MODEL_HEADER);
	fingerprint_end(hash, id);
}

static uint32
low_bytes(const uint8 *p, int n)
{
	uint32		value = 0;

	for (int i = 0; i < n; i++)
		value |= (uint32) p[i] << (8 * i);
	return value;
}

const char *
model_damage(const uint8 *data, Size len)
{
	if (len < MODEL_HEADER)
		return "too few for a model";
	if (memcmp(data, MODEL_MAGIC, 4) != 0)
		return "they do not begin as a model does";
	if (low_bytes(data + MODEL_CRC_AT, 4) != model_crc(data, len))
		return "the checksum does not fit, they were cut or changed";
	return NULL;
}

void
model_check_damage(const uint8 *data, Size len)
{
	const char *detail = model_damage(data, len);

	if (detail != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("damaged model"),
				 errdetail("%zu bytes: %s.", len, detail),
				 errhint("Restore it from a backup, or train it again.")));
}

/* ----------
 * Writing
 * ----------
 */

void
model_begin(ByteWriter *w, ModelKind kind, const Algorithm *algorithm,
			const OptionValue *option, const ModelProvenance *provenance,
			const ModelMetric *metric, int metrics)
{
	writer_init(w);
	write_bytes(w, MODEL_MAGIC, 4);
	write_u16(w, MODEL_FORMAT);
	write_u16(w, algorithm->code);
	for (int i = 0; i < MODEL_ID_SIZE + 4; i++)
		write_u8(w, 0);			/* id and CRC, filled in at the end */

	write_u8(w, kind);
	options_write(algorithm->options, algorithm->options->n, option, w);
	write_varint(w, provenance->rows);
	write_varint(w, provenance->skipped);
	write_bytes(w, provenance->fingerprint, sizeof(provenance->fingerprint));
	write_text(w, provenance->version);
	write_varint(w, provenance->merged);
	write_varint(w, metrics);
	for (int i = 0; i < metrics; i++)
	{
		write_text(w, metric[i].name);
		write_f64(w, metric[i].value);
	}
}

struct varlena *
model_end(ByteWriter *w, const Algorithm *algorithm, const ByteWriter *payload)
{
	Size		len = add_size(w->len, payload->len);
	struct varlena *result;
	uint8	   *data;
	pg_crc32c	crc;

	/* what is larger could not be dumped and loaded any more */
	if (len > MODEL_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the model would have %zu MB, above the limit of %zu MB",
						len / (1024 * 1024), MODEL_MAX_BYTES / (1024 * 1024)),
				 errhint("Lower %s.", algorithm->lower)));
	result = palloc(VARHDRSZ + len);
	SET_VARSIZE(result, VARHDRSZ + len);
	data = (uint8 *) VARDATA(result);
	crimeml_copy(data, w->data, w->len);
	crimeml_copy(data + w->len, payload->data, payload->len);
	pfree(w->data);

	model_hash(data, len, data + MODEL_ID_AT);
	crc = model_crc(data, len);
	for (int i = 0; i < 4; i++)
		data[MODEL_CRC_AT + i] = (uint8) (crc >> (8 * i));
	return result;
}

/* ----------
 * Reading
 * ----------
 */

void
model_read_header(const uint8 *data, Size len, ModelKind *kind, const Algorithm **algorithm)
{
	uint32		format;
	ByteReader	r;

	reader_init(&r, data, len, "model");
	(void) read_bytes(&r, MODEL_HEADER);
	format = low_bytes(data + 4, 2);
	*algorithm = algorithm_by_code(low_bytes(data + 6, 2));
	if (format != MODEL_FORMAT || *algorithm == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 format != MODEL_FORMAT ?
				 errmsg("model format %u is not known to this version of crimeml", format) :
				 errmsg("algorithm %u of the model is not known to this version of crimeml",
						low_bytes(data + 6, 2)),
				 errhint("A newer crimeml made the model: upgrade this one.")));
	*kind = read_u8(&r);
	if ((*kind == MODEL_SERIES) != (forecaster_by_code((*algorithm)->code) != NULL))
		reader_damaged(&r, "its kind does not fit its algorithm");
}

static void
read_provenance(ByteReader *r, const Algorithm *algorithm, ModelProvenance *p)
{
	uint64		rows = read_varint(r);
	uint64		skipped = read_varint(r);
	uint64		merged;

	if ((rows == 0 && !algorithm->elsewhere) || rows > PG_INT64_MAX || skipped > PG_INT64_MAX)
		reader_damaged(r, "the number of rows is out of range");
	p->rows = (int64) rows;
	p->skipped = (int64) skipped;
	memcpy(p->fingerprint, read_bytes(r, sizeof(p->fingerprint)), sizeof(p->fingerprint));
	p->version = read_text(r);
	merged = read_varint(r);
	if (merged > PG_INT32_MAX)
		reader_damaged(r, "it was merged from too many");
	p->merged = (int32) merged;
}

static void
read_metrics(ByteReader *r, Model *model)
{
	model->metrics = read_count(r, 9, MODEL_MAX_METRICS);
	model->metric = crimeml_array(ModelMetric, model->metrics);
	for (int i = 0; i < model->metrics; i++)
	{
		model->metric[i].name = read_text(r);
		model->metric[i].value = read_f64(r);
	}
}

void
model_read_common(const uint8 *data, Size len, ByteReader *r, Model *model)
{
	model_read_header(data, len, &model->kind, &model->algorithm);
	memcpy(model->id, data + MODEL_ID_AT, MODEL_ID_SIZE);
	model->bytes = len;
	reader_init(r, data, len, "model");
	(void) read_bytes(r, MODEL_HEADER + 1);
	model->option = options_read(model->algorithm->options, model->algorithm->options->n, r);
	read_provenance(r, model->algorithm, &model->provenance);
	read_metrics(r, model);
}
