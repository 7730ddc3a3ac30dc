/*
 * level.c
 *		The forecaster "level": counts as a profile times a level.
 */
#include "forecast/level.h"

#include <float.h>
#include <math.h>

#include "forecast/engine.h"
#include "forecast/level_additive.h"
#include "stat/distributions.h"
#include "stat/plain_math.h"

enum
{
	LEVEL_OPTION_VARIANT,
	LEVEL_OPTION_PATHS,
	LEVEL_OPTION_SEASON,
	LEVEL_OPTION_HOLIDAYS,
	LEVEL_OPTION_SEED,
	LEVEL_OPTIONS
};

enum
{
	VARIANT_AUTO,
	VARIANT_SIM,
	VARIANT_MS,
	VARIANT_POOLED
};

static const char *const variants[] = {"auto", "sim", "ms", "pooled", NULL};

static const OptionSpec level_spec[] = {
	[LEVEL_OPTION_VARIANT] = {"variant", OPTION_CHOICE, VARIANT_AUTO, NULL, 0, 0, variants,
		"sim: discount by the likelihood one step ahead; ms, for days: by the errors of the next 28 days' sums, the level "
		"may revert to the last year's; pooled: sim with a profile drawn towards that of all series; "
	"auto: pooled for days and less of several series where the mean is below 5 or more than 5 % are 0, else ms for days of 5 and more, else sim"},
	[LEVEL_OPTION_PATHS] = {"paths", OPTION_INTEGER, 400, NULL, 10, 100000, NULL,
	"simulated paths of the level"},
	[LEVEL_OPTION_SEASON] = {"season", OPTION_BOOLEAN, 1, NULL, 0, 1, NULL,
	"is there a profile of month, weekday or hour, and year?"},
	[LEVEL_OPTION_HOLIDAYS] = {"holidays", OPTION_BOOLEAN, 1, NULL, 0, 1, NULL,
	"do days of crimeml.holidays have an effect of their own? Not without season"},
	[LEVEL_OPTION_SEED] = {"seed", OPTION_INTEGER, 0, NULL, 0, 9007199254740992.0, NULL,
	"of the random numbers; the same seed and rows give the same model and forecast"},
};

const OptionTable level_agg_options = {
	"level_agg", level_spec, LEVEL_OPTIONS, &forecaster_options, "{\"variant\": \"sim\"}"
};

/* Days of at least this mean take ms by themselves. */
#define MS_MEAN 5.0
#define POOLED_ZEROS 0.05

/* The kinds of payload. */
enum
{
	LEVEL_COUNTS,
	LEVEL_ADDITIVE
};

/* What a payload may hold. */
#define LARGEST_LOG 60.0
#define LEAST_SHAPE 1e-3

typedef struct LevelModel
{
	int			kind;
	int			paths;
	LevelProfile profile;
	LevelState	state;			/* of counts */
	AdditiveState additive;		/* of others */
} LevelModel;

/* ----------
 * Fitting
 * ----------
 */

/* The profile of all counts together, by which those of single series are drawn; NULL where none will be. */
static void *
level_pool(const SeriesSet *set, const OptionValue *option)
{
	Series		sum = {0};
	double	   *value;
	int			first = PG_INT32_MAX;
	int			end = 0;
	int			variant = option[LEVEL_OPTION_VARIANT].number;

	if (set->n < 2 || (variant != VARIANT_POOLED && variant != VARIANT_AUTO) ||
		(variant == VARIANT_AUTO && !bucket_is_short(&set->series[0].calendar->bucket)))
		return NULL;
	for (int i = 0; i < set->n; i++)
	{
		if (!set->series[i].counts)
			continue;
		first = Min(first, set->series[i].first);
		end = Max(end, set->series[i].first + set->series[i].n);
	}
	if (end <= first)
		return NULL;
	/* what no series has is missing, as it is in each of them */
	value = scratch_array(double, end - first);
	for (int t = 0; t < end - first; t++)
		value[t] = NAN;
	for (int i = 0; i < set->n; i++)
	{
		const Series *series = &set->series[i];
		double	   *sums = value + (series->first - first);

		CHECK_FOR_INTERRUPTS();
		for (int t = 0; series->counts && t < series->n; t++)
			if (!isnan(series->value[t]))
				sums[t] = isnan(sums[t]) ? series->value[t] : sums[t] + series->value[t];
	}
	sum.n = end - first;
	sum.value = value;
	sum.first = first;
	sum.calendar = set->series[0].calendar;
	sum.counts = true;
	return level_profile_fit(&sum, NULL, option[LEVEL_OPTION_SEASON].number != 0,
							 option[LEVEL_OPTION_HOLIDAYS].number != 0);
}

/* Which variant it is, and why. */
static int
choose_variant(const Series *series, int asked, const void *pool, const char **reason)
{
	const Bucket *bucket = &series->calendar->bucket;
	SeriesSummary summary = series_summary(series);
	int			zeros = 0;

	*reason = NULL;
	if (asked == VARIANT_MS && bucket->days != 1)
	{
		*reason = "variant ms is for days alone";
		return VARIANT_SIM;
	}
	if (asked == VARIANT_POOLED && pool == NULL)
	{
		*reason = "there are no other series to pool the profile with";
		return VARIANT_SIM;
	}
	if (asked != VARIANT_AUTO)
		return asked;
	for (int t = 0; t < series->n; t++)
		zeros += series->value[t] == 0;
	if (bucket_is_short(bucket) && pool != NULL &&
		(summary.mean < MS_MEAN || zeros > POOLED_ZEROS * summary.seen))
	{
		*reason = "small counts: the profile is drawn towards that of all series";
		return VARIANT_POOLED;
	}
	if (bucket->days == 1 && summary.mean >= MS_MEAN)
	{
		*reason = "daily counts of 5 and more";
		return VARIANT_MS;
	}
	return VARIANT_SIM;
}

static void
write_profile(const LevelProfile *profile, ByteWriter *w)
{
	write_varint(w, profile->slots);
	for (int j = 0; j < profile->slots; j++)
		write_finite(w, profile->slot[j]);
	write_u8(w, profile->year);
	for (int i = 0; profile->year && i < LEVEL_HARMONICS; i++)
	{
		write_f64(w, profile->cosine[i]);
		write_f64(w, profile->sine[i]);
	}
	write_u8(w, profile->has_holiday);
	if (profile->has_holiday)
		write_f64(w, profile->holiday);
}

static void
write_model(const LevelModel *m, ByteWriter *w)
{
	write_u8(w, m->kind);
	write_varint(w, m->paths);
	write_profile(&m->profile, w);
	if (m->kind == LEVEL_ADDITIVE)
	{
		write_f64(w, m->additive.alpha);
		write_finite(w, m->additive.level);
		write_finite(w, m->additive.variance);
		return;
	}
	write_f64(w, m->state.w);
	write_f64(w, m->state.a);
	write_f64(w, m->state.b);
	write_f64(w, isinf(m->state.size) ? 0 : m->state.size);
	write_u8(w, m->state.reverts);
	write_f64(w, m->state.phi);
	write_f64(w, m->state.year_a);
	write_f64(w, m->state.year_b);
}

static void
report_state(FitReport *report, const LevelModel *m, double likelihood)
{
	report_term(report, "level", m->state.a / m->state.b);
	report_term(report, "discount", m->state.w);
	report_term(report, "size", isinf(m->state.size) ? NAN : m->state.size);
	if (m->state.reverts)
	{
		report_term(report, "phi", m->state.phi);
		report_term(report, "last_year", m->state.year_a / m->state.year_b);
	}
	if (m->profile.has_holiday)
		report_term(report, "holiday", plain_exp(m->profile.holiday));
	report_term(report, "log_likelihood", likelihood);
}

static void
level_fit(const Series *series, const void *pool, const OptionValue *option,
		  ByteWriter *payload, FitReport *report)
{
	LevelModel	m = {0};
	double	   *s;
	double		likelihood;
	int			variant;

	m.paths = option[LEVEL_OPTION_PATHS].number;
	if (!series->counts)
	{
		m.kind = LEVEL_ADDITIVE;
		m.profile.slot = additive_fit(series, option[LEVEL_OPTION_SEASON].number != 0,
									  &m.profile.slots, &m.additive);
		report->method = "level, additive";
		report->reason = "the values are no counts";
		report_term(report, "level", m.additive.level);
		report_term(report, "alpha", m.additive.alpha);
		report_term(report, "sd", sqrt(m.additive.variance));
		write_model(&m, payload);
		return;
	}
	variant = choose_variant(series, option[LEVEL_OPTION_VARIANT].number, pool, &report->reason);
	m.profile = *level_profile_fit(series, variant == VARIANT_POOLED ? pool : NULL,
								   option[LEVEL_OPTION_SEASON].number != 0,
								   option[LEVEL_OPTION_HOLIDAYS].number != 0);
	s = level_profile_over(&m.profile, series->calendar, series->first, series->n);
	likelihood = level_fit_state(series, s, variant == VARIANT_MS, &m.state);
	if (variant == VARIANT_MS && !m.state.reverts)
	{
		variant = VARIANT_SIM;
		report->reason = "the series is too short for variant ms";
	}
	report->method = variant == VARIANT_MS ? "level (ms)" :
		variant == VARIANT_POOLED ? "level (pooled)" : "level (sim)";
	report_state(report, &m, likelihood);
	write_model(&m, payload);
}

/* ----------
 * A fitted series
 * ----------
 */

/* Effects are within the limit, or only finite where that is infinite. */
static void
read_profile(ByteReader *r, double limit, LevelProfile *profile)
{
	uint64		slots = read_varint(r);

	if (slots > PG_INT16_MAX)
		reader_damaged(r, "the slots of a profile are too many");
	limit = Min(limit, DBL_MAX);
	profile->slots = slots;
	profile->slot = crimeml_array(double, Max(slots, 1));
	for (int j = 0; j < profile->slots; j++)
		profile->slot[j] = read_within(r, -limit, limit);
	profile->year = read_u8(r) != 0;
	for (int i = 0; profile->year && i < LEVEL_HARMONICS; i++)
	{
		profile->cosine[i] = read_within(r, -LARGEST_LOG, LARGEST_LOG);
		profile->sine[i] = read_within(r, -LARGEST_LOG, LARGEST_LOG);
	}
	profile->has_holiday = read_u8(r) != 0;
	if (profile->has_holiday)
		profile->holiday = read_within(r, -LARGEST_LOG, LARGEST_LOG);
}

static void
level_write_pool(const void *pool, ByteWriter *out)
{
	write_profile(pool, out);
}

static void *
level_read_pool(ByteReader *r)
{
	LevelProfile *profile = palloc0(sizeof(LevelProfile));

	read_profile(r, LARGEST_LOG, profile);
	return profile;
}

static void *
level_decode(ByteReader *r, const void *shape)
{
	const SeriesShape *series = shape;
	LevelModel *m = palloc0(sizeof(LevelModel));
	uint64		paths;

	m->kind = read_u8(r);
	paths = read_varint(r);
	m->paths = (int) Min(paths, PG_INT32_MAX);
	read_profile(r, m->kind == LEVEL_ADDITIVE ? INFINITY : LARGEST_LOG, &m->profile);
	if (m->kind > LEVEL_ADDITIVE ||
		!option_is_valid(&level_spec[LEVEL_OPTION_PATHS], m->paths) ||
		(m->profile.slots != 0 && m->profile.slots != series->slots) ||
		(m->kind == LEVEL_COUNTS) != series->counts)
		reader_damaged(r, "a level model does not fit its series");
	if (m->kind == LEVEL_ADDITIVE)
	{
		m->additive.alpha = read_within(r, 0, 1);
		m->additive.level = read_finite(r);
		m->additive.variance = read_within(r, 0, DBL_MAX);
		return m;
	}
	m->state.w = read_within(r, 0.5, 1);
	m->state.a = read_within(r, 0, 1e100);
	m->state.b = read_within(r, 1e-100, 1e100);
	m->state.size = read_within(r, 0, LEVEL_SIZE_MOST);
	if (m->state.size == 0)
		m->state.size = INFINITY;
	else if (m->state.size < LEVEL_SIZE_LEAST)
		reader_damaged(r, "the size is out of range");
	m->state.reverts = read_u8(r) != 0;
	m->state.phi = read_within(r, 0, 1);
	m->state.year_a = read_within(r, 0, 1e100);
	m->state.year_b = read_within(r, 1e-100, 1e100);
	return m;
}

/* The level as it is h buckets on, where it reverts. */
static inline double
rate_ahead(const LevelState *state, double level, double power)
{
	double		base = state->year_a / state->year_b;

	return state->reverts ? Max(level_reverted(level, base, power), 0) : level;
}

static void
simulate(const LevelModel *m, const double *s, int horizon, uint64 seed, float *rate)
{
	for (int path = 0; path < m->paths; path++)
	{
		double		a = m->state.a;
		double		b = m->state.b;
		double		power = 1;
		Random		random;

		random_seed(&random, seed, path);
		for (int h = 0; h < horizon; h++)
		{
			double		level;
			double		mean;

			if ((h & 0x3ff) == 0)
				CHECK_FOR_INTERRUPTS();
			power *= m->state.phi;
			rate[(Size) h * m->paths + path] = 0;
			if (s[h] == 0)
				continue;
			a *= m->state.w;
			b *= m->state.w;
			level = random_gamma(&random, Max(a, LEAST_SHAPE)) / b;
			mean = s[h] * rate_ahead(&m->state, level, power);
			rate[(Size) h * m->paths + path] = mean;
			/* the level goes on by what its own distribution gives */
			a += random_count(&random, s[h] * level, m->state.size);
			b += s[h];
		}
	}
}

static void
level_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			   int horizon, uint64 seed, Predictive *result)
{
	const LevelModel *m = fitted;
	int			next = shape->first + shape->n;
	double	   *s;
	double	   *mean;
	float	   *rate;
	double		power = 1;

	if (m->kind == LEVEL_ADDITIVE)
	{
		additive_forecast(&m->additive, m->profile.slots, m->profile.slot, calendar, next,
						  horizon, result);
		return;
	}
	s = level_profile_over(&m->profile, calendar, next, horizon);
	crimeml_check_memory(mul_size(mul_size(horizon, m->paths), sizeof(float)), "the forecast",
						 "option \"paths\" or the horizon");
	rate = scratch_array(float, (Size) horizon * m->paths);
	mean = scratch_array(double, m->paths);
	simulate(m, s, horizon, seed, rate);
	for (int h = 0; h < horizon; h++)
	{
		CHECK_FOR_INTERRUPTS();
		power *= m->state.phi;
		for (int path = 0; path < m->paths; path++)
			mean[path] = rate[(Size) h * m->paths + path];
		predictive_set_counts(&result[h], m->paths, mean, m->state.size);
		/* this is known without a simulation */
		result[h].mean = s[h] * rate_ahead(&m->state, m->state.a / m->state.b, power);
	}
	pfree(rate);
	pfree(mean);
	pfree(s);
}

static void
level_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	LevelModel *m = fitted;
	int			bucket = shape->first + shape->n - 1;
	double		s;

	if (isnan(value) || calendar->exposure[bucket] == 0)
		return;
	if (m->kind == LEVEL_ADDITIVE)
	{
		additive_update(&m->additive, m->profile.slots, m->profile.slot, calendar, bucket, value);
		return;
	}
	s = level_profile_at(&m->profile, calendar, bucket);
	level_step(&m->state, value, s);
}

static void
level_write(const void *fitted, ByteWriter *payload)
{
	write_model(fitted, payload);
}

/* The moving average and its regressors, the filter one step ahead. */
static Size
level_memory(int n, int season, const OptionValue *option)
{
	return (Size) n * sizeof(double) * 15 + (Size) season * sizeof(double) * 4;
}

const Forecaster level_forecaster = {
	.base = {
		.name = "level",
		.code = 32,
		.options = &level_agg_options,
		.lower = "the number of buckets",
		.decode = level_decode
	},
	.pool = level_pool,
	.write_pool = level_write_pool,
	.read_pool = level_read_pool,
	.fit = level_fit,
	.forecast = level_forecast,
	.update = level_update,
	.write = level_write,
	.memory = level_memory
};
