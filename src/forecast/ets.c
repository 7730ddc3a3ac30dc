/*
 * ets.c
 *		The forecaster "ets": exponential smoothing.
 */
#include "forecast/ets.h"

#include <float.h>
#include <math.h>

#include "forecast/classical.h"
#include "forecast/engine.h"

/* Seasonal states that a report shows one by one. */
#define SHOWN_SEASON 24

enum
{
	ETS_OPTION_MODEL,
	ETS_OPTION_ALPHA,
	ETS_OPTION_BETA,
	ETS_OPTION_GAMMA,
	ETS_OPTION_PHI,
	ETS_OPTIONS
};

/* Z is any; the names of textbooks come last. */
static const struct
{
	const char *word;
	const char *form;
}			names[] = {
	{"simple", "ANN"},
	{"holt", "AAN"},
	{"holt_winters", "AAA"}
};

static const char *const model_words[] = {
	"ZZZ", "ZZN", "ZZA", "ZZM", "ZNZ", "ZNN", "ZNA", "ZNM",
	"ZAZ", "ZAN", "ZAA", "ZAM", "ZAdZ", "ZAdN", "ZAdA", "ZAdM",
	"AZZ", "AZN", "AZA", "AZM", "ANZ", "ANN", "ANA", "ANM",
	"AAZ", "AAN", "AAA", "AAM", "AAdZ", "AAdN", "AAdA", "AAdM",
	"MZZ", "MZN", "MZA", "MZM", "MNZ", "MNN", "MNA", "MNM",
	"MAZ", "MAN", "MAA", "MAM", "MAdZ", "MAdN", "MAdA", "MAdM",
	"simple", "holt", "holt_winters", NULL
};

static const OptionSpec ets_spec[] = {
	[ETS_OPTION_MODEL] = {"model", OPTION_CHOICE, 0, NULL, 0, 0, model_words,
	"error, trend, season: N none, A additive, Ad damped, M multiplicative, Z the one of the least AICc"},
	[ETS_OPTION_ALPHA] = {"alpha", OPTION_NUMBER, OPTION_AUTO, "fitted", 1e-4, 0.9999, NULL,
	"how much of an error goes into the level"},
	[ETS_OPTION_BETA] = {"beta", OPTION_NUMBER, OPTION_AUTO, "fitted", 1e-4, 0.9999, NULL,
	"how much of an error goes into the slope, alpha at most"},
	[ETS_OPTION_GAMMA] = {"gamma", OPTION_NUMBER, OPTION_AUTO, "fitted", 1e-4, 0.9999, NULL,
	"how much of an error goes into the season, 1 - alpha at most"},
	[ETS_OPTION_PHI] = {"phi", OPTION_NUMBER, OPTION_AUTO, "fitted", 0.8, 0.98, NULL,
	"the damping of the slope, step by step"},
};

const OptionTable ets_agg_options = {
	"ets_agg", ets_spec, ETS_OPTIONS, &forecaster_options, "{\"model\": \"AAdA\"}"
};

/* The part that a letter stands for; it moves on. */
static EtsPart
read_part(const char **word)
{
	char		letter = *(*word)++;

	if (letter == 'A' && **word == 'd')
	{
		(*word)++;
		return ETS_DAMPED;
	}
	return letter == 'Z' ? ETS_ANY : letter == 'A' ? ETS_ADDITIVE :
		letter == 'M' ? ETS_MULTIPLICATIVE : ETS_NONE;
}

static EtsForm
asked_form(const OptionValue *option)
{
	const char *word = model_words[(int) option[ETS_OPTION_MODEL].number];
	EtsForm		form;

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(word, names[i].word) == 0)
			word = names[i].form;
	form.error = read_part(&word);
	form.trend = read_part(&word);
	form.season = read_part(&word);
	return form;
}

static double
fixed_value(const OptionValue *option)
{
	return option->given && option->number != OPTION_AUTO ? option->number : NAN;
}

/* Smoothing parameters that are given must fit the model, and each other. */
static EtsFixed
fixed_parameters(const OptionValue *option, EtsForm asked)
{
	EtsFixed	fixed = {
		.alpha = fixed_value(&option[ETS_OPTION_ALPHA]),
		.beta = fixed_value(&option[ETS_OPTION_BETA]),
		.gamma = fixed_value(&option[ETS_OPTION_GAMMA]),
		.phi = fixed_value(&option[ETS_OPTION_PHI])
	};
	const char *problem = NULL;

	if (!isnan(fixed.beta) && asked.trend == ETS_NONE)
		problem = "\"beta\" needs a model with a trend";
	else if (!isnan(fixed.phi) && asked.trend != ETS_DAMPED && asked.trend != ETS_ANY)
		problem = "\"phi\" needs a model with a damped trend";
	else if (!isnan(fixed.gamma) && asked.season == ETS_NONE)
		problem = "\"gamma\" needs a model with a season";
	else if (fixed.beta > fixed.alpha)
		problem = "\"beta\" must not be above \"alpha\"";
	else if (fixed.gamma > 1 - (isnan(fixed.alpha) ? fixed.beta : fixed.alpha))
		problem = "\"gamma\" must not be above 1 - \"alpha\"";
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options of ets_agg that do not go together: %s", problem)));
	return fixed;
}

/* ----------
 * Fitting
 * ----------
 */

static const char *
method_name(EtsForm form)
{
	static const char *const part[] = {
		[ETS_NONE] = "N", [ETS_ADDITIVE] = "A", [ETS_DAMPED] = "Ad", [ETS_MULTIPLICATIVE] = "M"
	};

	return psprintf("ETS(%s,%s,%s)", part[form.error], part[form.trend], part[form.season]);
}

/* A level without a fit. */
static EtsFit
plain_level(const SeriesSummary *summary, bool counts, const EtsFixed *fixed)
{
	EtsFit		fit = {.loglik = NAN};

	fit.model = (EtsModel) {
		.form = ETS_SIMPLE, .period = 1, .phi = 1,
		.alpha = isnan(fixed->alpha) ? FEW_ALPHA : fixed->alpha,
		.level = summary->mean, .sigma2 = plain_variance(summary, counts)
	};
	fit.model.season = palloc0(sizeof(double));
	fit.start = fit.model;
	return fit;
}

/* Of the forms asked for the one of the fewest parameters. */
static EtsForm
least_form(EtsForm asked, const EtsFixed *fixed)
{
	if (asked.trend == ETS_ANY)
		asked.trend = !isnan(fixed->phi) ? ETS_DAMPED :
			!isnan(fixed->beta) ? ETS_ADDITIVE : ETS_NONE;
	if (asked.season == ETS_ANY)
		asked.season = isnan(fixed->gamma) ? ETS_NONE : ETS_ADDITIVE;
	return asked;
}

/* The form without a season, then without a trend, where what is asked for has no fit. */
static bool
choose_simpler(const EtsValues *values, EtsForm asked, const EtsFixed *fixed, EtsFit *fit)
{
	EtsFixed	left = *fixed;

	left.gamma = NAN;
	asked.season = ETS_NONE;
	if (ets_choose(values, 1, asked, &left, fit))
		return true;
	left.beta = left.phi = NAN;
	asked.trend = ETS_NONE;
	if (ets_choose(values, 1, asked, &left, fit))
		return true;
	return ets_choose(values, 1, ETS_SIMPLE, &left, fit);
}

/* Fit what is asked, or what is left of it; the reason, if there is one. */
static const char *
fit_form(const Series *series, EtsForm asked, const EtsFixed *fixed,
		 const SeriesSummary *summary, EtsFit *fit)
{
	int			period = series->calendar->season;
	double	   *filled;
	EtsValues	values;
	EtsForm		least;
	bool		chosen = asked.error == ETS_ANY || asked.trend == ETS_ANY || asked.season == ETS_ANY;
	const char *reason = NULL;

	if (summary->constant)
	{
		*fit = plain_level(summary, series->counts, fixed);
		return summary->seen == 1 ? "there is one value" : "all values are the same";
	}
	filled = scratch_array(double, series->n);
	fill_gaps(series->value, filled, series->n, period);
	values = ets_values(series->value, filled, series->n);
	pfree(filled);
	if (!values.positive && (asked.error == ETS_MULTIPLICATIVE || asked.season == ETS_MULTIPLICATIVE))
	{
		if (asked.error == ETS_MULTIPLICATIVE)
			asked.error = ETS_ADDITIVE;
		if (asked.season == ETS_MULTIPLICATIVE)
			asked.season = ETS_ADDITIVE;
		reason = "a value of 0 or below leaves no multiplicative model";
	}
	else if (chosen)
		reason = values.positive ? "least AICc" :
			"least AICc of the additive models, as there is a value of 0 or below";

	least = least_form(asked, fixed);
	if (ets_choose(&values, period, asked, fixed, fit))
	{
		if (asked.season == ETS_ANY && period > ETS_MAX_SEASON)
			reason = psprintf("a season of %d buckets is longer than %d", period, ETS_MAX_SEASON);
		else if (asked.season == ETS_ANY && period > 1 &&
				 !ets_has_enough((EtsForm) {least.error, least.trend, ETS_ADDITIVE}, period,
								 summary->seen))
			reason = psprintf("%d values are too few for a season of %d", summary->seen, period);
	}
	else if (choose_simpler(&values, asked, fixed, fit))
	{
		bool		seasonal = least.season != ETS_NONE;

		reason = seasonal && period < 2 ? "these buckets have no season" :
			seasonal && period > ETS_MAX_SEASON ?
			psprintf("a season of %d buckets is longer than %d", period, ETS_MAX_SEASON) :
			ets_has_enough(least, period, summary->seen) ?
			"the model asked for has no fit to these values" :
			psprintf("%d values are too few for the model asked for", summary->seen);
	}
	else
	{
		*fit = plain_level(summary, series->counts, fixed);
		reason = ets_has_enough(ETS_SIMPLE, 1, summary->seen) ?
			"no model has a fit to these values: their mean" :
			psprintf("%d values are too few for a fit: their mean", summary->seen);
	}
	pfree(values.value);
	pfree(values.filled);
	return reason;
}

static void
report_fit(const EtsFit *fit, FitReport *report)
{
	const EtsModel *m = &fit->model;

	report->method = method_name(m->form);
	report_term(report, "alpha", m->alpha);
	if (m->form.trend != ETS_NONE)
		report_term(report, "beta", m->beta);
	if (m->form.season != ETS_NONE)
		report_term(report, "gamma", m->gamma);
	if (m->form.trend == ETS_DAMPED)
		report_term(report, "phi", m->phi);
	report_term(report, "l", fit->start.level);
	if (m->form.trend != ETS_NONE)
		report_term(report, "b", fit->start.slope);
	if (m->form.season != ETS_NONE && m->period <= SHOWN_SEASON)
		for (int i = 0; i < m->period; i++)
			report_term(report, psprintf("s%d", i), fit->start.season[m->period - 1 - i]);
	report_term(report, "sigma2", m->sigma2);
	if (isnan(fit->loglik))
		return;
	report_term(report, "loglik", fit->loglik);
	report_term(report, "aic", fit->aic);
	report_term(report, "aicc", fit->aicc);
	report_term(report, "bic", fit->bic);
}

static void
write_model(const EtsModel *m, ByteWriter *w)
{
	write_u8(w, m->form.error);
	write_u8(w, m->form.trend);
	write_u8(w, m->form.season);
	write_finite(w, m->alpha);
	write_finite(w, m->beta);
	write_finite(w, m->gamma);
	write_finite(w, m->phi);
	write_finite(w, m->sigma2);
	write_finite(w, m->level);
	write_finite(w, m->slope);
	if (m->form.season != ETS_NONE)
		for (int i = 0; i < m->period; i++)
			write_finite(w, m->season[i]);
}

static void
ets_fit_series(const Series *series, const void *pool, const OptionValue *option,
			   ByteWriter *payload, FitReport *report)
{
	EtsForm		asked = asked_form(option);
	EtsFixed	fixed = fixed_parameters(option, asked);
	SeriesSummary summary = series_summary(series);
	EtsFit		fit;

	report->reason = fit_form(series, asked, &fixed, &summary, &fit);
	report_fit(&fit, report);
	write_model(&fit.model, payload);
}

/* ----------
 * What was fitted
 * ----------
 */

static EtsPart
decode_part(ByteReader *r, bool damped, bool none, bool multiplicative)
{
	uint8		part = read_u8(r);

	if (!(part == ETS_ADDITIVE || (part == ETS_NONE && none) || (part == ETS_DAMPED && damped) ||
		  (part == ETS_MULTIPLICATIVE && multiplicative)))
		reader_damaged(r, "a part of a model of exponential smoothing is not known");
	return part;
}

static void *
ets_decode(ByteReader *r, const void *shape)
{
	EtsModel   *m = palloc(sizeof(EtsModel));

	m->form.error = decode_part(r, false, false, true);
	m->form.trend = decode_part(r, true, true, false);
	m->form.season = decode_part(r, false, true, true);
	m->period = m->form.season == ETS_NONE ? 1 : ((const SeriesShape *) shape)->season;
	if (m->period < 1 || m->period > ETS_MAX_SEASON)
		reader_damaged(r, "the season of a model of exponential smoothing is out of range");
	m->alpha = read_within(r, 0, 1);
	m->beta = read_within(r, 0, 1);
	m->gamma = read_within(r, 0, 1);
	m->phi = read_within(r, 0, 1);
	m->sigma2 = read_within(r, 0, DBL_MAX);
	m->level = read_finite(r);
	m->slope = read_finite(r);
	m->season = palloc0(sizeof(double) * m->period);
	if (m->form.season != ETS_NONE)
		for (int i = 0; i < m->period; i++)
			m->season[i] = read_finite(r);
	return m;
}

static void
ets_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			 int horizon, uint64 seed, Predictive *result)
{
	ets_steps(fitted, horizon, seed, shape->counts, result);
}

static void
ets_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	EtsModel   *m = fitted;
	double		turned;

	ets_update_at(m, 0, value);
	turned = m->season[0];
	memmove(m->season, m->season + 1, sizeof(double) * (m->period - 1));
	m->season[m->period - 1] = turned;
}

static void
ets_write(const void *fitted, ByteWriter *payload)
{
	write_model(fitted, payload);
}

static Size
ets_memory(int n, int season, const OptionValue *option)
{
	/* a pass with its gradient, copies of the values, the steps of the search */
	return sizeof(double) * ((Size) 9 * n + (Size) 64 * Min(season, ETS_MAX_SEASON));
}

const Forecaster ets_forecaster = {
	.base = {
		.name = "ets",
		.code = 33,
		.options = &ets_agg_options,
		.lower = "the number of buckets",
		.decode = ets_decode
	},
	.fit = ets_fit_series,
	.forecast = ets_forecast,
	.update = ets_update,
	.write = ets_write,
	.memory = ets_memory
};
