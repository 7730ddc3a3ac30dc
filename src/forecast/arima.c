/*
 * arima.c
 *		The forecaster "arima": options, regressors, payload, forecasts.
 */
#include "forecast/arima_model.h"

#include <math.h>

#include "forecast/classical.h"
#include "forecast/engine.h"

/* Parameters are taken from so many values at most, the last ones. */
#define MOST_FITTED 20000

/* Differences of neighbours are refused to counts as low as that. */
#define LOW_MEAN 2.0
#define MANY_ZEROS 0.2

/* Fewer values have a mean alone. */
#define FEW_VALUES 4

/* Squares of values beyond it, and below its inverse, are not numbers. */
#define EXTREME 1e100

enum
{
	ARIMA_OPTION_ORDER,
	ARIMA_OPTION_SEASONAL,
	ARIMA_OPTION_SEASON,
	ARIMA_OPTION_CONSTANT,
	ARIMA_OPTION_STEPWISE,
	ARIMA_OPTION_MAX_ORDER,
	ARIMA_OPTION_MAX_SEASONAL,
	ARIMA_OPTION_HOLIDAYS,
	ARIMA_OPTION_EXPOSURE,
	ARIMA_OPTION_STARTS,
	ARIMA_OPTIONS
};

enum
{
	CONSTANT_AUTO,
	CONSTANT_NONE,
	CONSTANT_MEAN,
	CONSTANT_DRIFT
};

static const char *const constants[] = {"auto", "none", "mean", "drift", NULL};

static const OptionSpec arima_spec[] = {
	[ARIMA_OPTION_ORDER] = {"order", OPTION_NUMBERS, OPTION_AUTO, "chosen", 0, ARIMA_MAX_ORDER, NULL,
	"p, d and q: autoregression, differences, moving average", 3},
	[ARIMA_OPTION_SEASONAL] = {"seasonal", OPTION_NUMBERS, OPTION_AUTO,
		"chosen; 0, 0, 0 where order is given", 0, ARIMA_MAX_SEASONAL, NULL,
	"P, D and Q: the same a season apart", 3},
	[ARIMA_OPTION_SEASON] = {"season", OPTION_INTEGER, OPTION_AUTO, "that of the buckets", 1, CALENDAR_MAX_BUCKETS, NULL,
	"buckets of a season; of more than 60 it is described by sines and cosines"},
	[ARIMA_OPTION_CONSTANT] = {"constant", OPTION_CHOICE, CONSTANT_AUTO, NULL, 0, 0, constants,
	"a mean (without differences), or a drift (with one); where the differences do not allow it, none"},
	[ARIMA_OPTION_STEPWISE] = {"stepwise", OPTION_BOOLEAN, 1, NULL, 0, 1, NULL,
	"walk to better models from a few, rather than try all"},
	[ARIMA_OPTION_MAX_ORDER] = {"max_order", OPTION_NUMBERS, OPTION_AUTO, "[5, 2, 5]", 0, ARIMA_MAX_ORDER, NULL,
	"p, d and q at most where they are chosen", 3},
	[ARIMA_OPTION_MAX_SEASONAL] = {"max_seasonal", OPTION_NUMBERS, OPTION_AUTO, "[2, 1, 2]", 0,
		ARIMA_MAX_SEASONAL, NULL,
	"P, D and Q at most where they are chosen", 3},
	[ARIMA_OPTION_HOLIDAYS] = {"holidays", OPTION_BOOLEAN, 0, NULL, 0, 1, NULL,
	"an effect of the days of crimeml.holidays"},
	[ARIMA_OPTION_EXPOSURE] = {"exposure", OPTION_BOOLEAN, 0, NULL, 0, 1, NULL,
	"an effect of the length of buckets: days of the month, hours of the day"},
	[ARIMA_OPTION_STARTS] = {"starts", OPTION_INTEGER, 10, NULL, 0, 1000, NULL,
	"places from which the likelihood's maximum is looked for, besides the usual two"},
};

const OptionTable arima_agg_options = {
	"arima_agg", arima_spec, ARIMA_OPTIONS, &forecaster_options, "{\"order\": [0, 1, 1], \"seasonal\": [0, 1, 1]}"
};

/* A mean and nothing else. */
static const ArimaOrder white = {.m = 1, .constant = true};

/* ----------
 * Regressors
 * ----------
 */

/* Add a regressor unless it is the same at all values there are; false: it is. */
static bool
add_regressor(ArimaModel *m, ArimaData *data, const Series *series, uint16 regressor)
{
	double	   *column = scratch_array(double, series->n);
	bool		varies = false;
	int			seen = -1;

	for (int t = 0; t < series->n; t++)
	{
		column[t] = regressor_value(regressor, m->season, series->calendar, series->first + t);
		if (isnan(series->value[t]))
			continue;
		varies |= seen >= 0 && column[t] != column[seen];
		seen = t;
	}
	if (!varies)
		return false;
	m->regressor[m->regressors++] = regressor;
	data->column[++data->columns] = column;
	return true;
}

/* ----------
 * Fitting
 * ----------
 */

/* Words that say why, one after the other. */
static void
add_reason(FitReport *report, const char *reason)
{
	report->reason = report->reason ? psprintf("%s; %s", report->reason, reason) : reason;
}

/* Numbers of an option that are whole; or the default. */
static void
take_orders(const OptionValue *option, int which, int a, int b, int c, int *result)
{
	result[0] = a;
	result[1] = b;
	result[2] = c;
	if (!option[which].given)
		return;
	for (int i = 0; i < 3; i++)
	{
		double		number = option[which].numbers[i];

		if (number != rint(number) || (i == 1 && number > ARIMA_MAX_DIFFERENCE))
			option_error(&arima_agg_options, &arima_spec[which],
						 i == 1 ? "differenced more than twice" : "a broken number");
		result[i] = (int) number;
	}
}

/* The data without columns: what is left of the values when those have explained what they can. */
static ArimaData
without_regressors(const ArimaData *data)
{
	ArimaData	rest = *data;
	ArimaData  *with = arima_with_constant(data, &white);
	ArimaLikelihood likelihood;
	double		none[1] = {0};
	double	   *value;

	if (data->columns == 0)
		return rest;
	value = scratch_array(double, data->n);
	memcpy(value, data->column[0], sizeof(double) * data->n);
	rest.columns = 0;
	rest.column = palloc(sizeof(double *));
	rest.column[0] = value;
	arima_fast(arima_fast_init(with, &white), none, false, &likelihood);
	for (int c = 1; c <= with->columns; c++)
		for (int t = 0; t < data->n; t++)
			value[t] -= likelihood.beta[c - 1] * with->column[c][t];
	return rest;
}

/* Counts of which most are next to nothing. */
static bool
counts_are_low(const Series *series, const SeriesSummary *summary)
{
	int			zeros = 0;

	if (!series->counts)
		return false;
	for (int t = 0; t < series->n; t++)
		zeros += series->value[t] == 0;
	return summary->mean < LOW_MEAN || zeros > MANY_ZEROS * summary->seen;
}

/*
 * The orders that options leave to choose from, with the differences settled by
 * the values without gaps and regressors.
 */
static ArimaSearch
plan_search(const ArimaData *rest, const OptionValue *option, int m, bool counts,
			bool low_counts, FitReport *report)
{
	ArimaSearch s = {.least = {.m = m}, .most = {.m = m}, .stepwise = option[ARIMA_OPTION_STEPWISE].number != 0};
	bool		given = option[ARIMA_OPTION_ORDER].given;
	bool		seasonal_given = given || option[ARIMA_OPTION_SEASONAL].given;
	int			constant = (int) option[ARIMA_OPTION_CONSTANT].number;
	int			order[3];
	int			seasonal[3];
	int			most[3];
	int			most_seasonal[3];
	int			differences;

	take_orders(option, ARIMA_OPTION_MAX_ORDER, 5, 2, 5, most);
	take_orders(option, ARIMA_OPTION_MAX_SEASONAL, 2, 1, 2, most_seasonal);
	take_orders(option, ARIMA_OPTION_ORDER, 0, 0, 0, order);
	take_orders(option, ARIMA_OPTION_SEASONAL, 0, 0, 0, seasonal);
	if (m == 1)
		memset(seasonal, 0, sizeof(seasonal));
	if (!seasonal_given && m > 1)
		seasonal[1] = most_seasonal[1] > 0 &&
			arima_season_is_strong(rest->column[0], rest->n, m);
	s.least.D = s.most.D = seasonal[1];
	if (!given)
	{
		ArimaData  *differenced = arima_difference(rest, &s.least);

		order[1] = arima_differences(differenced->column[0], differenced->n,
									 arima_size(rest->column[0], rest->n), most[1]);
		if (order[1] > 0 && low_counts)
		{
			order[1] = 0;
			add_reason(report, "not differenced, as the counts are low");
		}
	}
	s.least.d = s.most.d = order[1];
	s.least.p = s.most.p = order[0];
	s.least.q = s.most.q = order[2];
	s.least.P = s.most.P = seasonal[0];
	s.least.Q = s.most.Q = seasonal[2];
	if (!given)
	{
		int			limit = rest->n / 3;

		s.most.p = Min(most[0], limit);
		s.most.q = Min(most[2], limit);
		if (m > 1 && !seasonal_given)
		{
			s.most.P = Min(most_seasonal[0], limit / m);
			s.most.Q = Min(most_seasonal[2], limit / m);
		}
		if (m > 1 && s.most.P > 0)
			s.most.p = Min(s.most.p, m - 1);
		if (m > 1 && s.most.Q > 0)
			s.most.q = Min(s.most.q, m - 1);
	}
	differences = s.least.d + s.least.D;
	s.most.constant = differences <= 1 &&
		(constant == CONSTANT_AUTO || constant == (differences ? CONSTANT_DRIFT : CONSTANT_MEAN));
	s.least.constant = s.most.constant && (constant != CONSTANT_AUTO || (counts && differences == 0));

	/* of given orders R's arima has a mean, and no drift unless it is asked for */
	if (given && constant == CONSTANT_AUTO)
		s.least.constant = s.most.constant = differences == 0;
	return s;
}

static bool
is_one_model(const ArimaSearch *s)
{
	return memcmp(&s->least, &s->most, sizeof(s->least)) == 0;
}

/* A mean and nothing else. */
static void
fit_mean(ArimaModel *m, const Series *series, const SeriesSummary *summary)
{
	m->order = white;
	m->regressors = 0;
	m->beta[0] = summary->mean;
	m->sigma = sqrt(plain_variance(summary, series->counts));
	filter_init(&m->filter, &m->order, 1);
	(void) filter_start(&m->filter, &m->order, m->coefficient, 1);
	m->filter.covariance[0] = 0;
}

static char *
method_name(const ArimaOrder *o, int regressors)
{
	const char *constant = !arima_has_constant(o) ? "" : o->d + o->D == 0 ? " with mean" : " with drift";
	const char *errors = regressors > 0 ? "regression with errors " : "";

	if (o->P + o->D + o->Q == 0)
		return psprintf("%sARIMA(%d,%d,%d)%s", errors, o->p, o->d, o->q, constant);
	return psprintf("%sARIMA(%d,%d,%d)(%d,%d,%d)[%d]%s", errors, o->p, o->d, o->q, o->P, o->D, o->Q,
					o->m, constant);
}

static void
write_report(const ArimaModel *m, const ArimaFit *fit, FitReport *report)
{
	static const char *const part[] = {"ar", "ma", "sar", "sma"};
	const ArimaOrder *o = &m->order;
	int			count[] = {o->p, o->q, o->P, o->Q};
	const double *beta = m->beta;

	report->method = method_name(o, m->regressors);
	for (int k = 0, at = 0; k < lengthof(part); k++)
		for (int i = 1; i <= count[k]; i++, at++)
		{
			report_term(report, psprintf("%s%d", part[k], i), m->coefficient[at]);
			if (fit != NULL && isfinite(fit->error[at]))
				report_term(report, psprintf("%s%d_error", part[k], i), fit->error[at]);
		}
	if (arima_has_constant(o))
		report_term(report, o->d + o->D == 0 ? "mean" : "drift", *beta++);
	for (int i = 0; i < m->regressors; i++)
		report_term(report, regressor_name(m->regressor[i]), beta[i]);
	report_term(report, "sigma", m->sigma);
	if (fit == NULL || !isfinite(fit->likelihood.log_likelihood))
		return;
	report_term(report, "loglik", fit->likelihood.log_likelihood);
	report_term(report, "aic", fit->aic);
	if (isfinite(fit->aicc))
		report_term(report, "aicc", fit->aicc);
	report_term(report, "bic", fit->bic);
}

/*
 * The values divided by scale, with the regressors that the options ask for; "before"
 * is how many values of the whole series are before them.
 */
static ArimaData *
collect(ArimaModel *m, const Series *series, int before, const OptionValue *option, int season,
		double scale, FitReport *report)
{
	ArimaData  *data = palloc0(sizeof(ArimaData));
	double	   *value = scratch_array(double, series->n);

	data->n = series->n;
	data->before = before;
	data->column = palloc(sizeof(double *) * (ARIMA_MAX_COLUMNS + 1));
	data->column[0] = value;
	for (int t = 0; t < series->n; t++)
	{
		value[t] = series->value[t] / scale;
		data->missing += isnan(value[t]);
	}
	m->season = season;
	if (option[ARIMA_OPTION_HOLIDAYS].number != 0 &&
		!add_regressor(m, data, series, REGRESSOR_HOLIDAY))
		add_reason(report, "no effect of holidays, as there are none");
	if (option[ARIMA_OPTION_EXPOSURE].number != 0 &&
		!add_regressor(m, data, series, REGRESSOR_EXPOSURE))
		add_reason(report, "no effect of the buckets' lengths, as they are the same");
	if (season > ARIMA_MAX_SEASON && series->n > 2 * season)
	{
		/* of a week in hours, say, the week's and those of its days */
		int			days = season % 7 == 0 && series->calendar->bucket.microseconds > 0 ? 7 : 0;

		for (int k = 1; k <= 3; k++)
			for (int part = 0; part < 2; part++)
			{
				(void) add_regressor(m, data, series, REGRESSOR_WAVE + 2 * k + part);
				if (days > 0 && 2 * days * k < season)
					(void) add_regressor(m, data, series, REGRESSOR_WAVE + 2 * days * k + part);
			}
		add_reason(report, psprintf("the season of %d buckets is described by sines and cosines", season));
	}
	return data;
}

/* Leave out the regressors of which differencing leaves nothing; false: there are none. */
static bool
drop_regressors(ArimaModel *m, ArimaData *data, ArimaData *filled, const ArimaOrder *o,
				FitReport *report)
{
	ArimaData  *differenced = arima_difference(filled, o);
	int			kept = 0;
	bool		dropped;

	if (differenced->n < 1)
		return false;
	for (int i = 0; i < m->regressors; i++)
	{
		if (arima_is_constant(differenced->column[i + 1], differenced->n,
							  arima_size(filled->column[i + 1], filled->n)))
		{
			add_reason(report, psprintf("no effect of \"%s\", which the differences take away",
										regressor_name(m->regressor[i])));
			continue;
		}
		m->regressor[kept] = m->regressor[i];
		data->column[kept + 1] = data->column[i + 1];
		filled->column[++kept] = filled->column[i + 1];
	}
	dropped = kept < m->regressors;
	m->regressors = data->columns = filled->columns = kept;
	return dropped;
}

static bool
differences_are_constant(const ArimaData *rest, const ArimaOrder *o)
{
	ArimaData  *differenced = arima_difference(rest, o);
	double		size = arima_size(rest->column[0], rest->n);

	/* where there can be no drift they are to be 0 */
	return arima_lost(o) > 0 && differenced->n > 1 &&
		arima_is_constant(differenced->column[0], differenced->n, size) &&
		(o->d + o->D <= 1 ||
		 arima_size(differenced->column[0], differenced->n) <= ARIMA_ROUNDING * size);
}

/*
 * Fit the model that the options describe, or choose one; false: there are too few
 * values for it, or it has no finite likelihood.
 */
static bool
fit_model(ArimaModel *m, const Series *series, const OptionValue *option,
		  const SeriesSummary *summary, ArimaFit *fit, FitReport *report)
{
	double		largest = 0;
	double		scale = 1;
	bool		fits_exactly = false;
	int			before = Max(series->n - MOST_FITTED, 0);
	Series		last = *series;
	int			season = option[ARIMA_OPTION_SEASON].given ?
		(int) option[ARIMA_OPTION_SEASON].number : series->calendar->season;
	int			starts = (int) option[ARIMA_OPTION_STARTS].number;
	ArimaData  *data;
	ArimaData	filled;
	ArimaData	rest;
	const ArimaData *fitted;
	ArimaSearch search;

	if (before > 0)
	{
		last.n -= before;
		last.value += before;
		last.first += before;
		add_reason(report, psprintf("fitted to the last %d values", MOST_FITTED));
	}
	for (int t = 0; t < last.n; t++)
		if (!isnan(last.value[t]))
			largest = Max(largest, fabs(last.value[t]));
	if (largest > EXTREME || (largest > 0 && largest < 1 / EXTREME))
		scale = largest;
	data = collect(m, &last, before, option, season, scale, report);
	filled = *data;
	filled.column = palloc(sizeof(double *) * (ARIMA_MAX_COLUMNS + 1));
	memcpy(filled.column, data->column, sizeof(double *) * (data->columns + 1));
	filled.column[0] = scratch_array(double, data->n);
	fill_gaps(data->column[0], filled.column[0], data->n, 1);
	rest = without_regressors(&filled);
	search = plan_search(&rest, option, season > ARIMA_MAX_SEASON ? 1 : season,
						 series->counts, counts_are_low(series, summary), report);
	if (drop_regressors(m, data, &filled, &search.least, report))
		rest = without_regressors(&filled);

	/* many waves are taken out before, and fitted with the rest at the end alone */
	fitted = season > ARIMA_MAX_SEASON ? &rest : &filled;
	if (differences_are_constant(&rest, &search.least))
	{
		/* nothing is left for the rest of a model to explain */
		memset(fit, 0, sizeof(*fit));
		fit->order = search.least;
		fit->order.p = fit->order.q = fit->order.P = fit->order.Q = 0;
		fit->order.constant = search.most.constant;
		add_reason(report, "the differences are all the same");
		fits_exactly = true;
	}
	else if (is_one_model(&search))
	{
		if (!arima_fit(fitted, &search.least, 0, starts, false, INFINITY, fit))
			return false;
	}
	else
	{
		int			tried;

		if (!arima_search(fitted, &search, starts, fit, &tried))
			return false;
		add_reason(report, psprintf("the least AICc of %d models", tried));
		if (!fit->sound)
			add_reason(report, "none of them is clearly stationary and invertible");
	}
	arima_finish(data, data->missing > 0, fit, &m->filter);
	if (!fits_exactly &&
		(!isfinite(fit->likelihood.value) || !(fit->likelihood.sigma > 0) ||
		 !arima_is_stationary(&fit->order, fit->coefficient)))
		return false;
	m->order = fit->order;
	memcpy(m->coefficient, fit->coefficient, sizeof(m->coefficient));
	m->sigma = fit->likelihood.sigma * scale;
	for (int i = 0; i < arima_has_constant(&m->order) + m->regressors; i++)
		m->beta[i] = fit->likelihood.beta[i] * scale;
	for (int i = 0; i < m->filter.states; i++)
		m->filter.state[i] *= scale;
	fit->likelihood.log_likelihood -= fit->likelihood.used * log(scale);
	arima_criteria(fit, arima_has_constant(&m->order) + m->regressors);
	return isfinite(m->sigma);
}

/* ----------
 * The forecaster
 * ----------
 */

static void
arima_forecaster_fit(const Series *series, const void *pool, const OptionValue *option,
					 ByteWriter *payload, FitReport *report)
{
	ArimaModel *m = palloc0(sizeof(ArimaModel));
	SeriesSummary summary = series_summary(series);
	ArimaFit	fit;

	if (!summary.constant && summary.seen >= FEW_VALUES &&
		fit_model(m, series, option, &summary, &fit, report))
		write_report(m, &fit, report);
	else
	{
		m->season = 1;
		fit_mean(m, series, &summary);
		report->reason = summary.constant && summary.seen > 1 ? "all values are the same" :
			summary.seen < FEW_VALUES ? "too few values for more than a mean" :
			"a mean, as the model could not be fitted to these values";
		write_report(m, NULL, report);
	}
	arima_write(m, payload);
}

static Size
arima_memory(int n, int season, const OptionValue *option)
{
	Size		states = Min(season, ARIMA_MAX_SEASON) * 4 + 2 * ARIMA_MAX_ORDER;

	return sizeof(double) * ((Size) n * 40 + states * states * 4);
}

const Forecaster arima_forecaster = {
	.base = {
		.name = "arima",
		.code = 34,
		.options = &arima_agg_options,
		.lower = "the number of values",
		.decode = arima_decode
	},
	.fit = arima_forecaster_fit,
	.forecast = arima_forecast,
	.update = arima_update,
	.write = arima_write,
	.memory = arima_memory
};
