/*
 * series_model.c
 *		Models that a forecaster made of series: the body of kind MODEL_SERIES.
 */
#include "model/series_model.h"

#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utf8.h"

#define MAX_HOLIDAYS 100000

/* ----------
 * Writing
 * ----------
 */

static void
write_series(const SeriesModel *model, const StoredSeries *item, ByteWriter *w)
{
	if (model->named)
		write_text(w, text_to_utf8(item->name, strlen(item->name)));
	write_varint(w, item->shape.first);
	write_varint(w, item->shape.n);
	write_u8(w, item->shape.counts);
	fit_report_write(&item->report, w);
	write_varint(w, item->payload_len);
	write_bytes(w, item->payload, item->payload_len);
}

struct varlena *
series_model_write(const SeriesModel *model, const OptionValue *option,
				   const ModelProvenance *provenance)
{
	const Forecaster *forecaster = model->forecaster;
	ByteWriter	w;
	ByteWriter	payload;

	if (model->series > SERIES_MAX || model->holidays.n > MAX_HOLIDAYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 model->series > SERIES_MAX ?
				 errmsg("a model cannot hold %d series, above %d", model->series, SERIES_MAX) :
				 errmsg("a model cannot hold %d holidays, above %d", model->holidays.n, MAX_HOLIDAYS)));
	model_begin(&w, MODEL_SERIES, &forecaster->base, option, provenance, NULL, 0);
	write_varint(&w, model->bucket.months);
	write_varint(&w, model->bucket.days);
	write_u64(&w, model->bucket.microseconds);
	write_text(&w, model->time_zone);
	write_u64(&w, (uint64) model->calendar->at[0]);
	write_varint(&w, model->calendar->n);
	write_varint(&w, model->holidays.n);
	for (int i = 0; i < model->holidays.n; i++)
		write_u32(&w, (uint32) model->holidays.day[i]);
	write_u64(&w, model->seed);
	write_u8(&w, model->named);

	writer_init(&payload);
	write_u8(&payload, model->pool != NULL);
	if (model->pool != NULL)
		forecaster->write_pool(model->pool, &payload);
	write_varint(&payload, model->series);
	for (int i = 0; i < model->series; i++)
	{
		write_series(model, &model->item[i], &payload);
		if ((i & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return model_end(&w, &forecaster->base, &payload);
}

/* ----------
 * Reading
 * ----------
 */

static Bucket
read_bucket(ByteReader *r)
{
	uint64		months = read_varint(r);
	uint64		days = read_varint(r);
	uint64		microseconds = read_u64(r);
	Bucket		bucket;

	if (months > 12 || days > 7 || microseconds > (uint64) USECS_PER_DAY)
		reader_damaged(r, "the bucket is out of range");
	bucket = (Bucket) {(int32) months, (int32) days, (int64) microseconds};
	if (!bucket_is_valid(&bucket))
		reader_damaged(r, "the bucket is none");
	return bucket;
}

static void
read_holidays(ByteReader *r, Holidays *holidays)
{
	holidays->n = read_count(r, 4, MAX_HOLIDAYS);
	holidays->day = crimeml_array(int32, Max(holidays->n, 1));
	for (int i = 0; i < holidays->n; i++)
	{
		holidays->day[i] = (int32) read_u32(r);
		if (i > 0 && holidays->day[i] <= holidays->day[i - 1])
			reader_damaged(r, "the holidays are not in order");
	}
}

static void
read_series(ByteReader *r, SeriesModel *model, StoredSeries *item)
{
	uint64		first;
	uint64		n;
	ByteReader	payload;
	char	   *name = NULL;

	if (model->named)
	{
		name = read_text(r);
		item->name = text_from_utf8(name);
	}
	first = read_varint(r);
	n = read_varint(r);
	if (n == 0 || first > model->calendar->n || n > model->calendar->n - first)
		reader_damaged(r, "a series is outside its calendar");
	item->shape.season = model->calendar->season;
	item->shape.slots = model->calendar->slots;
	item->shape.first = (int) first;
	item->shape.n = (int) n;
	item->shape.counts = read_u8(r) != 0;
	item->shape.pool = model->pool;
	fit_report_read(r, &item->report);
	item->payload_len = read_varint(r);
	item->payload = read_bytes(r, item->payload_len);
	reader_init(&payload, item->payload, item->payload_len, r->what);
	item->fitted = model->base.algorithm->decode(&payload, &item->shape);
	read_end(&payload);
	item->payload = NULL;
}

SeriesModel *
series_model_read(const uint8 *data, Size len)
{
	SeriesModel *model = palloc0(sizeof(SeriesModel));
	ByteReader	r;
	pg_tz	   *zone;
	int64		origin;
	uint64		n;

	model_read_common(data, len, &r, &model->base);
	model->forecaster = (const Forecaster *) model->base.algorithm;
	if (model->forecaster->write == NULL)
		reader_damaged(&r, "its algorithm makes no models");
	model->bucket = read_bucket(&r);
	model->time_zone = read_text(&r);
	zone = pg_tzset(model->time_zone);
	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the model's time zone \"%s\" is not known on this machine",
						model->time_zone)));
	origin = (int64) read_u64(&r);
	n = read_varint(&r);
	if (!IS_VALID_TIMESTAMP(origin) || n == 0 || n > CALENDAR_MAX_BUCKETS)
		reader_damaged(&r, "the calendar is out of range");
	read_holidays(&r, &model->holidays);
	model->seed = read_u64(&r);
	model->named = read_u8(&r) != 0;
	model->calendar = calendar_make(&model->bucket, clock_make(zone), &model->holidays,
									origin, (int) n);

	if (read_u8(&r) != 0)
	{
		if (model->forecaster->read_pool == NULL)
			reader_damaged(&r, "its algorithm learns nothing from all series");
		model->pool = model->forecaster->read_pool(&r);
	}
	model->series = read_count(&r, 5, SERIES_MAX);
	if (model->series == 0 || (!model->named && model->series > 1))
		reader_damaged(&r, "the number of series is out of range");
	model->item = crimeml_array(StoredSeries, model->series);
	for (int i = 0; i < model->series; i++)
	{
		read_series(&r, model, &model->item[i]);
		if ((i & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	read_end(&r);
	return model;
}

const SeriesModel *
series_model(const Model *model, const char *function)
{
	if (model->kind != MODEL_SERIES)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s needs a model of series, and this one is of algorithm \"%s\"",
						function, model->algorithm->name),
				 errhint("level_agg, ets_agg, arima_agg and lstm_agg make such models.")));
	return (const SeriesModel *) model;
}
