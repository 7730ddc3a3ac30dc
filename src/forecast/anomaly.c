/*
 * anomaly.c
 *		Values judged by the level model, each by what was before it.
 *
 * The model is fitted to the values before the first one that is judged, and
 * fitted again every so many buckets; in between only its level moves.  A count
 * is a negative binomial one step ahead, as the likelihood has it by which
 * the discount and the size are chosen.  Its mid-p, P(Y > y) + P(Y = y) / 2, is
 * uniform on average where the model is right, while P(Y >= y) of small counts
 * would raise too few alarms.
 *
 * Of what stood out less is taken in: an outbreak would else lift the level, and
 * hide what follows it, and widen the distribution.
 */
#include "forecast/anomaly.h"

#include <math.h>

#include "forecast/engine.h"
#include "forecast/level.h"
#include "forecast/level_additive.h"

/* Values before the first one that is judged, but for two turns of the slots. */
#define LEAST_BEFORE 8

/* Beyond this mean a table of probabilities says no more than a normal distribution. */
#define LARGEST_TABLE 1e5

/*
 * Counts at the last year's rate that are known of besides: a quick level of rare
 * incidents would be as good as none after a while without, and sure of it.
 */
#define STEADY_COUNTS 0.5

typedef struct LevelJudge
{
	const Series *series;
	const LevelProfile *towards;
	const AnomalyRule *rule;
	double	   *clean;			/* the values, but for what stood out */
	MemoryContext fit;			/* of what is fitted */
	MemoryContext scratch;		/* of a value */
	LevelProfile *profile;
	LevelState	state;
	AdditiveState additive;		/* of values that are no counts */
	int			slots;
	double	   *slot;
} LevelJudge;

void
predictive_set_count(Predictive *p, double mean, double size)
{
	if (mean > LARGEST_TABLE)
		predictive_set_normal(p, true, mean, mean + mean * mean / size);
	else
		predictive_set_counts(p, 1, &mean, size);
}

/* The probability of more than y, half that of y included; and of less. */
static double
tail_above(const Predictive *p, double y)
{
	return 1 - (predictive_cdf(p, y) + predictive_cdf_below(p, y)) / 2;
}

static double
tail_below(const Predictive *p, double y)
{
	return (predictive_cdf(p, y) + predictive_cdf_below(p, y)) / 2;
}

/* ----------
 * The model
 * ----------
 */

static void
predict(const LevelJudge *j, int t, Predictive *p)
{
	const Calendar *calendar = j->series->calendar;
	int			bucket = j->series->first + t;
	const LevelState *state = &j->state;

	if (!j->series->counts)
		additive_forecast(&j->additive, j->slots, j->slot, calendar, bucket, 1, p);
	else
	{
		double		steady = STEADY_COUNTS * state->year_b / state->year_a;
		double		level = (state->a + STEADY_COUNTS) / (state->b + steady);

		predictive_set_count(p, level_profile_at(j->profile, calendar, bucket) * level,
							 1 / (1 / state->size + 1 / (state->w * state->a + STEADY_COUNTS)));
	}
}

static void
step(LevelJudge *j, int t, double value)
{
	const Calendar *calendar = j->series->calendar;
	int			bucket = j->series->first + t;

	if (!j->series->counts)
		additive_update(&j->additive, j->slots, j->slot, calendar, bucket, value);
	else
		level_step(&j->state, value, level_profile_at(j->profile, calendar, bucket));
}

/* A value; of one in a tail, the farther it is out, the less of it. */
static double
moderated(const LevelJudge *j, const Predictive *p, double y)
{
	double		outlier = j->rule->outlier;
	double		edge = y;
	double		part;

	if (outlier == 0)
		return y;
	if (tail_above(p, y) < outlier)
		edge = Min(y, predictive_quantile(p, 1 - outlier));
	else if (tail_below(p, y) < outlier)
		edge = Max(y, predictive_quantile(p, outlier));
	if (edge == y || p->mean == y)
		return y;
	/* what it adds falls with its distance, as in weights by the square of a residual */
	part = (edge - p->mean) / (y - p->mean);
	if (!(part >= 0 && part <= 1))
		return edge;
	y = p->mean + part * (edge - p->mean);
	return p->counts ? rint(y) : y;
}

static void
fit_once(LevelJudge *j, const Series *before)
{
	const AnomalyRule *rule = j->rule;
	MemoryContext old;
	double	   *s;

	MemoryContextReset(j->fit);
	old = MemoryContextSwitchTo(j->fit);
	if (!before->counts)
		j->slot = additive_fit(before, rule->season, &j->slots, &j->additive);
	else
	{
		j->profile = level_profile_fit(before, j->towards, rule->season, rule->holidays);
		s = level_profile_over(j->profile, before->calendar, before->first, before->n);
		level_fit_state(before, s, false, &j->state);
		pfree(s);
	}
	MemoryContextSwitchTo(old);
}

/* Let the model run over what was before once more, and moderate it. */
static void
clean(LevelJudge *j, const Series *before)
{
	const double *value = j->series->value;
	MemoryContext old;

	if (before->counts)
	{
		double	   *s = level_profile_over(j->profile, before->calendar, before->first, before->n);
		LevelState	start = level_start_state(before, s, j->state.w);

		start.size = j->state.size;
		j->state = start;
		pfree(s);
	}
	else
	{
		/* a step of length one goes to the first value */
		double		alpha = j->additive.alpha;

		j->additive.alpha = 1;
		step(j, 0, value[0]);
		j->additive.alpha = alpha;
	}
	old = MemoryContextSwitchTo(j->scratch);
	for (int t = 0; t < before->n; t++)
	{
		Predictive	p;

		j->clean[t] = value[t];
		if (isnan(value[t]))
			continue;
		MemoryContextReset(j->scratch);
		predict(j, t, &p);
		j->clean[t] = moderated(j, &p, value[t]);
		step(j, t, j->clean[t]);
		if ((t & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(old);
}

/* Fit to the first n values. */
static void
fit(LevelJudge *j, int n, bool first)
{
	Series		before = *j->series;

	while (n > 1 && isnan(before.value[n - 1]))
		n--;
	before.n = n;
	before.value = j->clean;
	if (first)
		fit_once(j, &before);
	if (j->rule->outlier > 0)
	{
		clean(j, &before);
		fit_once(j, &before);
	}
	else if (!first)
		fit_once(j, &before);
}

/* ----------
 * Judging
 * ----------
 */

static void
judge_value(const AnomalyRule *rule, const Predictive *p, double y, Judgement *result)
{
	double		above = tail_above(p, y);
	double		below = tail_below(p, y);

	result->judged = true;
	result->expected = p->mean;
	result->p = rule->high && rule->low ? Min(2 * Min(above, below), 1) : rule->high ? above : below;
	if (rule->high)
	{
		result->upper = predictive_quantile(p, 1 - rule->tail);
		/* the quantile itself may be out already */
		if (p->counts && tail_above(p, result->upper) < rule->tail)
			result->upper = Max(result->upper - 1, 0);
		result->anomaly |= y > result->upper;
	}
	if (rule->low)
	{
		result->lower = predictive_quantile(p, rule->tail);
		if (p->counts && tail_below(p, result->lower) < rule->tail)
			result->lower++;
		result->anomaly |= y < result->lower;
	}
}

static void
level_judge(const Series *series, const LevelProfile *towards, const AnomalyRule *rule,
			Judgement *result)
{
	LevelJudge	j = {.series = series,.towards = towards,.rule = rule};
	/* what is judged may be nothing but the hour that the clocks leave out */
	int			begin = Min(Max(rule->from - series->first, 0), series->n);
	int			least = Max(2 * series->calendar->slots, LEAST_BEFORE);
	int			fitted = -1;
	int			seen = 0;
	MemoryContext old;

	j.clean = scratch_array(double, series->n);
	memcpy(j.clean, series->value, sizeof(double) * series->n);
	j.fit = AllocSetContextCreate(CurrentMemoryContext, "crimeml level fit", ALLOCSET_DEFAULT_SIZES);
	j.scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml value", ALLOCSET_DEFAULT_SIZES);
	for (int t = 0; t < begin; t++)
		seen += !isnan(series->value[t]);
	for (int t = begin; t < series->n; t++)
	{
		Judgement  *judgement = &result[t - begin];
		Predictive	p;

		if ((t & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(series->value[t]))
			continue;
		if (seen++ < least)
		{
			judgement->note = NOTE_SHORT;
			judgement->detail = least;
			continue;
		}
		if (fitted < 0 || t - fitted >= rule->refit)
		{
			fit(&j, t, fitted < 0);
			fitted = t;
		}
		MemoryContextReset(j.scratch);
		old = MemoryContextSwitchTo(j.scratch);
		predict(&j, t, &p);
		judge_value(rule, &p, series->value[t], judgement);
		step(&j, t, moderated(&j, &p, series->value[t]));
		MemoryContextSwitchTo(old);
	}
	MemoryContextDelete(j.fit);
	MemoryContextDelete(j.scratch);
	pfree(j.clean);
}

void
anomaly_judge(const Series *series, const void *pool, const AnomalyRule *rule, Judgement *result)
{
	int			n = series->n - Max(rule->from - series->first, 0);

	for (int i = 0; i < n; i++)
		result[i] = (Judgement) {.expected = NAN,.lower = NAN,.upper = NAN,.p = NAN};
	if (rule->method == ANOMALY_FARRINGTON)
		farrington_judge(series, rule, result);
	else
		level_judge(series, pool, rule, result);
}
