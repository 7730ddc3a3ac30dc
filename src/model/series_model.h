/*
 * series_model.h
 *		Models that a forecaster made of series: the body of kind MODEL_SERIES.
 *
 * After what all models have: the bucket, the time zone, where the calendar
 * begins, the holidays that were known, what was learned from all series, and
 * for each series its name, its place in the calendar, what was fitted in words
 * and the forecaster's payload.
 */
#ifndef CRIMEML_SERIES_MODEL_H
#define CRIMEML_SERIES_MODEL_H

#include "forecast/forecaster.h"
#include "model/format.h"

#define SERIES_MAX 1000000

typedef struct StoredSeries
{
	char	   *name;			/* in the database's encoding; NULL where there is one alone */
	SeriesShape shape;
	FitReport	report;
	void	   *fitted;			/* what base.decode gave */
	const uint8 *payload;		/* before that */
	Size		payload_len;
} StoredSeries;

typedef struct SeriesModel
{
	Model		base;
	const Forecaster *forecaster;	/* base.algorithm */
	Bucket		bucket;
	char	   *time_zone;
	Calendar   *calendar;		/* to the end of the longest series */
	Holidays	holidays;
	uint64		seed;
	bool		named;			/* the series have names */
	void	   *pool;			/* or NULL */
	int			series;
	StoredSeries *item;			/* by name, in the order of their bytes */
} SeriesModel;

/* Build the stored form; payloads are taken from item[]. */
extern struct varlena *series_model_write(const SeriesModel *model, const OptionValue *option,
										  const ModelProvenance *provenance);

/* Read bytes of kind MODEL_SERIES, and decode all; nothing trusts the checksum. */
extern SeriesModel *series_model_read(const uint8 *data, Size len);

/* The model as one of series; an error that names the function if it is another. */
extern const SeriesModel *series_model(const Model *model, const char *function);

#endif							/* CRIMEML_SERIES_MODEL_H */
