/*
 * trend.c
 *		The forecaster "trend": a line, a season and holidays by least squares.
 *
 * Each slot of the calendar (month, weekday, hour of the week) has a mean of its
 * own; the line, annual harmonics of buckets below a month and the holidays are
 * fitted to what is left about the means of their slots, which gives the
 * estimates of the regression on all of them with a matrix of eight columns
 * (Frisch and Waugh 1933).
 *
 * The distribution of a value is Student's t; it is given as the normal one of
 * the same standard deviation.
 */
#include <float.h>
#include <math.h>

#include "forecast/engine.h"
#include "stat/plain_math.h"

#define MAX_HARMONICS 3
#define MAX_TERMS (2 + 2 * MAX_HARMONICS)	/* line, holiday, harmonics */
#define MAX_SLOTS 10080			/* minutes of a week */

/* Harmonics need so many years of values. */
#define LEAST_YEARS 2

/* Values more than parameters, so that Student's t has a variance. */
#define LEAST_FREEDOM 3

/* A column whose squares fall to this share is a sum of others. */
#define ALIASED 1e-12

/* Slots that a report shows one by one. */
#define SHOWN_SLOTS 24

enum
{
	TREND_OPTION_HARMONICS,
	TREND_OPTIONS
};

static const OptionSpec trend_spec[] = {
	[TREND_OPTION_HARMONICS] = {"harmonics", OPTION_INTEGER, MAX_HARMONICS, NULL,
		0, MAX_HARMONICS, NULL,
	"annual sine waves of buckets below a month, where there are two years of them"},
};

const OptionTable trend_options = {
	"trend", trend_spec, TREND_OPTIONS, &forecaster_options, "{\"harmonics\": 1}"
};

/* Means of a slot. */
typedef struct Slot
{
	int			n;
	double		value;
	double		term[MAX_TERMS];
} Slot;

typedef struct Trend
{
	bool		line;
	bool		holiday;
	int			harmonics;
	int			terms;			/* of these */
	int			slots;			/* 1: none */
	double		middle;			/* of time, from the first value */
	double		squares;		/* of the residuals */
	int			freedom;
	double		estimate[MAX_TERMS];
	double		inverse[MAX_TERMS][MAX_TERMS];	/* of the squares and products; symmetric */
	Slot	   *slot;
} Trend;

/* The terms of a bucket; t is counted from the first value. */
static void
set_terms(const Trend *m, const Calendar *calendar, int first, int t, double *term)
{
	int			k = 0;

	if (m->line)
		term[k++] = t - m->middle;
	if (m->holiday)
		term[k++] = calendar->holiday[first + t];
	for (int i = 1; i <= m->harmonics; i++, k += 2)
		plain_circle(i * calendar->year[first + t], &term[k + 1], &term[k]);
}

static int
slot_of(const Trend *m, const Calendar *calendar, int first, int t)
{
	return m->slots > 1 ? calendar->slot[first + t] : 0;
}

/* ----------
 * Fitting
 * ----------
 */

/*
 * Invert the matrix in place by the sweep operator (Goodnight 1979), and leave
 * out columns that are sums of others; how many are left.
 */
static int
invert(double matrix[MAX_TERMS][MAX_TERMS], int terms)
{
	bool		swept[MAX_TERMS] = {false};
	double		before[MAX_TERMS];
	int			rank = 0;

	for (int k = 0; k < terms; k++)
		before[k] = matrix[k][k];
	for (int k = 0; k < terms; k++)
	{
		double		pivot = matrix[k][k];

		if (!(pivot > before[k] * ALIASED))
			continue;
		for (int j = 0; j < terms; j++)
			matrix[k][j] /= pivot;
		for (int i = 0; i < terms; i++)
		{
			double		factor = matrix[i][k];

			if (i == k)
				continue;
			for (int j = 0; j < terms; j++)
				matrix[i][j] -= factor * matrix[k][j];
			matrix[i][k] = -factor / pivot;
		}
		matrix[k][k] = 1 / pivot;
		swept[k] = true;
		rank++;
	}
	for (int i = 0; i < terms; i++)
		for (int j = 0; j < terms; j++)
			if (!swept[i] || !swept[j])
				matrix[i][j] = 0;
	return rank;
}

/* Means by slot; how many slots have values. */
static int
set_slots(Trend *m, const Series *s)
{
	double		term[MAX_TERMS];
	int			used = 0;

	memset(m->slot, 0, sizeof(Slot) * m->slots);
	for (int t = 0; t < s->n; t++)
	{
		Slot	   *slot = &m->slot[slot_of(m, s->calendar, s->first, t)];

		if (t % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(s->value[t]))
			continue;
		set_terms(m, s->calendar, s->first, t, term);
		used += slot->n == 0;
		slot->n++;
		slot->value += (s->value[t] - slot->value) / slot->n;
		for (int i = 0; i < m->terms; i++)
			slot->term[i] += (term[i] - slot->term[i]) / slot->n;
	}
	return used;
}

/* What the terms say of a value about the mean of its slot. */
static double
within_slot(const Trend *m, const Slot *slot, const double *term)
{
	double		sum = 0;

	for (int i = 0; i < m->terms; i++)
		sum += m->estimate[i] * (term[i] - slot->term[i]);
	return sum;
}

/* Fit the terms that m has; false if there are too few values, or they run over. */
static bool
fit_terms(Trend *m, const Series *s, int seen)
{
	double		product[MAX_TERMS] = {0};
	double		term[MAX_TERMS];
	int			rank;

	m->terms = m->line + m->holiday + 2 * m->harmonics;
	rank = set_slots(m, s);
	memset(m->inverse, 0, sizeof(m->inverse));
	for (int t = 0; t < s->n; t++)
	{
		const Slot *slot = &m->slot[slot_of(m, s->calendar, s->first, t)];

		if (t % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(s->value[t]))
			continue;
		set_terms(m, s->calendar, s->first, t, term);
		for (int i = 0; i < m->terms; i++)
		{
			term[i] -= slot->term[i];
			product[i] += term[i] * (s->value[t] - slot->value);
			for (int j = 0; j <= i; j++)
				m->inverse[i][j] += term[i] * term[j];
		}
	}
	for (int i = 0; i < m->terms; i++)
		for (int j = 0; j < i; j++)
			m->inverse[j][i] = m->inverse[i][j];
	rank += invert(m->inverse, m->terms);
	m->freedom = seen - rank;
	if (m->freedom < LEAST_FREEDOM)
		return false;
	for (int i = 0; i < m->terms; i++)
	{
		m->estimate[i] = 0;
		for (int j = 0; j < m->terms; j++)
			m->estimate[i] += m->inverse[i][j] * product[j];
	}
	m->squares = 0;
	for (int t = 0; t < s->n; t++)
	{
		const Slot *slot = &m->slot[slot_of(m, s->calendar, s->first, t)];
		double		residual = s->value[t] - slot->value;

		if (t % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(s->value[t]))
			continue;
		set_terms(m, s->calendar, s->first, t, term);
		residual -= within_slot(m, slot, term);
		m->squares += residual * residual;
	}
	return isfinite(m->squares);
}

static void
report_trend(const Trend *m, const Series *series, const SeriesSummary *summary, FitReport *report)
{
	int			k = 0;

	report->method = m->slots > 1 ?
		(m->line ? "linear trend with season" : "means of the season") :
		m->line ? "linear trend" : "mean";
	if (m->line)
		report_term(report, "slope", m->estimate[k++]);
	if (m->holiday)
		report_term(report, "holiday", m->estimate[k++]);
	for (int i = 1; i <= m->harmonics; i++, k += 2)
	{
		report_term(report, psprintf("sine %d", i), m->estimate[k]);
		report_term(report, psprintf("cosine %d", i), m->estimate[k + 1]);
	}
	if (m->slots <= SHOWN_SLOTS)
		for (int s = 0; s < m->slots; s++)
			if (m->slot[s].n > 0)
				report_term(report, m->slots > 1 ? psprintf("slot %d", s) : "middle",
							m->slot[s].value + within_slot(m, &m->slot[s], (double[MAX_TERMS]) {0}));
	report_term(report, "sd", sqrt(m->squares / m->freedom));
	if (summary->variance > 0)
		report_term(report, "r2", 1 - m->squares / (summary->variance * (summary->seen - 1)));
	report_term(report, "freedom", m->freedom);
}

static void
trend_fit(const Series *series, const void *pool, const OptionValue *option,
		  ByteWriter *payload, FitReport *report)
{
	const Calendar *calendar = series->calendar;
	SeriesSummary summary = series_summary(series);
	Trend		m = {.line = true, .middle = (series->n - 1) / 2.0};
	double		days = (calendar->at[series->first + series->n] - calendar->at[series->first]) /
		(double) USECS_PER_DAY;
	int			holidays = 0;
	bool		fitted;

	for (int t = 0; t < series->n; t++)
		holidays += !isnan(series->value[t]) && calendar->holiday[series->first + t];
	m.holiday = holidays > 0;
	if (calendar->bucket.months == 0 && days >= LEAST_YEARS * 365)
		m.harmonics = (int) option[TREND_OPTION_HARMONICS].number;
	Assert(calendar->slots >= 1 && calendar->slots <= MAX_SLOTS);
	m.slots = calendar->slots;
	m.slot = scratch_array(Slot, m.slots);
	fitted = !summary.constant && fit_terms(&m, series, summary.seen);
	if (!fitted && !summary.constant && m.freedom < LEAST_FREEDOM)
	{
		report->reason = psprintf("%d values are too few for a season", summary.seen);
		m.harmonics = 0;
		m.holiday = false;
		m.slots = 1;
		fitted = fit_terms(&m, series, summary.seen);
	}
	if (!fitted)
	{
		report->reason = summary.constant ? "all values are the same" :
			m.freedom < LEAST_FREEDOM ? psprintf("%d values are too few for a trend", summary.seen) :
			"the squares of the values run over";
		m.line = m.holiday = false;
		m.harmonics = m.terms = 0;
		m.slots = 1;
		m.slot[0] = (Slot) {.n = summary.seen, .value = summary.mean};
		m.freedom = LEAST_FREEDOM;
		m.squares = plain_variance(&summary, series->counts);
	}
	report_trend(&m, series, &summary, report);

	write_u8(payload, m.line | m.holiday << 1 | m.harmonics << 2);
	write_varint(payload, m.slots);
	write_finite(payload, m.middle);
	write_finite(payload, m.squares);
	write_varint(payload, m.freedom);
	for (int i = 0; i < m.terms; i++)
	{
		write_finite(payload, m.estimate[i]);
		for (int j = 0; j <= i; j++)
			write_finite(payload, m.inverse[i][j]);
	}
	for (int s = 0; s < m.slots; s++)
	{
		write_varint(payload, m.slot[s].n);
		write_finite(payload, m.slot[s].value);
		for (int i = 0; i < m.terms; i++)
			write_finite(payload, m.slot[s].term[i]);
	}
	pfree(m.slot);
}

/* ----------
 * What was fitted
 * ----------
 */

static void *
trend_decode(ByteReader *r, const void *shape)
{
	Trend	   *m = palloc0(sizeof(Trend));
	uint8		flags = read_u8(r);

	m->line = flags & 1;
	m->holiday = (flags >> 1) & 1;
	m->harmonics = flags >> 2;
	if (m->harmonics > MAX_HARMONICS)
		reader_damaged(r, "a number of a forecaster is out of range");
	m->terms = m->line + m->holiday + 2 * m->harmonics;
	m->slots = read_count(r, (1 + m->terms) * sizeof(double) + 1, MAX_SLOTS);
	if (m->slots != 1 && m->slots != ((const SeriesShape *) shape)->slots)
		reader_damaged(r, "the slots of a forecaster are not those of its calendar");
	m->middle = read_finite(r);
	m->squares = read_within(r, 0, DBL_MAX);
	m->freedom = crimeml_int_within(read_varint(r), 0, CALENDAR_MAX_BUCKETS);
	if (m->freedom < LEAST_FREEDOM)
		reader_damaged(r, "a number of a forecaster is out of range");
	for (int i = 0; i < m->terms; i++)
	{
		m->estimate[i] = read_finite(r);
		for (int j = 0; j <= i; j++)
			m->inverse[i][j] = m->inverse[j][i] = read_finite(r);
	}
	m->slot = palloc0(sizeof(Slot) * m->slots);
	for (int s = 0; s < m->slots; s++)
	{
		m->slot[s].n = crimeml_int_within(read_varint(r), 0, CALENDAR_MAX_BUCKETS);
		m->slot[s].value = read_finite(r);
		for (int i = 0; i < m->terms; i++)
			m->slot[s].term[i] = read_finite(r);
	}
	return m;
}

/* The mean of all slots, with the variance of one value. */
static Slot
mean_of_slots(const Trend *m)
{
	Slot		mean = {.n = 1};
	double		n = 0;

	for (int i = 0; i < m->slots; i++)
	{
		const Slot *slot = &m->slot[i];

		if (slot->n == 0)
			continue;
		n += slot->n;
		mean.value += (slot->value - mean.value) * slot->n / n;
		for (int k = 0; k < m->terms; k++)
			mean.term[k] += (slot->term[k] - mean.term[k]) * slot->n / n;
	}
	return mean;
}

/* The value of a bucket, and the variance of the estimate in units of that of the residuals. */
static double
estimate_value(const Trend *m, const Slot *slot, const double *term, double *variance)
{
	*variance = 1.0 / slot->n;
	for (int i = 0; i < m->terms; i++)
	{
		double		gain = 0;

		for (int j = 0; j < m->terms; j++)
			gain += m->inverse[i][j] * (term[j] - slot->term[j]);
		*variance += gain * (term[i] - slot->term[i]);
	}
	return slot->value + within_slot(m, slot, term);
}

static void
trend_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			   int horizon, uint64 seed, Predictive *result)
{
	const Trend *m = fitted;
	double		term[MAX_TERMS];
	double		student = m->squares / (m->freedom - 2);	/* with the variance of t */
	Slot		mean_slot = mean_of_slots(m);

	for (int h = 0; h < horizon; h++)
	{
		int			t = shape->n + h;
		const Slot *slot = &m->slot[slot_of(m, calendar, shape->first, t)];
		double		variance;
		double		mean;

		CHECK_FOR_INTERRUPTS();
		if (slot->n == 0)
			slot = &mean_slot;
		set_terms(m, calendar, shape->first, t, term);
		mean = estimate_value(m, slot, term, &variance);
		predictive_set_normal(&result[h], shape->counts, mean,
							  student * (1 + Max(variance, 0)));
	}
}

static Size
trend_memory(int n, int season, const OptionValue *option)
{
	return sizeof(Slot) * Min(season, MAX_SLOTS);
}

const Forecaster trend_forecaster = {
	.base = {
		.name = "trend",
		.code = 36,
		.options = &trend_options,
		.lower = "the number of buckets",
		.decode = trend_decode
	},
	.fit = trend_fit,
	.forecast = trend_forecast,
	.memory = trend_memory
};
