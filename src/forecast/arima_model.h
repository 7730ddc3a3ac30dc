/*
 * arima_model.h
 *		A fitted ARIMA model: what is stored of it, and what comes of that.
 */
#ifndef CRIMEML_FORECAST_ARIMA_MODEL_H
#define CRIMEML_FORECAST_ARIMA_MODEL_H

#include "forecast/arima.h"
#include "forecast/forecaster.h"

/* What a regressor is, as stored: one of these, or a sine or cosine. */
enum
{
	REGRESSOR_HOLIDAY,
	REGRESSOR_EXPOSURE,
	REGRESSOR_WAVE				/* + 2 * frequency, + 1 for the sine */
};

/* What a payload holds, and a decoded one. */
typedef struct ArimaModel
{
	ArimaOrder	order;
	double		coefficient[ARIMA_COEFFICIENTS];
	int			regressors;		/* without the constant */
	uint16		regressor[ARIMA_MAX_COLUMNS];
	int			season;			/* of the waves */
	double		beta[ARIMA_MAX_COLUMNS];	/* the constant first, where there is one */
	double		sigma;
	ArimaFilter filter;			/* behind the last value */
} ArimaModel;

/* Does it have a mean or a drift? */
static inline bool
arima_has_constant(const ArimaOrder *o)
{
	return o->constant && o->d + o->D <= 1;
}

/* A regressor at a bucket of the calendar; season is that of waves.  And its name. */
extern double regressor_value(uint16 regressor, int season, const Calendar *calendar,
							  int bucket);
extern char *regressor_name(uint16 regressor);

/* As a Forecaster has them. */
extern void arima_write(const void *fitted, ByteWriter *w);
extern void *arima_decode(ByteReader *r, const void *shape);
extern void arima_forecast(const void *fitted, const SeriesShape *shape,
						   const Calendar *calendar, int horizon, uint64 seed,
						   Predictive *result);
extern void arima_update(void *fitted, const SeriesShape *shape, const Calendar *calendar,
						 double value);

#endif							/* CRIMEML_FORECAST_ARIMA_MODEL_H */
