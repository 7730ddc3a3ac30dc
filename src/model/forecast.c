/*
 * forecast.c
 *		The SQL functions forecast and update: what a model of series says of
 *		times to come, and how it takes in what has come since.
 */
#include "model/cache.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "data/dictionary.h"
#include "data/source.h"
#include "forecast/intervals.h"
#include "model/series_model.h"
#include "arguments.h"
#include "rows.h"
#include "utils/builtins.h"

/* ----------
 * forecast()
 * ----------
 */
PG_FUNCTION_INFO_V1(crimeml_forecast);

/* forecast(model, horizon, levels): a row a series, step and level. */
Datum
crimeml_forecast(PG_FUNCTION_ARGS)
{
	const SeriesModel *model;
	int			horizon;
	double	   *level;
	int			levels;
	Calendar   *calendar;
	MemoryContext scratch;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	model = series_model(model_arg(fcinfo, 0, 0, NULL, NULL), "forecast");
	horizon = forecast_horizon(fcinfo, 1);
	level = forecast_levels(fcinfo, 2, &levels);
	/* a calendar of its own: the model's may be used by another query */
	calendar = calendar_make(&model->bucket, clock_make(pg_tzset(model->time_zone)), &model->holidays,
							 model->calendar->at[0], model->calendar->n + horizon);
	scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml forecast", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < model->series; i++)
	{
		const StoredSeries *item = &model->item[i];
		MemoryContext old = MemoryContextSwitchTo(scratch);
		Predictive *predictive = crimeml_array(Predictive, horizon);

		model->forecaster->forecast(item->fitted, &item->shape, calendar, horizon, model->seed,
									predictive);
		for (int h = 0; h < horizon; h++)
		{
			for (int l = 0; l < Max(levels, 1); l++)
			{
				double		lower = NAN;
				double		upper = NAN;

				if (levels > 0)
					predictive_interval(&predictive[h], level[l], &lower, &upper);
				rows_text(&rows, item->name);
				rows_int32(&rows, h + 1);
				rows_timestamptz(&rows, calendar->at[item->shape.first + item->shape.n + h]);
				rows_float8(&rows, predictive[h].mean);
				rows_float8(&rows, levels > 0 ? level[l] : NAN);
				rows_float8(&rows, lower);
				rows_float8(&rows, upper);
				rows_end(&rows);
			}
			CHECK_FOR_INTERRUPTS();
		}
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
	}
	MemoryContextDelete(scratch);
	return (Datum) 0;
}
