/*
 * level_profile.c
 *		The profile of the level model.
 *
 * Poisson regression with the logarithm of a centred moving average as offset, so
 * that the profile needs no trend.  Slots are disjoint: theirs have a closed form
 * given the rest, and the rest takes Newton's steps given them.
 */
#include "forecast/level.h"

#include <math.h>

#include "stat/cholesky.h"
#include "stat/plain_math.h"

/* The moving average: days, weeks and months, each about a year or a season long. */
#define WINDOW_DAYS 91
#define WINDOW_WEEKS 53
#define WINDOW_SHORTER_WEEKS 4

/* Years of days or weeks from which harmonics can be learned, and holidays. */
#define HARMONIC_YEARS 2
#define LEAST_HOLIDAYS 3

/* What draws slots (counts) and effects (precision) to nothing, or to another profile. */
#define SLOT_RIDGE 1.0
#define SLOT_TOWARDS 100.0
#define EFFECT_RIDGE 4.0
#define EFFECT_TOWARDS 100.0

#define EFFECTS (2 * LEVEL_HARMONICS + 1)
#define ROUNDS 12
#define CONVERGED 1e-6
#define LARGEST_STEP 1.0

/* One regression. */
typedef struct Regression
{
	const Series *series;
	LevelProfile *profile;
	const LevelProfile *towards;
	double	   *offset;			/* of each bucket; 0: it takes no part */
	double	   *x;				/* EFFECTS of each bucket */
} Regression;

/* Cosines and sines of the multiples of a phase. */
static void
harmonics(double phase, double *cosine, double *sine)
{
	plain_circle(phase, &cosine[0], &sine[0]);
	for (int i = 1; i < LEVEL_HARMONICS; i++)
	{
		cosine[i] = cosine[i - 1] * cosine[0] - sine[i - 1] * sine[0];
		sine[i] = sine[i - 1] * cosine[0] + cosine[i - 1] * sine[0];
	}
}

static double
log_profile_at(const LevelProfile *profile, const Calendar *calendar, int bucket)
{
	double		sum = 0;

	if (profile->slots > 0)
		sum += profile->slot[calendar->slot[bucket]];
	if (profile->year)
	{
		double		cosine[LEVEL_HARMONICS];
		double		sine[LEVEL_HARMONICS];

		harmonics(calendar->year[bucket], cosine, sine);
		for (int i = 0; i < LEVEL_HARMONICS; i++)
			sum += profile->cosine[i] * cosine[i] + profile->sine[i] * sine[i];
	}
	if (profile->has_holiday && calendar->holiday[bucket])
		sum += profile->holiday;
	return sum;
}

double
level_profile_at(const LevelProfile *profile, const Calendar *calendar, int bucket)
{
	if (calendar->exposure[bucket] == 0)
		return 0;
	return calendar->exposure[bucket] * plain_exp(log_profile_at(profile, calendar, bucket));
}

double *
level_profile_over(const LevelProfile *profile, const Calendar *calendar, int first, int n)
{
	double	   *s = scratch_array(double, n);

	for (int i = 0; i < n; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		s[i] = level_profile_at(profile, calendar, first + i);
	}
	return s;
}

/* Buckets on each side of the moving average. */
static int
half_window(const Calendar *calendar)
{
	const Bucket *bucket = &calendar->bucket;

	if (bucket->months > 0)
		return Max(calendar->slots / 2, 1);
	if (bucket->days == 1)
		return WINDOW_DAYS / 2;
	if (bucket->days > 1)
		return WINDOW_WEEKS / 2;
	return WINDOW_SHORTER_WEEKS * calendar->slots / 2;
}

/* The value a unit of exposure about each bucket, times its exposure. */
static void
moving_average(Regression *r)
{
	const Series *series = r->series;
	const double *exposure = series->calendar->exposure + series->first;
	int			half = half_window(series->calendar);
	/* an even season has half of the outermost buckets on both sides */
	double		edge = series->calendar->bucket.days == 0 ? 0.5 : 1;
	double	   *sums = scratch_array(double, (Size) series->n + 1);
	double	   *lengths = scratch_array(double, (Size) series->n + 1);

	sums[0] = lengths[0] = 0;
	for (int t = 0; t < series->n; t++)
	{
		bool		seen = !isnan(series->value[t]) && exposure[t] > 0;

		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		sums[t + 1] = sums[t] + (seen ? series->value[t] : 0);
		lengths[t + 1] = lengths[t] + (seen ? exposure[t] : 0);
	}
	for (int t = 0; t < series->n; t++)
	{
		/* at the ends the window is moved inwards */
		int			begin = Max(0, Min(t - half, series->n - 2 * half - 1));
		int			end = Min(series->n, begin + 2 * half + 1);
		double		sum = sums[end] - sums[begin];
		double		length = lengths[end] - lengths[begin];

		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (edge < 1 && end - begin == 2 * half + 1)
		{
			sum -= edge * (sums[begin + 1] - sums[begin] + sums[end] - sums[end - 1]);
			length -= edge * (lengths[begin + 1] - lengths[begin] + lengths[end] - lengths[end - 1]);
		}
		r->offset[t] = isnan(series->value[t]) || exposure[t] == 0 || sum <= 0 || length <= 0 ? 0 :
			exposure[t] * sum / length;
	}
	pfree(sums);
	pfree(lengths);
}

/* The expected value, but for the slot. */
static inline double
expected_but_slot(const Regression *r, int t, const double *effect)
{
	const double *x = r->x + (Size) t * EFFECTS;
	double		sum = 0;

	for (int i = 0; i < EFFECTS; i++)
		sum += effect[i] * x[i];
	return sum == 0 ? r->offset[t] : r->offset[t] * plain_exp(Max(Min(sum, 30), -30));
}

/* The slots given the effects; how far they moved. */
static double
fit_slots(Regression *r, const double *effect)
{
	LevelProfile *profile = r->profile;
	const Series *series = r->series;
	const int16 *slot = series->calendar->slot + series->first;
	double	   *seen = crimeml_array(double, Max(profile->slots, 1));
	double	   *expected = crimeml_array(double, Max(profile->slots, 1));
	double		moved = 0;

	for (int t = 0; t < series->n; t++)
	{
		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (r->offset[t] == 0)
			continue;
		seen[slot[t]] += series->value[t];
		expected[slot[t]] += expected_but_slot(r, t, effect);
	}
	for (int j = 0; j < profile->slots; j++)
	{
		bool		drawn = r->towards != NULL && r->towards->slots == profile->slots;
		double		ridge = drawn ? SLOT_TOWARDS : SLOT_RIDGE;
		double		to = drawn ? plain_exp(r->towards->slot[j]) : 1;
		double		value = plain_log((seen[j] + ridge * to) / (expected[j] + ridge));

		moved = Max(moved, fabs(value - profile->slot[j]));
		profile->slot[j] = value;
	}
	pfree(seen);
	pfree(expected);
	return moved;
}

/* One step of Newton's for the effects given the slots; how far they moved. */
static double
fit_effects(Regression *r, double *effect, const double *towards)
{
	const Series *series = r->series;
	const int16 *slot = series->calendar->slot + series->first;
	double		h[EFFECTS * EFFECTS] = {0};
	double		g[EFFECTS] = {0};
	double		ridge = r->towards != NULL ? EFFECT_TOWARDS : EFFECT_RIDGE;
	double		moved = 0;
	double	   *factor = scratch_array(double, Max(r->profile->slots, 1));

	factor[0] = 1;
	for (int j = 0; j < r->profile->slots; j++)
		factor[j] = plain_exp(r->profile->slot[j]);
	for (int t = 0; t < series->n; t++)
	{
		const double *x = r->x + (Size) t * EFFECTS;
		double		mean;

		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (r->offset[t] == 0)
			continue;
		mean = expected_but_slot(r, t, effect) * factor[r->profile->slots > 0 ? slot[t] : 0];
		for (int i = 0; i < EFFECTS; i++)
		{
			g[i] += (series->value[t] - mean) * x[i];
			for (int j = 0; j <= i; j++)
				h[i * EFFECTS + j] += mean * x[i] * x[j];
		}
	}
	for (int i = 0; i < EFFECTS; i++)
	{
		g[i] -= ridge * (effect[i] - towards[i]);
		h[i * EFFECTS + i] += ridge;
	}
	if (cholesky_factor(h, EFFECTS))
		cholesky_solve(h, EFFECTS, g);
	else
		memset(g, 0, sizeof(g));	/* rounding of huge counts has taken the ridge away: no step */
	for (int i = 0; i < EFFECTS; i++)
	{
		g[i] = Max(Min(g[i], LARGEST_STEP), -LARGEST_STEP);
		effect[i] += g[i];
		moved = Max(moved, fabs(g[i]));
	}
	pfree(factor);
	return moved;
}

/* Effects of a profile in a row, and back. */
static void
effects_of(const LevelProfile *profile, double *effect)
{
	memset(effect, 0, sizeof(double) * EFFECTS);
	if (profile == NULL)
		return;
	memcpy(effect, profile->cosine, sizeof(profile->cosine));
	memcpy(effect + LEVEL_HARMONICS, profile->sine, sizeof(profile->sine));
	effect[2 * LEVEL_HARMONICS] = profile->holiday;
}

/* The mean of s over the exposure becomes 1. */
static void
normalise(Regression *r)
{
	const Series *series = r->series;
	const Calendar *calendar = series->calendar;
	double		sum = 0;
	double		length = 0;

	for (int t = 0; t < series->n; t++)
	{
		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		sum += level_profile_at(r->profile, calendar, series->first + t);
		length += calendar->exposure[series->first + t];
	}
	if (r->profile->slots > 0 && sum > 0)
		for (int j = 0; j < r->profile->slots; j++)
			r->profile->slot[j] -= plain_log(sum / length);
}

LevelProfile *
level_profile_fit(const Series *series, const LevelProfile *towards, bool season, bool holidays)
{
	const Calendar *calendar = series->calendar;
	const Bucket *bucket = &calendar->bucket;
	LevelProfile *profile = palloc0(sizeof(LevelProfile));
	Regression	r = {.series = series,.profile = profile,.towards = towards};
	double		effect[EFFECTS];
	double		to[EFFECTS];
	int			off = 0;
	double		years = (double) (calendar->at[series->first + series->n] - calendar->at[series->first]) /
		(365.25 * USECS_PER_DAY);
	bool		any;

	if (!season)
		return profile;
	if (calendar->slots > 1 && series->n >= 2 * calendar->slots)
		profile->slots = calendar->slots;
	else if (towards != NULL && towards->slots == calendar->slots)
		profile->slots = towards->slots;
	profile->slot = crimeml_array(double, Max(profile->slots, 1));
	profile->year = bucket->days > 0 && (years >= HARMONIC_YEARS || (towards != NULL && towards->year));
	if (holidays && bucket_is_short(bucket))
	{
		for (int t = 0; t < series->n; t++)
			off += calendar->holiday[series->first + t] &&
				(t == 0 || !calendar->holiday[series->first + t - 1]);
		profile->has_holiday = off >= LEAST_HOLIDAYS || (towards != NULL && towards->has_holiday);
	}
	any = profile->year || profile->has_holiday;
	if (profile->slots == 0 && !any)
		return profile;

	r.offset = scratch_array(double, series->n);
	r.x = crimeml_array(double, (Size) series->n * EFFECTS);
	moving_average(&r);
	for (int t = 0; t < series->n; t++)
	{
		double	   *x = r.x + (Size) t * EFFECTS;

		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (profile->year)
			harmonics(calendar->year[series->first + t], x, x + LEVEL_HARMONICS);
		if (profile->has_holiday)
			x[2 * LEVEL_HARMONICS] = calendar->holiday[series->first + t];
	}
	effects_of(towards, to);
	memcpy(effect, to, sizeof(effect));
	for (int round = 0; round < ROUNDS; round++)
	{
		double		moved = profile->slots > 0 ? fit_slots(&r, effect) : 0;

		if (any)
			moved = Max(moved, fit_effects(&r, effect, to));
		if (moved < CONVERGED || !any)
			break;
	}
	if (profile->year)
	{
		memcpy(profile->cosine, effect, sizeof(profile->cosine));
		memcpy(profile->sine, effect + LEVEL_HARMONICS, sizeof(profile->sine));
	}
	if (profile->has_holiday)
		profile->holiday = effect[2 * LEVEL_HARMONICS];
	normalise(&r);
	pfree(r.offset);
	pfree(r.x);
	return profile;
}
